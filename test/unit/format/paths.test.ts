// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assertInside, assertRelativeKey, folder, keyProblem, overlaps } from '../../../src/format/guards.ts';
import {
  backupDir,
  binlogKey,
  groupDir,
  groupOf,
  l0Dir,
  metaFiles,
  objectsPartKey,
  ownFiles,
  planKey,
  restoreKeys,
  rootDir,
  type LogRef,
} from '../../../src/format/paths.ts';
import { parseSourceKey, segmentPrefix, sourceKey, sourcePrefix } from '../../../src/format/source-key.ts';

const insert: LogRef = { kind: 'insert', collection: 1n, partition: 2n, segment: 3n, field: 100n, log: 5n };
const remove: LogRef = { kind: 'delta', collection: 1n, partition: 2n, segment: 3n, log: 5n };
const removeAll: LogRef = { ...remove, partition: -1n };

describe('the folder of a backup', () => {
  it.each([
    ['backup', 'b', 'backup/b/', 'backup/'],
    ['', 'b', 'b/', ''],
    ['a//b/', 'b', 'a/b/b/', 'a/b/'],
    ['./x', 'b', 'x/b/', 'x/'],
    ['/abs', 'b', 'abs/b/', 'abs/'],
  ])('%s + %s', (root, name, dir, top) => {
    expect(backupDir(root, name)).toBe(dir);
    expect(rootDir(root)).toBe(top);
  });

  it.each([
    ['backup', '..'],
    ['backup', 'a/b'],
    ['backup', ''],
    ['backup', 'a\\b'],
    ['../up', 'b'],
    ['a/../up', 'b'],
  ])('%s + %s is refused', (root, name) => {
    expect(() => backupDir(root, name)).toThrow(expect.objectContaining({ reason: 'InvalidConfiguration' }));
  });
});

describe('keys in a backup', () => {
  it.each([
    [binlogKey(insert), 'binlogs/insert_log/1/2/3/3/100/5'],
    [binlogKey(insert, 9n), 'binlogs/insert_log/1/2/9/3/100/5'],
    [binlogKey(remove), 'binlogs/delta_log/1/2/3/3/5'],
    [binlogKey(removeAll), 'binlogs/delta_log/1/-1/3/5'],
    [groupDir('insert', { collection: 1n, partition: 2n, group: 3n }), 'binlogs/insert_log/1/2/3/'],
    [groupDir('insert', { collection: 1n, partition: 2n }), 'binlogs/insert_log/1/2/'],
    [l0Dir(remove), 'binlogs/delta_log/1/2/3/'],
    [l0Dir(removeAll), 'binlogs/delta_log/1/-1/3/'],
    [metaFiles.full, 'meta/full_meta.json'],
    [ownFiles.ledger, 'milvusbackup.dev/ledger.json'],
    [objectsPartKey(1), 'milvusbackup.dev/objects-00001.ndjson'],
    [objectsPartKey(123456), 'milvusbackup.dev/objects-123456.ndjson'],
    [planKey(449885215365432101n), 'milvusbackup.dev/plan/449885215365432101.json'],
  ])('%s', (key, wanted) => {
    expect(key).toBe(wanted);
  });

  it('groups by segment, but not deletes of all partitions', () => {
    expect(groupOf(2n, 3n)).toBe(3n);
    expect(groupOf(-1n, 3n)).toBe(0n);
  });
});

describe('keys of a restore', () => {
  it('lie in one folder by run', () => {
    expect(restoreKeys('1b2c-3')).toEqual({
      folder: 'milvusbackup.dev/restores/1b2c-3/',
      ledger: 'milvusbackup.dev/restores/1b2c-3/ledger.json',
      stage: 'milvusbackup.dev/restores/1b2c-3/stage/',
    });
  });

  it.each(['', '..', 'a/b', 'ä', '-a'])('refuse the run id %j', (runId) => {
    expect(() => restoreKeys(runId)).toThrow(expect.objectContaining({ reason: 'InvalidConfiguration' }));
  });
});

