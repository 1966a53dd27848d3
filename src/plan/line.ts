// SPDX-License-Identifier: Apache-2.0
// Who may begin and who waits, for all runs at once. A run takes a place on its Milvus, one on its storage and one of the
// operator's, all together or none. A restore has its Milvus alone; backups share it up to maxConcurrentBackups. The
// oldest that has room goes first, in all namespaces: whoever waits for a place gets the next one that is freed, so that
// nobody is passed over for ever, and who waits for a Milvus keeps nobody from another one.
import { findCondition } from '../api/index.ts';
import type { Run } from './observed.ts';
import type { Settings } from './settings.ts';

/** A run that has not ended, with what it takes a place on. Both are `namespace/name`; undefined: not known. */
export type Contender = {
  run: Run;
  /** It has begun, or is about to: its first attempt is being written down. */
  hasTurn: boolean;
  /** The server refuses again and again what would let it begin: until it does not, others go first. */
  isStuck?: boolean;
  instance: string | undefined;
  maxConcurrentBackups: number;
  storage: string | undefined;
};

export type Limits = Pick<Settings, 'maxJobs' | 'maxJobsPerStorage'>;

/** What a run waits for; `position` 1 is the next. `ahead`: who has a place there, then who waits for one, oldest first. */
export type Held = {
  by: 'instance' | 'storage' | 'operator';
  /** Of the instance or storage. */
  name: string;
  position: number;
  ahead: readonly Run[];
};

/** By UID of each run in line what it waits for; undefined: it is its turn. */
export function lineUp(all: readonly Contender[], limits: Limits): Map<string, Held | undefined> {
  const places = new Places(limits);
  for (const one of all) if (one.hasTurn) places.take(one);
  const line = all.filter(waits).sort(byAge);
  return new Map(line.map((one) => [one.run.metadata.uid, places.enter(one)]));
}

/** What keeps `run` from beginning, whatever it has lacked until now; undefined: it is its turn. */
export function turnOf(run: Run, all: readonly Contender[], limits: Limits): Held | undefined {
  const places = new Places(limits);
  const own = all.find((one) => one.run.metadata.uid === run.metadata.uid);
  if (!own) return undefined;
  for (const one of all) if (one.hasTurn && one !== own) places.take(one);
  const older = all.filter((one) => waits(one) && byAge(one, own) < 0);
  for (const one of older.sort(byAge)) places.enter(one);
  return places.enter(own);
}

function waits({ run, hasTurn, isStuck }: Contender): boolean {
  return !hasTurn && !isStuck && standsInLine(run);
}

const ofTurns: readonly (string | undefined)[] = ['Queued', 'InstanceBusy', undefined];

/** One that lacks something, or is about to end, stands in nobody's way. */
export function standsInLine({ metadata, spec, status }: Run): boolean {
  const reason = findCondition(status?.conditions, 'Reconciling')?.reason;
  return metadata.deletionTimestamp === undefined && !spec.cancel && ofTurns.includes(reason);
}

/** By creation, then by name. */
function byAge({ run: a }: Contender, { run: b }: Contender): number {
  return (
    compare(a.metadata.creationTimestamp, b.metadata.creationTimestamp) ||
    compare(a.metadata.name, b.metadata.name) ||
    compare(a.kind, b.kind) ||
    compare(a.metadata.namespace, b.metadata.namespace)
  );
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

type Spot = { name: string; holders: Run[]; waiting: Run[]; restores: number };
type Spots = Record<Held['by'], Spot>;

class Places {
  readonly #limits: Limits;
  readonly #spots = new Map<string, Spot>();

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  take(one: Contender): void {
    for (const spot of Object.values(this.#spotsOf(one))) add(spot, 'holders', one.run);
  }

  /** Takes the places, or says what it waits for. On its Milvus it is in the way of younger ones all the same. */
  enter(one: Contender): Held | undefined {
    const spots = this.#spotsOf(one);
    const by = this.#obstacleTo(one, spots);
    if (!by) {
      this.take(one);
      return undefined;
    }
    const held = heldBy(by, spots[by]);
    add(spots.instance, 'waiting', one.run);
    if (by !== 'instance') add(spots[by], 'waiting', one.run);
    return held;
  }

  #obstacleTo(one: Contender, { instance, storage, operator }: Spots): Held['by'] | undefined {
    const { maxJobs, maxJobsPerStorage } = this.#limits;
    if (isBusy(one, instance)) return 'instance';
    if (isFull(storage, maxJobsPerStorage)) return 'storage';
    return isFull(operator, maxJobs) ? 'operator' : undefined;
  }

  #spotsOf({ instance, storage }: Contender): Spots {
    return {
      instance: this.#spot('instance', instance),
      storage: this.#spot('storage', storage),
      operator: this.#spot('operator', ''),
    };
  }

  /** Of what is not known there is nothing to wait for. */
  #spot(what: Held['by'], key: string | undefined): Spot {
    const known = key === undefined ? undefined : this.#spots.get(`${what} ${key}`);
    if (known) return known;
    const name = key?.slice(key.indexOf('/') + 1) ?? '';
    const spot = { name, holders: [], waiting: [], restores: 0 };
    if (key !== undefined) this.#spots.set(`${what} ${key}`, spot);
    return spot;
  }
}

function add(spot: Spot, as: 'holders' | 'waiting', run: Run): void {
  spot[as].push(run);
  if (isRestore(run)) spot.restores += 1;
}

function isBusy({ run, maxConcurrentBackups }: Contender, { holders, waiting, restores }: Spot): boolean {
  const count = holders.length + waiting.length;
  return isRestore(run) ? count > 0 : restores > 0 || count >= maxConcurrentBackups;
}

function isFull({ holders, waiting }: Spot, limit: number): boolean {
  return holders.length + waiting.length >= limit;
}

/** No more of them are ever named. */
const named = 3;

function heldBy(by: Held['by'], { name, holders, waiting }: Spot): Held {
  const ahead = [...holders.slice(0, named), ...waiting.slice(0, named)];
  return { by, name, position: waiting.length + 1, ahead };
}

export function isRestore({ kind }: Run): boolean {
  return kind === 'MilvusRestore';
}
