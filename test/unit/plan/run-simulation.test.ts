// SPDX-License-Identifier: Apache-2.0
// Everything at once, in any order: pods that end well, badly or not at all, an operator that dies between any two
// writes and looks at caches that lag, Jobs deleted by hand, cancels and deletions. What must hold holds after each step.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Run } from '../../../src/plan/observed.ts';
import { hasEnded as isOver, isTerminal } from './model.ts';
import { backupModel, minute, restoreModel, second, type RunModel } from './run-model.ts';

const ends = ['Succeeded', 'Unreachable', 'StorageMismatch', 'garbage', 'OOM', 'evicted', 'silent'] as const;

type Step =
  | { do: 'reconcile'; writes: number; isStale: boolean }
  | { do: 'control' }
  | { do: 'start' }
  | { do: 'stick' }
  | { do: 'end'; how: (typeof ends)[number] }
  | { do: 'wait'; ms: number }
  | { do: 'remember' }
  | { do: 'cancel' }
  | { do: 'delete' }
  | { do: 'deleteJob' }
  | { do: 'loseNode' }
  | { do: 'refuse' };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        do: fc.constant('reconcile' as const),
        writes: fc.oneof(fc.constant(99), fc.integer({ min: 0, max: 3 })),
        isStale: fc.boolean(),
      }),
    },
    { weight: 8, arbitrary: fc.constant({ do: 'control' as const }) },
    { weight: 6, arbitrary: fc.constant({ do: 'start' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'stick' as const }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('end' as const), how: fc.constantFrom(...ends) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('wait' as const),
        ms: fc.constantFrom(second, 31 * second, 6 * minute, 61 * minute),
      }),
    },
    { weight: 4, arbitrary: fc.constant({ do: 'remember' as const }) },
    { weight: 1, arbitrary: fc.constantFrom({ do: 'cancel' as const }, { do: 'delete' as const }) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        { do: 'deleteJob' as const },
        { do: 'loseNode' as const },
        { do: 'refuse' as const },
      ),
    },
  ),
  { minLength: 5, maxLength: 80 },
);

type Trace = { ended: string | undefined; attempt: number };

/** As kubectl, Flux and Argo CD read it: first what is under way or stuck, then Ready. */
function kstatusOf({ metadata, status }: Run): 'InProgress' | 'Failed' | 'Current' {
  if (status.observedGeneration !== metadata.generation) return 'InProgress';
  const conditions = (status.conditions ?? []).filter((condition) => condition.status === 'True');
  const first = conditions.find(({ type }) => type === 'Reconciling' || type === 'Stalled');
  if (first) return first.type === 'Stalled' ? 'Failed' : 'InProgress';
  return conditions.some(({ type }) => type === 'Ready') ? 'Current' : 'InProgress';
}

