// SPDX-License-Identifier: Apache-2.0
// The line of those who want to begin, in all namespaces. Between the decision that a run begins and the answer to the
// status that says so, everybody else must see it begun already: it is taken note of here, in the same moment in which it
// was decided, so that nobody has to wait for anybody's requests.
import type { MilvusBackup } from '../api/index.ts';
import { ApiError, isConflict } from '../kube/api-error.ts';
import type { Change } from '../kube/store.ts';
import { hasBegun } from '../plan/attempts.ts';
import { isRemoving } from '../plan/decisions.ts';
import type { Desired } from '../plan/desired.ts';
import { lineUp, type Contender } from '../plan/line.ts';
import type { Run } from '../plan/observed.ts';
import type { Settings } from '../plan/settings.ts';
import { isMoved } from '../plan/turns.ts';
import { activeRuns, type Caches } from './caches.ts';
import { instanceNameOf, storageNameOf } from './places.ts';

/** A server that is busy for a moment lets nobody younger pass. */
const stuckAfter = 3;

export class Line {
  readonly #caches: Caches;
  readonly #settings: Settings;
  /** UIDs of runs whose first attempt is being written down. */
  readonly #beginning = new Set<string>();
  /** UIDs of backups of which the removal of their data is being written down. */
  readonly #leaving = new Set<string>();
  /** By UID of a run that has not begun: how often in a row what was decided of it could not be done. */
  readonly #failures = new Map<string, number>();
  #onStuck: () => void = () => undefined;

  constructor(caches: Caches, settings: Settings) {
    this.#caches = caches;
    this.#settings = settings;
    for (const { cache } of [caches.backups, caches.restores]) {
      cache.store.subscribe(({ type, object }: Change<Run>) => {
        if (type !== 'deleted') return;
        this.#forget(object.metadata.uid);
        this.#failures.delete(object.metadata.uid);
      });
    }
  }

  /** As decisions see it now. */
  contenders(): Contender[] {
    return activeRuns(this.#caches).map((run) => this.#contenderOf(run));
  }

  /** Those in line whose turn has come, or of whom something else is to be told now. */
  moved(): Run[] {
    const all = this.contenders();
    const settings = this.#settings;
    const line = lineUp(all, settings);
    return all
      .map(({ run }) => run)
      .filter((run) => line.has(run.metadata.uid) && isMoved(run, line.get(run.metadata.uid), settings));
  }

  /** Does what was decided of `run` just now. If it begins, it has its turn from this moment on. */
  async act<R>(run: Run, { status }: Desired<Run>, action: () => Promise<R>): Promise<R> {
    const { uid } = run.metadata;
    this.#forget(uid);
    if (!hasBegun(run) && status !== undefined && hasBegun({ status })) this.#beginning.add(uid);
    if (isRemoving(status ?? {}) && !isRemoving(run.status ?? {})) this.#leaving.add(uid);
    try {
      const done = await action();
      this.#forget(uid);
      this.#failures.delete(uid);
      return done;
    } catch (error) {
      this.#fail(run, error);
      throw error;
    }
  }

  /** The backup as a restore must see it: from the decision on that its data go, there is nothing to begin with. */
  asDecided(backup: MilvusBackup): MilvusBackup {
    if (!this.#leaving.has(backup.metadata.uid)) return backup;
    return { ...backup, status: { ...backup.status, phase: 'Deleting' } };
  }

  /** Called when one who cannot begin has left the line. */
  whenStuck(handler: () => void): void {
    this.#onStuck = handler;
  }

  #fail(run: Run, error: unknown): void {
    const { uid } = run.metadata;
    // Without an answer it may stand there: that is known when it is looked at again, which follows.
    if (error instanceof ApiError) this.#forget(uid);
    if (hasBegun(run) || isConflict(error)) return;
    const failures = (this.#failures.get(uid) ?? 0) + 1;
    this.#failures.set(uid, failures);
    if (failures === stuckAfter) this.#onStuck();
  }

  #forget(uid: string): void {
    this.#beginning.delete(uid);
    this.#leaving.delete(uid);
  }

  #contenderOf(run: Run): Contender {
    const { namespace, uid } = run.metadata;
    const at = (name: string | undefined): string | undefined =>
      name === undefined ? undefined : `${namespace}/${name}`;
    const name = instanceNameOf(this.#caches, run);
    const instance = name === undefined ? undefined : this.#caches.instances.get({ namespace, name });
    return {
      run,
      hasTurn: hasBegun(run) || this.#beginning.has(uid),
      isStuck: (this.#failures.get(uid) ?? 0) >= stuckAfter,
      instance: at(name),
      maxConcurrentBackups: instance?.spec.maxConcurrentBackups ?? 1,
      storage: at(storageNameOf(this.#caches, run)),
    };
  }
}