describe('keys in the bucket of Milvus', () => {
  it.each([
    ['files', insert, 'files/insert_log/1/2/3/100/5'],
    ['', insert, 'insert_log/1/2/3/100/5'],
    ['a/b/', remove, 'a/b/delta_log/1/2/3/5'],
    ['.', removeAll, 'delta_log/1/-1/3/5'],
  ])('below %j', (root, ref, key) => {
    expect(sourceKey(root, ref)).toBe(key);
    expect(parseSourceKey(root, key)).toEqual(ref);
    expect(key.startsWith(segmentPrefix(root, ref.kind, ref))).toBe(true);
    expect(key.startsWith(sourcePrefix(root))).toBe(true);
  });

  it.each([
    'insert_log/1/2/3/100/5',
    'files/insert_log/1/2/3/100',
    'files/insert_log/1/2/3/100/5/6',
    'files/insert_log/1/2/3/100/5/',
    'files/insert_log/1/-1/3/100/5',
    'files/insert_log/1/2/3/100/5.parquet',
    'files/insert_log/1/2/3/100/05',
    'files/insert_log/1/2/3/100/9223372036854775808',
    'files/delta_log/1/-2/3/5',
    'files/delta_log/1/2/-3/5',
    'files/delta_log/-1/2/3/5',
    'files/stats_log/1/2/3/100/5',
    'files//insert_log/1/2/3/100/5',
    'filesinsert_log/1/2/3/100/5',
    'files/insert_log',
    'files/',
  ])('%s is no log', (key) => {
    expect(parseSourceKey('files', key)).toBeUndefined();
  });

  it('print and parse without loss', () => {
    const id = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
    const place = { collection: id, segment: id, log: id };
    const ref = fc.oneof(
      fc.record({ kind: fc.constant('insert' as const), ...place, partition: id, field: id }),
      fc.record({ kind: fc.constant('delta' as const), ...place, partition: fc.oneof(id, fc.constant(-1n)) }),
    );
    fc.assert(
      fc.property(ref, fc.constantFrom('', 'files', 'a/b'), (value, root) => {
        expect(parseSourceKey(root, sourceKey(root, value))).toEqual(value);
      }),
    );
  });
});

describe('guards', () => {
  it.each(['../x', 'a/../b', '/a', 'a//b', 'a/', '', 'a\\b', 'a\0b', 'a\nb', './a', 'a/.'])(
    'refuse %j',
    (key) => {
      expect(keyProblem(key)).toBeDefined();
      expect(() => assertRelativeKey(key, 'f.json')).toThrow(
        expect.objectContaining({ reason: 'BackupUnreadable', message: expect.stringContaining('f.json') }),
      );
      expect(() => assertInside('dir/', `dir/${key}`, 'f.json')).toThrow(/f\.json/);
    },
  );

  it('let plain paths pass', () => {
    expect(assertRelativeKey('binlogs/insert_log/1/..a/b c', 'f')).toBe('binlogs/insert_log/1/..a/b c');
    expect(assertInside('d/', 'd/x/y', 'f')).toBe('d/x/y');
    expect(() => assertInside('d/', 'other/x', 'f')).toThrow(/outside d\//);
    expect(() => assertInside('d', 'dx', 'f')).toThrow(/outside/);
  });

  it('a key that passes stays below its folder when it is resolved', () => {
    const part = fc.constantFrom('a', '..', '.', '', '\\', 'b', '\0');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const key = parts.join('/');
        if (keyProblem(key) !== undefined) return;
        expect(new URL(`http://h/root/${key}`).pathname).toBe(`/root/${key}`);
      }),
    );
  });
});

describe('prefixes overlap', () => {
  it.each([
    ['files', 'files', true],
    ['files/', '/files', true],
    ['files', 'files/backup', true],
    ['files/backup', 'files', true],
    ['', 'files', true],
    ['files', '/', true],
    ['files', 'files2', false],
    ['a/b', 'a/c', false],
    ['a/../files', 'files', true],
  ])('%j and %j: %s', (left, right, wanted) => {
    expect(overlaps(left, right)).toBe(wanted);
    expect(overlaps(right, left)).toBe(wanted);
  });

  it('are compared in a clean form', () => {
    expect([folder(''), folder('/'), folder('a//b'), folder('./a/')]).toEqual(['', '', 'a/b/', 'a/']);
  });
});
