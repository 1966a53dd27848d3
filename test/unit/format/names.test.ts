// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  asideName,
  assertBackupName,
  assertMilvusName,
  autoBackupName,
  backupNameProblem,
  foundNameProblem,
  milvusNameProblem,
  temporaryName,
} from '../../../src/format/names.ts';

describe('backup names', () => {
  it.each(['b', '_', 'Backup_2026', 'x'.repeat(128)])('%s is legal', (name) => {
    expect(backupNameProblem(name)).toBeUndefined();
    expect(() => assertBackupName(name)).not.toThrow();
  });

  it.each([
    ['', 'is empty'],
    ['x'.repeat(129), '128 bytes'],
    ['ä'.repeat(65), '128 bytes'],
    ['1b', 'does not begin'],
    ['-b', 'does not begin'],
    ['a-b', 'only ASCII'],
    ['a b', 'only ASCII'],
    ['aä', 'only ASCII'],
    ['a\n', 'only ASCII'],
  ])('%j is not', (name, problem) => {
    expect(() => assertBackupName(name)).toThrow(
      expect.objectContaining({ reason: 'InvalidConfiguration', message: expect.stringContaining(problem) }),
    );
  });

  it('are made from the time in UTC, nanoseconds unpadded', () => {
    expect(autoBackupName(Date.UTC(2026, 0, 2, 3, 4, 5, 67))).toBe('backup_2026_01_02_03_04_05_67000000');
    expect(autoBackupName(Date.UTC(2026, 11, 31, 23, 59, 59, 0) + 0.5)).toBe('backup_2026_12_31_23_59_59_0');
    expect(backupNameProblem(autoBackupName(Date.now()))).toBeUndefined();
  });
});

describe('names of Milvus', () => {
  it.each(['a', '_a1', 'x'.repeat(255)])('%s is legal', (name) => {
    expect(milvusNameProblem(name)).toBeUndefined();
    expect(() => assertMilvusName('collection', name)).not.toThrow();
  });

  it.each(['', '1a', 'a-b', 'a.b', 'ä', 'x'.repeat(256)])('%j is not', (name) => {
    expect(() => assertMilvusName('database', name)).toThrow(
      expect.objectContaining({
        reason: 'InvalidConfiguration',
        message: expect.stringContaining('database name'),
      }),
    );
  });

  it.each([
    ['a-b$', true],
    ['größe', true],
    ['', false],
    ['..', false],
    ['a/b', false],
    ['a\\b', false],
    ['a\0', false],
    ['a.b', false],
    ['a b', false],
    ['x'.repeat(256), false],
  ])('%j in a backup is usable: %s', (name, usable) => {
    expect(foundNameProblem(name) === undefined).toBe(usable);
  });
});

describe('temporary names', () => {
  it('are made of run, attempt and a hash of the whole name', () => {
    const hash = createHash('sha256').update('db.name').digest('hex').slice(0, 16);
    expect(temporaryName('1b2c3d4e-5f60-7a8b', 3, 'db', 'name')).toBe(`mb_1b2c3d4e_3_${hash}`);
  });

  it('differ for run ids that begin alike', () => {
    const one = temporaryName('nightly-backup-1', 1, 'db', 'name');
    expect(one).toMatch(/^mb_[0-9a-f]{8}_1_[0-9a-f]{16}$/);
    expect(temporaryName('nightly-backup-2', 1, 'db', 'name')).not.toBe(one);
    expect(temporaryName('nightly-backup-1', 1, 'db', 'name')).toBe(one);
  });

  it('tell what makes way from what takes its place', () => {
    const hash = createHash('sha256').update('db.name').digest('hex').slice(0, 16);
    expect(asideName('1b2c3d4e-5f60-7a8b', 'db', 'name')).toBe(`mb_1b2c3d4e_old_${hash}`);
    expect(asideName('nightly-backup-1', 'db', 'name')).not.toBe(asideName('nightly-backup-2', 'db', 'name'));
  });

  it('are legal and differ for long names that differ at the end', () => {
    const one = temporaryName('x'.repeat(40), 1, 'default', `${'x'.repeat(254)}1`);
    const two = temporaryName('x'.repeat(40), 1, 'default', `${'x'.repeat(254)}2`);
    expect(one).not.toBe(two);
    expect(milvusNameProblem(one)).toBeUndefined();
  });
});
