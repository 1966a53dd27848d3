// SPDX-License-Identifier: Apache-2.0
// The transitions of a restore's ledger: each takes a ledger and gives the next one. What is intended is written before
// the call to Milvus, what came of it after; whoever reads it after a crash knows which question to ask. Pure.
import type {
  RestoreLedger,
  RestoreLedgerCollection,
  RestoreLedgerImport,
  RestoreLedgerRows,
} from '../../format/ledger.ts';
import type { CollectionName } from '../../milvus/contract.ts';

export type Change = (ledger: RestoreLedger) => RestoreLedger;

export function findEntry(
  ledger: RestoreLedger,
  target: CollectionName,
): RestoreLedgerCollection | undefined {
  return ledger.collections.find((c) => isOf(c, target));
}

function isOf(entry: RestoreLedgerCollection, target: CollectionName): boolean {
  return entry.db === target.database && entry.name === target.name;
}

function setEntry(
  target: CollectionName,
  change: (entry: RestoreLedgerCollection) => RestoreLedgerCollection,
): Change {
  return (ledger) => ({
    ...ledger,
    collections: ledger.collections.map((c) => (isOf(c, target) ? change(c) : c)),
  });
}

/** What a collection is begun with; `temporaryName` is '' for one that this run did not create. */
export type Beginning = { source: string; temporaryName: string; attempt: number; replaces?: bigint };

/** Before CreateCollection. An entry of an earlier attempt is replaced: what it created has been dropped. */
export function creating(target: CollectionName, beginning: Beginning): Change {
  return begin(target, beginning, 'creating');
}

/** For a collection that stood there: nothing is created, its id is known. */
export function filling(target: CollectionName, source: string, id: bigint, attempt: number): Change {
  return (ledger) =>
    created(target, id)(begin(target, { source, temporaryName: '', attempt }, 'creating')(ledger));
}

function begin(target: CollectionName, beginning: Beginning, state: 'creating'): Change {
  const entry: RestoreLedgerCollection = {
    ...beginning,
    db: target.database,
    name: target.name,
    state,
    imports: [],
  };
  return (ledger) => ({
    ...ledger,
    collections: [...ledger.collections.filter((c) => !isOf(c, target)), entry],
  });
}

export function created(target: CollectionName, collectionId: bigint): Change {
  return setEntry(target, (entry) => ({ ...entry, state: 'created', collectionId }));
}

/** Before Import. */
export function intending(target: CollectionName, group: string, files: string[]): Change {
  return setEntry(target, (entry) => ({
    ...entry,
    state: 'importing',
    imports: [...entry.imports.filter((i) => i.group !== group), { group, files, state: 'intent' }],
  }));
}

export function submitted(target: CollectionName, group: string, taskId: bigint): Change {
  return setImport(target, group, (i) => ({ ...i, state: 'submitted', taskId: String(taskId) }));
}

/** The files are let go: a finished group is only counted. */
export function imported(target: CollectionName, group: string, rows: number): Change {
  return setImport(target, group, (i) => ({ ...i, files: [], state: 'done', rows }));
}

function setImport(
  target: CollectionName,
  group: string,
  change: (one: RestoreLedgerImport) => RestoreLedgerImport,
): Change {
  return setEntry(target, (entry) => ({
    ...entry,
    imports: entry.imports.map((i) => (i.group === group ? change(i) : i)),
  }));
}

/** Every import has ended and the rows are right. */
export function counted(target: CollectionName, rows: RestoreLedgerRows): Change {
  return setEntry(target, (entry) => ({ ...entry, state: entry.aside ? 'swapping' : 'imported', rows }));
}

/** Before rename. */
export function renaming(target: CollectionName): Change {
  return setEntry(target, (entry) => ({ ...entry, state: entry.aside ? 'swapping' : 'renaming' }));
}

/** What goes for it, as this attempt's plan says: the one that was to go is gone, and stands aside no more either. */
export function replacing(target: CollectionName, id: bigint | undefined): Change {
  return setEntry(target, ({ replaces: _before, aside: _nowhere, ...entry }) =>
    id === undefined ? entry : { ...entry, replaces: id },
  );
}

/** Before what is replaced is moved aside. */
export function swapping(target: CollectionName, aside: string): Change {
  return setEntry(target, (entry) => ({ ...entry, state: 'swapping', aside }));
}

/** It stands under the real name; what it replaces stands aside, and may go. */
export function swapped(target: CollectionName): Change {
  return setEntry(target, (entry) => ({ ...entry, state: 'swapped' }));
}

export function done(target: CollectionName, rows: RestoreLedgerRows | undefined): Change {
  return setEntry(target, ({ aside: _gone, ...entry }) => ({
    ...entry,
    state: 'done',
    imports: [],
    ...(rows ? { rows } : {}),
  }));
}

/** The run succeeded: only its result is kept, so that an unreadable one can be told again. */
export function succeeded(result: unknown, endTime: string): Change {
  return (ledger) => ({ ...ledger, collections: [], result, endTime });
}

/** The run was given up and what it left is removed. */
export function ended(endTime: string): Change {
  return (ledger) => ({ ...ledger, collections: [], endTime });
}

/** Imports that Milvus was given and that nobody saw end: they cannot be recalled. */
export function openImports(ledger: RestoreLedger): string[] {
  return ledger.collections
    .flatMap((c) => c.imports)
    .filter((i) => i.state === 'submitted' && i.taskId !== undefined)
    .map((i) => i.taskId!);
}
