// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { planBackup, refusedBackup, wantedForBackup } from '../../../src/plan/decisions.ts';
import type { ObservedBackup, Run } from '../../../src/plan/observed.ts';
import { backupOf, instanceOf, storageOf } from './job-samples.ts';
import { Model } from './model.ts';

const minute = 60_000;

function backupModel(spec: Partial<MilvusBackup['spec']> = {}): Model<MilvusBackup> & { others: Run[] } {
  const sides = { instance: instanceOf(), storage: storageOf() };
  const others: Run[] = [];
  const model: Model<MilvusBackup> = new Model<MilvusBackup>(
    backupOf(spec),
    {
      wanted: (o) => wantedForBackup(o as ObservedBackup),
      plan: (o) => planBackup(o as ObservedBackup),
      refused: (o, refusal) => refusedBackup(o as ObservedBackup, refusal),
    },
    (): Record<string, unknown> => ({
      ...sides,
      active: [...(model.object ? [model.object] : []), ...others],
    }),
  );
  return Object.assign(model, { others });
}

/** Until nothing more is written, nothing in the world but the operator moving. */
function settle(model: Model<MilvusBackup>): void {
  for (let i = 0; i < 20; i++) if (model.reconcile() === 0) return;
  throw new Error('it does not settle');
}

const conditionsOf = (model: Model<MilvusBackup>): string[] =>
  (model.object?.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status}/${reason}`);

describe('a backup', () => {
  it('goes from creation to Succeeded', () => {
    const model = backupModel();
    settle(model);
    expect(model.object?.status).toMatchObject({
      phase: 'Pending',
      observedGeneration: 4,
      backupName: 'nightly_3f2a9c1b',
      attempts: [{ number: 1 }],
    });
    expect(model.object?.metadata.finalizers).toEqual(['milvusbackup.dev/cleanup']);
    const [job] = model.made;
    model.controlJobs();
    settle(model);
    expect(model.object?.status.startTime).toBe('2026-01-02T00:00:00Z');
    const pod = model.podOf(job!);
    model.now += 2000;
    model.startPod(pod);
    settle(model);
    expect(model.object?.status.phase).toBe('Running');
    expect(conditionsOf(model)).toEqual(['Ready=False/InProgress', 'Reconciling=True/InProgress']);
    model.now += minute;
    model.tell(
      pod,
      {
        collections: { total: 2, succeeded: 2, dropped: 0, skipped: 0, failed: 0 },
        size: { bytes: 10, objects: 3 },
      },
      0,
    );
    settle(model);
    model.controlJobs();
    settle(model);
    expect(model.object?.status).toMatchObject({
      phase: 'Succeeded',
      manifestDigest: 'a'.repeat(64),
      completionTime: '2026-01-02T00:01:02Z',
      duration: '1m2s',
      collections: { total: 2, summary: '2/2' },
      progress: { percent: 100 },
      size: { bytes: 10, objects: 3 },
    });
    expect(conditionsOf(model)).toEqual([
      'Ready=True/Completed',
      'Succeeded=True/Completed',
      'Verified=True/Completed',
    ]);
    expect(model.object?.metadata.finalizers).toEqual([]);
    expect(model.jobs.get(job!)?.spec.ttlSecondsAfterFinished).toBe(3600);
    expect(model.news).toEqual(['Normal Started', 'Normal Completed']);
    expect(model.reconcile()).toBe(0);
  });
});