/** What must hold whatever has happened. */
function check<T extends Run>(model: RunModel<T>, trace: Trace): void {
  // At work: a pod that runs. Two of them would write into one backup.
  const working = [...model.pods.values()].filter((pod) => pod.status?.phase === 'Running');
  expect(working.length, 'pods at work at once').toBeLessThanOrEqual(1);
  if (!model.object) return;
  const { status } = model.object;
  const numbers = (status.attempts ?? []).map(({ number }) => number);
  expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  expect(numbers.length).toBeLessThanOrEqual(5);
  expect(numbers.at(-1) ?? 0, 'attempts rise').toBeGreaterThanOrEqual(trace.attempt);
  trace.attempt = numbers.at(-1) ?? 0;
  if (trace.ended !== undefined && status.phase !== trace.ended) {
    expect(['Deleting', 'DeleteFailed']).toContain(status.phase);
    expect(model.object.metadata.deletionTimestamp).toBeDefined();
  } else if (status.completionTime !== undefined) trace.ended = status.phase;
  if (status.phase === 'Succeeded')
    expect(status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True')).toBe(true);
  if (model.object.metadata.deletionTimestamp === undefined) {
    const isSeen = status.observedGeneration === model.object.metadata.generation;
    const end = status.phase === 'Succeeded' ? 'Current' : 'Failed';
    const expected = status.completionTime !== undefined && isSeen ? end : 'InProgress';
    expect(kstatusOf(model.object)).toBe(expected);
  }
  const holds = (type: string): boolean =>
    status.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;
  expect(holds('Reconciling') && holds('Stalled')).toBe(false);
  const jobs = [...model.jobs.values()].filter((job) => !isOver(job));
  if (jobs.length > 0 && status.completionTime === undefined)
    expect(model.object.metadata.finalizers).toHaveLength(1);
}

function endPod<T extends Run>(model: RunModel<T>, how: (typeof ends)[number]): void {
  const pod = [...model.pods.values()].find(({ status }) => status?.phase === 'Running');
  if (!pod) return;
  switch (how) {
    case 'Succeeded':
      return model.tell(pod, {}, 0);
    case 'Unreachable':
    case 'StorageMismatch':
      return model.tell(pod, { outcome: 'Failed', reason: how, message: how }, how === 'Unreachable' ? 1 : 3);
    case 'garbage':
      return model.endPod(pod, { exitCode: 0, message: '{"v":1,' });
    case 'OOM':
      return model.endPod(pod, { exitCode: 137, message: '', reason: 'OOMKilled' });
    case 'evicted':
      pod.status!.conditions = [{ type: 'DisruptionTarget', status: 'True', message: 'drained' }];
      return model.endPod(pod, { exitCode: 143, message: '' });
    default:
  }
}

function take<T extends Run>(
  model: RunModel<T>,
  step: Step,
  memory: { caches: ReturnType<RunModel<T>['cache']> },
): void {
  switch (step.do) {
    case 'reconcile':
      model.reconcile({
        writes: step.writes,
        ...(step.isStale ? { stale: structuredClone(memory.caches) } : {}),
      });
      return;
    case 'control':
      return model.controlJobs();
    case 'start': {
      const pod = [...model.pods.values()].find(({ status }) => status?.phase === 'Pending');
      if (pod && !pod.metadata.deletionTimestamp) model.startPod(pod);
      return;
    }
    case 'stick': {
      const pod = [...model.pods.values()].find(({ status }) => status?.phase === 'Pending');
      const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
      if (!pod) return;
      pod.status!.containerStatuses = [{ name: 'engine', state: { waiting } }];
      model.now += 6 * minute;
      return;
    }
    case 'end':
      return endPod(model, step.how);
    case 'wait':
      model.now += step.ms;
      return;
    case 'remember':
      memory.caches = model.cache();
      return;
    case 'refuse':
      model.refusal = model.refusal
        ? undefined
        : { status: 403, reason: 'Forbidden', message: 'exceeded quota' };
      return;
    default:
      disturb(model, step.do);
  }
}

function disturb<T extends Run>(
  model: RunModel<T>,
  what: 'cancel' | 'delete' | 'deleteJob' | 'loseNode',
): void {
  const [job] = model.jobs.keys();
  if (what === 'deleteJob' && job !== undefined) model.deleteJob(job);
  if (what === 'loseNode')
    model.nodes.set('node-1', model.nodes.get('node-1') === 'NotReady' ? 'Ready' : 'NotReady');
  if (!model.object) return;
  if (what === 'cancel') {
    if (!model.object.spec.cancel) model.object.metadata.generation++;
    model.object.spec.cancel = true;
    model.touch();
  }
  if (what === 'delete' && model.object.metadata.deletionTimestamp === undefined) model.deleteObject();
}

/** From here on the world is kind: whatever was begun comes to its end. */
function converge<T extends Run>(model: RunModel<T>, trace: Trace): void {
  model.refusal = undefined;
  for (let i = 0; i < 400; i++) {
    model.controlJobs();
    for (const pod of model.pods.values()) {
      if (isTerminal(pod)) continue;
      if (pod.metadata.deletionTimestamp === undefined) model.startPod(pod);
      model.tell(pod, {}, 0);
    }
    model.controlJobs();
    const writes = model.reconcile();
    check(model, trace);
    if (!model.object) return;
    if (
      writes === 0 &&
      model.object.status.completionTime !== undefined &&
      !model.object.metadata.deletionTimestamp
    )
      return;
    if (writes === 0) model.now = Math.max(model.now + second, model.requeueAt ?? 0);
  }
  throw new Error(`it does not come to an end: ${JSON.stringify(model.object?.status)}`);
}

function run<T extends Run>(model: RunModel<T>, all: readonly Step[]): void {
  const trace: Trace = { ended: undefined, attempt: 0 };
  const memory = { caches: model.cache() };
  for (const step of all) {
    take(model, step, memory);
    check(model, trace);
  }
  converge(model, trace);
  if (!model.object) return;
  expect(model.object.status.observedGeneration).toBe(model.object.metadata.generation);
  const ownsData = 'deletionPolicy' in model.object.spec && model.object.spec.deletionPolicy === 'Delete';
  if (!ownsData) expect(model.object.metadata.finalizers ?? []).toEqual([]);
  const { statusWrites } = model;
  for (let i = 0; i < 3; i++) model.reconcile();
  const left = [...model.jobs.values()].filter((job) => !isOver(job) && !job.metadata.deletionTimestamp);
  expect(left, 'Jobs that go on').toEqual([]);
  expect(model.statusWrites, 'writes after its end').toBe(statusWrites);
}

/** More by hand before a change of the state machine. */
const times = 80;

describe('whatever happens', () => {
  it.each(['Retain', 'DeleteOnFailure', 'Delete'] as const)(
    'a backup under %s comes to its end',
    (deletionPolicy) => {
      fc.assert(
        fc.property(steps, (all) => run(backupModel({ deletionPolicy }), all)),
        { numRuns: times },
      );
    },
  );

  it.each(['Fail', 'Drop'] as const)('a restore with existing %s comes to its end', (existing) => {
    fc.assert(
      fc.property(steps, (all) => run(restoreModel({ existing }), all)),
      { numRuns: times },
    );
  });
});
