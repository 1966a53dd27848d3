// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { LedgerFile } from '../../../src/engine/ledger-file.ts';
import {
  counted,
  created,
  creating,
  done,
  ended,
  filling,
  findEntry,
  imported,
  intending,
  openImports,
  renaming,
  replacing,
  submitted,
  succeeded,
  swapped,
  swapping,
  type Change,
} from '../../../src/engine/restore/ledger-entry.ts';
import { assertSameBackup, firstLedger, gather, nextLedger } from '../../../src/engine/restore/ledger.ts';
import { decodeRestoreLedger, encodeRestoreLedger, type RestoreLedger } from '../../../src/format/ledger.ts';

const target = { database: 'default', name: 'a' };
const source = { backup: 'b', fullMetaSha256: 'ab' };
const fresh = { source, startTime: '2026-11-20T00:00:00Z', onFailure: 'Keep' as const };
const run = (attempt: number | 'next') => ({ runId: 'r', attempt, resume: false });
const empty = firstLedger(run('next'), fresh);

function after(...changes: Change[]): RestoreLedger {
  const ledger = changes.reduce((l, change) => change(l), empty);
  // Whatever stands in it must survive the store.
  expect(decodeRestoreLedger(encodeRestoreLedger(ledger), 'ledger')).toEqual(ledger);
  return ledger;
}

const begun = creating(target, { source: 'default.a', temporaryName: 'mb_r_1_x', attempt: 1, replaces: 4n });

describe('ledger of a restore', () => {
  it('says what was intended before it says what came of it', () => {
    const entry = (...changes: Change[]) => findEntry(after(begun, ...changes), target);
    expect(entry()).toMatchObject({
      state: 'creating',
      temporaryName: 'mb_r_1_x',
      replaces: 4n,
      imports: [],
    });
    expect(entry()).not.toHaveProperty('collectionId');
    const intent = [created(target, 9n), intending(target, 'g', ['i/', ''])];
    expect(entry(...intent)).toMatchObject({
      state: 'importing',
      collectionId: 9n,
      imports: [{ group: 'g', state: 'intent', files: ['i/', ''] }],
    });
    const given = [...intent, submitted(target, 'g', 77n)];
    expect(entry(...given)?.imports).toMatchObject([{ state: 'submitted', taskId: '77' }]);
    expect(openImports(after(begun, ...given))).toEqual(['77']);
    const whole = [...given, imported(target, 'g', 5)];
    expect(entry(...whole)?.imports).toEqual([
      { group: 'g', files: [], state: 'done', taskId: '77', rows: 5 },
    ]);
    expect(openImports(after(begun, ...whole))).toEqual([]);
    const end = [...whole, counted(target, { planned: 5, imported: 5 }), renaming(target)];
    expect(entry(...end)).toMatchObject({ state: 'renaming', rows: { planned: 5 } });
    expect(entry(...end, done(target, { planned: 5, imported: 5, live: 5 }))).toMatchObject({
      state: 'done',
      collectionId: 9n,
      imports: [],
      rows: { live: 5 },
    });
  });

  it('remembers what stands aside until the entry is done', () => {
    const rows = { planned: 5, imported: 5 };
    const aside = [
      begun,
      created(target, 9n),
      counted(target, rows),
      renaming(target),
      swapping(target, 'mb_old'),
    ];
    const entry = (...changes: Change[]) => findEntry(after(...aside, ...changes), target);
    expect(entry()).toMatchObject({ state: 'swapping', aside: 'mb_old', replaces: 4n });
    // What a later attempt does again does not hide it.
    expect(entry(counted(target, rows), renaming(target))).toMatchObject({
      state: 'swapping',
      aside: 'mb_old',
    });
    expect(entry(swapped(target))).toMatchObject({ state: 'swapped', aside: 'mb_old' });
    expect(entry(swapped(target), done(target, rows))).toMatchObject({ state: 'done', replaces: 4n });
    expect(entry(swapped(target), done(target, rows))).not.toHaveProperty('aside');
  });

  it('takes what goes from the plan of the attempt', () => {
    expect(findEntry(after(begun, replacing(target, 6n)), target)).toMatchObject({ replaces: 6n });
    expect(findEntry(after(begun, replacing(target, undefined)), target)).not.toHaveProperty('replaces');
  });

  it('begins an entry anew without its id and its imports', () => {
    const again = creating(target, { source: 'default.a', temporaryName: 'mb_r_2_x', attempt: 2 });
    const ledger = after(begun, created(target, 9n), intending(target, 'g', ['x']), again);
    expect(ledger.collections).toEqual([
      {
        source: 'default.a',
        db: 'default',
        name: 'a',
        temporaryName: 'mb_r_2_x',
        attempt: 2,
        state: 'creating',
        imports: [],
      },
    ]);
  });

  it('changes one entry only, and one of its imports only', () => {
    const other = { database: 'default', name: 'b' };
    const both = after(
      begun,
      filling(other, 'default.b', 3n, 1),
      intending(other, 'g', ['1']),
      intending(other, 'h', ['2']),
    );
    const changed = submitted(other, 'h', 8n)(both);
    expect(findEntry(changed, target)).toEqual(findEntry(both, target));
    expect(findEntry(changed, other)?.imports.map((i) => i.state)).toEqual(['intent', 'submitted']);
    expect(findEntry(changed, other)).toMatchObject({ temporaryName: '', collectionId: 3n });
  });

  it('shrinks when the run is over', () => {
    expect(after(begun, succeeded({ v: 1 }, 't'))).toMatchObject({
      collections: [],
      result: { v: 1 },
      endTime: 't',
    });
    expect(after(begun, ended('t'))).toMatchObject({ collections: [], endTime: 't' });
  });
});

