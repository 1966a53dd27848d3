// SPDX-License-Identifier: Apache-2.0
// Workers that take keys from a queue and hand them to a reconcile. Whatever a reconcile throws stays with its key: it is
// counted, logged and repeated, and no other key notices.
import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { messageOf, OperatorError } from '../base/error.ts';
import { ApiError, isConflict, pauseMsOf } from './api-error.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { logWith, type Log } from './log.ts';
import type { WorkQueue } from './queue.ts';
import { nameOfKey, type ObjectName } from './resource.ts';

export type ReconcileRequest = ObjectName & { key: string; reconcileId: string; log: Log };

/** When to look again, by the wall clock; without it when something changes. */
export type ReconcileResult = { requeueAt?: number | undefined };

export type Reconcile = (request: ReconcileRequest, signal: AbortSignal) => Promise<ReconcileResult>;

/** `requeue`: somebody else wrote first. `panic`: an error in the program. `terminal`: repeating it cannot help. */
export type Outcome = 'success' | 'requeue_after' | 'requeue' | 'error' | 'panic' | 'timeout' | 'terminal';

export type ControllerObserver = {
  started?: () => void;
  finished?: (outcome: Outcome, ms: number) => void;
};

export type ControllerOptions = {
  queue: WorkQueue;
  reconcile: Reconcile;
  clock: Clock;
  log: Log;
  workers?: number;
  /** A reconcile that takes longer is aborted by its signal. */
  deadlineMs?: number;
  /** Asked before each reconcile; a no leaves the key alone. For the leader that was asleep and is leader no more. */
  mayRun?: () => boolean;
  observer?: ControllerObserver;
};

const defaultWorkers = 2;
const defaultDeadlineMs = 60_000;
/** A moment that has passed already must not become a loop. */
const shortestRequeueMs = 1000;

export class Controller {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly workers: number;
  readonly #options: ControllerOptions;
  readonly #deadlineMs: number;
  readonly #log: Log;

  constructor(options: ControllerOptions) {
    this.name = options.queue.name;
    this.queue = options.queue;
    this.workers = options.workers ?? defaultWorkers;
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? defaultDeadlineMs;
    this.#log = logWith(options.log, { controller: this.name });
  }

  /** Ends once the queue is shut down and the last reconcile has returned. `signal` aborts those that are under way. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(Array.from({ length: this.workers }, () => this.#work(signal)));
  }

  /** A reconcile that goes on long after its signal was aborted: its worker is lost. */
  get isStuck(): boolean {
    return this.queue.inWork.some((ms) => ms > 2 * this.#deadlineMs);
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (let key = await this.queue.take(); key !== undefined; key = await this.queue.take()) {
      try {
        await this.#handle(key, signal);
      } finally {
        this.queue.done(key);
      }
    }
  }

  async #handle(key: string, signal: AbortSignal): Promise<void> {
    const { clock, observer, mayRun } = this.#options;
    const reconcileId = randomUUID();
    const log = logWith(this.#log, { ...nameOfKey(key), reconcileId });
    if (mayRun?.() === false) return log.info({}, 'not reconciled: not leading any more');
    const start = clock.monotonic();
    const deadline = startDeadline(clock, this.#deadlineMs, signal);
    observer?.started?.();
    let outcome: Outcome = 'success';
    try {
      const request = { ...nameOfKey(key), key, reconcileId, log };
      outcome = this.#settle(key, await this.#options.reconcile(request, deadline.signal));
    } catch (error) {
      outcome = this.#fail(key, error, { deadline, log });
    } finally {
      deadline.end();
      observer?.finished?.(outcome, clock.monotonic() - start);
    }
  }

  #settle(key: string, { requeueAt }: ReconcileResult): Outcome {
    this.queue.forget(key);
    if (requeueAt === undefined) return 'success';
    this.queue.addAt(key, Math.max(requeueAt, this.#options.clock.now() + shortestRequeueMs));
    return 'requeue_after';
  }

  #fail(key: string, error: unknown, { deadline, log }: { deadline: Deadline; log: Log }): Outcome {
    const outcome = outcomeOf(error, deadline);
    const about = { error: messageOf(error), outcome };
    if (outcome === 'terminal') {
      this.queue.forget(key);
      log.error(about, 'reconcile failed for good');
      return outcome;
    }
    const waitMs = Math.round(this.queue.addAfterFailure(key, pauseMsOf(error)));
    if (outcome === 'requeue') log.debug({ ...about, waitMs }, 'somebody else wrote first');
    else if (outcome === 'panic')
      log.error({ ...about, waitMs, error }, 'reconcile failed by an error in it');
    else log.warn({ ...about, waitMs }, 'reconcile failed');
    return outcome;
  }
}

function outcomeOf(error: unknown, deadline: Deadline): Outcome {
  if (deadline.isExpired()) return 'timeout';
  if (isConflict(error)) return 'requeue';
  if (error instanceof ApiError) return 'error';
  if (error instanceof OperatorError) return error.consequence === 'stop' ? 'terminal' : 'error';
  return isProgramError(error) ? 'panic' : 'error';
}

function isProgramError(error: unknown): boolean {
  return (
    !(error instanceof Error) ||
    [TypeError, RangeError, ReferenceError, SyntaxError].some((kind) => error instanceof kind)
  );
}
