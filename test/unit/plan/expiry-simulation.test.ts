// SPDX-License-Identifier: Apache-2.0
// Marks, holds and restores that come and go, Jobs that end well, badly or by hand, a storage that comes and goes, and an
// operator that dies between any two writes. Nothing goes that is kept, and what has begun comes to its end.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { expiredBy } from '../../../src/plan/expiry.ts';
import { scheduleLabel } from '../../../src/plan/labels.ts';
import { restoreOf, storageOf } from './job-samples.ts';
import { isTerminal } from './model.ts';
import { backupModel, finish, minute, second, settle, type RunModel } from './run-model.ts';

type Model = RunModel<MilvusBackup>;
const words = [
  'mark',
  'hold',
  'let go',
  'read',
  'read no more',
  'shut',
  'open',
  'work',
  'control',
  'fail',
  'lock',
  'succeed',
  'delete job',
  'refuse',
  'hour',
] as const;
type Step = { do: (typeof words)[number] } | { do: 'reconcile'; writes: number; isStale: boolean };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant('reconcile' as const),
        writes: fc.oneof(fc.constant(99), fc.integer({ min: 0, max: 3 })),
        isStale: fc.boolean(),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constantFrom(...words) }) },
  ),
  { minLength: 10, maxLength: 80 },
);

function setHold(model: Model, hold: boolean): void {
  if (!model.object || model.object.spec.hold === hold) return;
  model.object.spec.hold = hold;
  model.object.metadata.generation += 1;
  model.touch();
}

/** The pod of a removal, if one is at work. */
function endRemoval(model: Model, result: Parameters<Model['tell']>[1], exitCode: number): boolean {
  const pod = [...model.pods.values()].find((one) => one.status?.phase === 'Running');
  if (pod) model.tell(pod, result, exitCode);
  return pod !== undefined;
}

function startPods(model: Model): void {
  for (const pod of model.pods.values())
    if (pod.status?.phase === 'Pending' && !pod.metadata.deletionTimestamp) model.startPod(pod);
}

type Trace = { removed: boolean; begun: boolean; caches: ReturnType<Model['cache']> };

function take(model: Model, step: Step, trace: Trace): void {
  const failed = { outcome: 'Failed', message: 'no' } as const;
  const acts: Record<(typeof words)[number], () => void> = {
    mark: () => void (model.object!.metadata.annotations = { [expiredBy]: 'maxAge' }),
    hold: () => setHold(model, true),
    'let go': () => setHold(model, false),
    read: () => void (model.world.others = [restoreOf()]),
    'read no more': () => void (model.world.others = []),
    shut: () => void (model.world.storage = storageOf({ accessMode: 'ReadOnly' })),
    open: () => void (model.world.storage = storageOf()),
    work: () => startPods(model),
    control: () => model.controlJobs(),
    fail: () => void endRemoval(model, { ...failed, reason: 'StoreError' }, 1),
    lock: () => void endRemoval(model, { ...failed, reason: 'ObjectLocked' }, 3),
    succeed: () => void (trace.removed = endRemoval(model, {}, 0) || trace.removed),
    'delete job': () => model.deleteJob([...model.jobs.keys()].at(-1) ?? ''),
    refuse: () =>
      void (model.refusal = model.refusal
        ? undefined
        : { status: 403, reason: 'Forbidden', message: 'exceeded quota' }),
    hour: () => void (model.now += 60 * minute + second),
  };
  if (step.do !== 'reconcile') return acts[step.do]();
  const stale = structuredClone(trace.caches);
  trace.caches = model.cache();
  model.reconcile({ writes: step.writes, ...(step.isStale ? { stale } : {}) });
}

function check(model: Model, trace: Trace, before: { isKept: boolean }): void {
  const working = [...model.pods.values()].filter(({ status }) => status?.phase === 'Running');
  expect(working.length, 'removals at work at once').toBeLessThanOrEqual(1);
  if (!model.object) return expect(trace.removed, 'the object is gone before its data').toBe(true);
  const { phase } = model.object.status;
  const begins = phase !== 'Succeeded';
  if (begins && !trace.begun) expect(before.isKept, 'it was kept').toBe(false);
  expect(trace.begun && !begins, 'what has begun is taken back').toBe(false);
  trace.begun ||= begins;
  if (phase === 'Expired') expect(trace.removed, 'Expired before its data are gone').toBe(true);
  if (phase === 'Deleting' || phase === 'DeleteFailed')
    expect(model.object.metadata.finalizers).toHaveLength(1);
}

/** From here on the world is kind. */
function converge(model: Model, trace: Trace): void {
  model.refusal = undefined;
  Object.assign(model.world, { storage: storageOf(), others: [] });
  setHold(model, false);
  for (let i = 0; i < 100 && model.object; i++) {
    model.controlJobs();
    startPods(model);
    for (const pod of model.pods.values())
      if (!isTerminal(pod) && pod.status?.phase === 'Running') {
        model.tell(pod, {}, 0);
        trace.removed = true;
      }
    model.controlJobs();
    const writes = model.reconcile();
    check(model, trace, { isKept: false });
    if (writes > 0 || !model.object) continue;
    if (['Succeeded', 'Expired'].includes(model.object.status.phase ?? '') && !isWaiting(model)) return;
    model.now = Math.max(model.now + second, model.requeueAt ?? 0);
  }
}

function isWaiting({ object }: Model): boolean {
  return object!.metadata.annotations?.[expiredBy] !== undefined && object!.status.phase !== 'Expired';
}

describe('whatever happens to a backup that is to go', () => {
  it.each([false, true])('it goes when nothing keeps it, and only then; of a schedule: %s', (isScheduled) => {
    fc.assert(
      fc.property(steps, (all) => {
        const model = backupModel();
        finish(model, { manifestDigest: 'a'.repeat(64) });
        model.now += minute;
        if (isScheduled) model.object!.metadata.labels = { [scheduleLabel]: 'a-schedule' };
        settle(model);
        const trace: Trace = { removed: false, begun: false, caches: model.cache() };
        let isMarked = false;
        for (const step of all) {
          if (!model.object) break;
          const isKept = model.object.spec.hold || !isMarked || model.world.others.length > 0;
          take(model, step, trace);
          check(model, trace, { isKept });
          isMarked ||= step.do === 'mark';
        }
        converge(model, trace);
        const phase = model.object?.status.phase;
        expect(phase).toBe(isMarked ? (isScheduled ? undefined : 'Expired') : 'Succeeded');
        expect(model.object?.metadata.finalizers ?? []).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