describe('opening it', () => {
  const stored = (over: Partial<RestoreLedger>) => ({ ...empty, ...over });

  it('goes on with one attempt more by hand, with the given one as a Job', () => {
    expect(nextLedger(stored({ attempt: 2 }), run('next')).attempt).toBe(3);
    expect(nextLedger(stored({ attempt: 2 }), run(5)).attempt).toBe(5);
    expect(firstLedger(run(4), fresh).attempt).toBe(4);
    expect(empty.attempt).toBe(1);
  });

  it('keeps what was begun, and is open again after a cleanup', () => {
    const next = nextLedger(stored({ ...begun(empty), endTime: 't' }), run('next'));
    expect(next.collections).toHaveLength(1);
    expect(next).not.toHaveProperty('endTime');
  });

  it.each([1, 2])('is fenced as attempt %i where attempt 2 stands', (attempt) => {
    expect(() => nextLedger(stored({ attempt: 2 }), run(attempt))).toThrow(/attempt 2 has begun already/);
  });

  it('is of one backup', () => {
    expect(() => assertSameBackup(empty, source)).not.toThrow();
    expect(() => assertSameBackup(empty, { ...source, backup: 'c' })).toThrow(/began with backup b/);
    expect(() => assertSameBackup(empty, { ...source, fullMetaSha256: 'cd' })).toThrow(/one backup/i);
  });
});

describe('gather', () => {
  it('puts what is asked for during one write into the next', async () => {
    const writes: number[] = [];
    const checks: number[] = [];
    let ledger = empty;
    const file: LedgerFile<RestoreLedger> = {
      key: 'k',
      current: () => ledger,
      async update(change) {
        await Promise.resolve();
        ledger = change(ledger);
        writes.push(ledger.collections.length);
      },
      assertOwned: async () => void checks.push(writes.length),
      remove: async () => {},
    };
    const gathered = gather(file);
    const begin = (name: string) =>
      creating({ database: 'default', name }, { source: name, temporaryName: 't', attempt: 1 });
    await Promise.all([
      gathered.record(begin('a')),
      new Promise((resolve) => setImmediate(resolve)).then(() => gathered.record(begin('z'))),
      ...['b', 'c', 'd'].map((name) => gathered.recordAndOwn(begin(name))),
    ]);
    expect(writes.at(-1)).toBe(5);
    expect(writes.length).toBeLessThan(4);
    expect(checks).toHaveLength(1);
  });

  it('tells a failed write to those who wait for it and to nobody else', async () => {
    let fails = true;
    let ledger = empty;
    const file: LedgerFile<RestoreLedger> = {
      key: 'k',
      current: () => ledger,
      async update(change) {
        if (fails) throw new Error('no');
        ledger = change(ledger);
      },
      assertOwned: async () => {},
      remove: async () => {},
    };
    const gathered = gather(file);
    await expect(gathered.record(begun)).rejects.toThrow('no');
    fails = false;
    await gathered.record(begun);
    expect(gathered.current().collections).toHaveLength(1);
  });
});
