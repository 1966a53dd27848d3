// SPDX-License-Identifier: Apache-2.0
// What every controller works with, put together once in wiring.ts.
import type { Clock } from '../base/clock.ts';
import type { Gate } from '../base/gate.ts';
import type { EventRecorder } from '../kube/events.ts';
import type { Resource } from '../kube/resource.ts';
import type { Rest } from '../kube/rest.ts';
import type { Kinds } from '../plan/observed.ts';
import type { Settings } from '../plan/settings.ts';
import type { Caches } from './caches.ts';
import type { Line } from './line.ts';
import type { RunMetrics } from './metrics.ts';
import type { View } from './view.ts';

export type World = {
  rest: Rest;
  caches: Caches;
  settings: Settings;
  clock: Clock;
  recorder: Pick<EventRecorder, 'record'>;
  metrics: RunMetrics;
  /** Who begins, and who waits for whom. */
  line: Line;
  /** For single reads besides the caches. */
  reads: Gate;
};

/** One of our kinds: where it lives and how it is seen. */
export type OwnKind<T extends Kinds> = { resource: Resource; view: View<T> };
