// SPDX-License-Identifier: Apache-2.0
// The life of an operator's process: in which order its parts begin, and in which order they end. Standby replicas keep
// their caches warm and are ready; only the leader reconciles.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/error.ts';
import type { Controller } from './controller.ts';
import { startDeadline, whenAborted } from './deadline.ts';
import type { EventRecorder } from './events.ts';
import type { LeaderElection } from './lease.ts';
import type { Log } from './log.ts';
import type { Check, ProbeServer } from './probes.ts';
import type { Resource } from './resource.ts';

/** A cache of any type. */
export type Synced = {
  readonly resource: Resource;
  readonly isSynced: boolean;
  whenSynced: () => Promise<void>;
  run: (signal: AbortSignal) => Promise<void>;
};

export type ManagerParts = {
  clock: Clock;
  log: Log;
  caches: readonly Synced[];
  controllers: readonly Controller[];
  /** Without one this process is the only one. */
  election?: LeaderElection;
  recorder?: EventRecorder;
  server?: ProbeServer;
  /** How long reconciles may go on after the stop: the pod's grace period less five seconds. */
  graceMs?: number;
};

const defaultGraceMs = 25_000;
const drainMs = 3000;

/**
 * Runs until `stop` aborts, then ends in good order: no more news, no more keys, reconciles to their end, the Lease
 * given up, the probes last. Losing the Lease is not for here: its `onLost` ends the process.
 */
export async function runManager(parts: ManagerParts, stop: AbortSignal): Promise<void> {
  const { caches, controllers, election, recorder, server, log } = parts;
  const kill = new AbortController();
  const port = await server?.listen();
  log.info({ port, controllers: controllers.length }, 'starting');
  const news = Promise.all(caches.map((cache) => cache.run(stop)));
  const telling = recorder?.run(stop);
  const isLeading = await begin(parts, stop);
  const working = isLeading ? controllers.map((controller) => controller.run(kill.signal)) : [];
  await whenAborted(stop);

  log.info({ reason: messageOf(stop.reason) }, 'stopping');
  for (const { queue } of controllers) queue.shutDown();
  await news;
  await endWork(parts, working, kill);
  await telling;
  await drain(parts);
  await election?.release();
  await server?.close();
  log.info({}, 'stopped');
}

/** Whether it came so far as to lead, before the stop. */
async function begin({ caches, election, log }: ManagerParts, stop: AbortSignal): Promise<boolean> {
  const stopped = whenAborted(stop);
  await Promise.race([stopped, Promise.all(caches.map((cache) => cache.whenSynced()))]);
  if (stop.aborted) return false;
  log.info({}, 'caches synced');
  await election?.acquire(stop).catch(() => undefined);
  return !stop.aborted;
}

/** Waits for what is under way; at the end of its patience it aborts it and waits a little more. */
async function endWork(
  { clock, log, graceMs = defaultGraceMs }: ManagerParts,
  working: readonly Promise<void>[],
  kill: AbortController,
): Promise<void> {
  const ended = Promise.all(working);
  const patience = startDeadline(clock, graceMs);
  await Promise.race([ended, whenAborted(patience.signal)]);
  patience.end();
  if (!patience.isExpired()) return;
  log.warn({ graceMs }, 'reconciles did not end in time: aborting them');
  kill.abort(new Error('the process is stopping'));
  const last = startDeadline(clock, drainMs);
  await Promise.race([ended, whenAborted(last.signal)]);
  last.end();
}

async function drain({ clock, recorder }: ManagerParts): Promise<void> {
  const limit = startDeadline(clock, drainMs);
  await recorder?.drain(limit.signal);
  limit.end();
}

/** A worker that is lost does not come back: the process has to. */
export function livenessOf(controllers: readonly Controller[]): Record<string, Check> {
  return Object.fromEntries(
    controllers.map((controller) => [
      controller.name,
      () => (controller.isStuck ? 'a reconcile goes on long after its deadline' : undefined),
    ]),
  );
}

/** Ready to take over at once: all caches are filled. Also of those who only stand by. */
export function readinessOf(caches: readonly Synced[]): Record<string, Check> {
  return Object.fromEntries(
    caches.map((cache) => [
      cache.resource.plural,
      () => (cache.isSynced ? undefined : 'its first list has not arrived'),
    ]),
  );
}
