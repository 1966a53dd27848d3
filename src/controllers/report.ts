// SPDX-License-Identifier: Apache-2.0
// Tells what was done, once the status stands: Events for those who look at the object, metrics for those who are called
// at night, one line of the log per change.
import type { Kinds } from '../plan/observed.ts';
import type { News } from '../plan/desired.ts';
import type { Acting } from './act.ts';

type Reporting<T extends Kinds> = Pick<Acting<T>, 'world' | 'kind' | 'isNamespaceTerminating' | 'log'> & {
  desired: { news: News[] };
};

export function report<T extends Kinds>(reporting: Reporting<T>, before: T, after: T): void {
  const { world, kind, desired, isNamespaceTerminating, log } = reporting;
  const { apiVersion, metadata } = after;
  const regarding = { apiVersion, kind: kind.resource.kind, metadata };
  for (const news of desired.news) {
    // In a namespace that is going away nothing can be created, Events neither.
    const place = isNamespaceTerminating ? { namespace: 'default' as const } : {};
    world.recorder.record({ ...news, ...place, regarding });
    log.info({ reason: news.reason, action: news.action }, news.note);
  }
  const phase = phaseOf(after);
  if (phase !== phaseOf(before)) log.info({ phase, before: phaseOf(before) }, 'phase');
  world.metrics.changed(before, after);
}

/** An object may go although something of it stays: that is worth more than an Event that is gone after an hour. */
export function reportLeftBehind<T extends Kinds>({ world, kind, object, log }: Acting<T>): void {
  const { namespace } = object.metadata;
  log.warn({}, 'let go without having cleaned up: something may be left behind');
  world.metrics.leftBehind({ namespace, kind: kind.resource.kind });
}

function phaseOf({ status }: Kinds): string | undefined {
  return status && 'phase' in status ? status.phase : undefined;
}
