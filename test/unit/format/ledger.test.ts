// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  decodeBackupLedger,
  decodeRestoreLedger,
  encodeBackupLedger,
  encodeRestoreLedger,
  isUnknownLedger,
  type BackupLedger,
  type RestoreLedger,
} from '../../../src/format/ledger.ts';

const backup: BackupLedger = {
  v: 1,
  kind: 'backup',
  runId: 'r1',
  attempt: 2,
  backupName: 'b',
  startTime: '2026-01-02T03:04:05Z',
  engineVersion: '0.1.0',
  collections: [
    { db: 'default', name: 'größe', id: 449885215365432101n, state: 'copied', planSha256: 'ab' },
    { db: 'default', name: 'b', id: 5n, state: 'planned' },
  ],
  gcTickets: [{ collectionId: 449885215365432101n, ticket: 't' }],
};

const restore: RestoreLedger = {
  v: 1,
  kind: 'restore',
  runId: 'r2',
  attempt: 1,
  source: { backup: 'backup/b/', fullMetaSha256: 'cd' },
  startTime: '2026-01-02T03:04:05Z',
  collections: [
    {
      source: 'default.a',
      db: 'default',
      name: 'a2',
      temporaryName: 'mb_r2_1_0123456789abcdef',
      attempt: 1,
      state: 'importing',
      collectionId: 449885215365432199n,
      imports: [
        { group: '0', files: ['x/', 'y/'], state: 'submitted', taskId: '449885215365432222', rows: 7 },
        { group: '1', files: ['z/'], state: 'intent' },
      ],
    },
    {
      source: 'default.b',
      db: 'default',
      name: 'b',
      temporaryName: 'mb_r2_1_1',
      attempt: 1,
      state: 'planned',
      imports: [],
    },
  ],
  result: { rows: 449885215365432199n, warnings: ['<&>'] },
};

describe('the ledger of a backup', () => {
  it('round-trips', () => {
    const text = encodeBackupLedger(backup);
    expect(text).toContain('"id":449885215365432101');
    expect(decodeBackupLedger(text, 'l')).toEqual(backup);
  });

  it.each<[string, unknown, string]>([
    ['a missing member', { ...backup, runId: undefined }, '.runId: found nothing, expected a value'],
    ['null', { ...backup, attempt: null }, '.attempt: found null, expected a value'],
    [
      'a negative attempt',
      { ...backup, attempt: -1 },
      '.attempt: found the number -1, expected an integer from 0',
    ],
    ['the other kind', { ...backup, kind: 'restore' }, '.kind: found the text "restore", expected "backup"'],
    [
      'an unknown state',
      { ...backup, collections: [{ db: '', name: '', id: 1, state: 'x' }] },
      '.collections[0].state: found the text "x", expected "planned" or "copied" or "dropped" or "skipped"',
    ],
    ['a null element', { ...backup, collections: [null] }, '.collections[0]: found null, expected a value'],
    ['a list', [], 'the root: found a list, expected an object'],
    ['no version', { ...backup, v: undefined }, '.v: found nothing, expected a value'],
  ])('refuses %s', (_name, value, message) => {
    const text = JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? 1 : member));
    expect(() => decodeBackupLedger(text, 'l.json')).toThrow(
      expect.objectContaining({ reason: 'BackupUnreadable', message: `l.json: at ${message}` }),
    );
  });

  it('ignores members that it does not know', () => {
    expect(decodeBackupLedger(encodeBackupLedger(backup).replace('{', '{"new":1,'), 'l')).toEqual(backup);
  });
});

describe('the ledger of a restore', () => {
  it('round-trips', () => {
    expect(decodeRestoreLedger(encodeRestoreLedger(restore), 'l')).toEqual(restore);
  });

  it('round-trips with what only some restores have', () => {
    const [first, ...others] = restore.collections;
    const more: RestoreLedger = {
      ...restore,
      onFailure: 'RemoveCreated',
      endTime: '2026-01-02T03:05:05Z',
      collections: [{ ...first!, replaces: 7n, rows: { planned: 3, imported: 2 } }, ...others],
    };
    expect(decodeRestoreLedger(encodeRestoreLedger(more), 'l')).toEqual(more);
  });

  it('shrinks to its result', () => {
    const shrunk = { ...restore, collections: [] };
    expect(decodeRestoreLedger(encodeRestoreLedger(shrunk), 'l')).toEqual(shrunk);
  });
});

describe('a ledger of another version', () => {
  it.each([
    ['{"v":2,"runId":"r1","anything":[]}', { unknownVersion: 2, runId: 'r1' }],
    ['{"v":0}', { unknownVersion: 0 }],
  ])('%s is a value', (text, wanted) => {
    expect(decodeBackupLedger(text, 'l')).toEqual(wanted);
    const ledger = decodeRestoreLedger(text, 'l');
    expect(ledger).toEqual(wanted);
    expect(isUnknownLedger(ledger)).toBe(true);
  });

  it('is not what ours are', () => {
    expect(isUnknownLedger(backup)).toBe(false);
  });

  it.each(['{', '', '"x"'])('%j is no ledger at all', (text) => {
    expect(() => decodeBackupLedger(text, 'l')).toThrow(
      expect.objectContaining({ reason: 'BackupUnreadable' }),
    );
  });
});
