// SPDX-License-Identifier: Apache-2.0
// A backup that is deleted in each of its phases, twice, and by each cascade that Kubernetes knows; and one that is made
// again under the name of the last. Whatever the way: the run is stopped before anything is put away, and no Job of it is
// left at work.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { isTerminal } from '../../../src/plan/verdict.ts';
import { absent, resourceOf } from './support/bench.ts';
import { madeJobs } from './support/audit.ts';
import { progressLine, succeeds, type Arguments } from './support/results.ts';
import { Stage, type Found } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.instance('narrow', { maxConcurrentBackups: 1 });
  await stage.storage('store');
});
afterAll(() => stage?.close());

type Propagation = 'Foreground' | 'Background' | 'Orphan';

async function remove(name: string, propagation: Propagation = 'Background'): Promise<void> {
  const place = { namespace: stage.bench.namespace, name };
  await stage.bench.rest.delete(resourceOf('MilvusBackup'), place, { propagation }).catch(absent);
}

/** Whose commands are remembered; the run itself goes on until it is ended. */
function witness(): { script: (args: Arguments) => 'runs' | ReturnType<typeof succeeds>; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    script(args) {
      if (args.command === 'create') return 'runs';
      asked.push(`${args.command}${args.all.includes('--data') ? ' --data' : ''}`);
      return succeeds(args);
    },
  };
}

async function running(name: string, spec: object): Promise<Found & { made: MilvusBackup; asked: string[] }> {
  const { script, asked } = witness();
  const made = await stage.backup(name, spec, script);
  const found = await stage.pod(made);
  await stage.bench.phase('MilvusBackup', name, 'Running');
  return { made, asked, ...found };
}

/** Nothing of it is at work, and the Job of the run itself is gone. */
async function expectNoOrphan(made: MilvusBackup, { jobName }: Found): Promise<void> {
  await stage.bench.untilJobs(made, (jobs) => jobs.every(({ metadata }) => metadata.name !== jobName));
  const left = await stage.bench.jobsOf(made);
  expect(left.filter((job) => !isTerminal(job)).map(({ metadata }) => metadata.name)).toEqual([]);
  expect(stage.kubelet.pods(jobName)).toEqual([]);
}

// Invariant: stopped, put away once by the policy, gone, and no Job at work.
describe.concurrent('a backup that is deleted', () => {
  it('[FM-18] while it is Queued goes at once, and nothing is asked for', async () => {
    const instanceRef = { name: 'narrow' };
    await running('holds-the-turn', { instanceRef });
    const { script, asked } = witness();
    const made = await stage.backup('queued', { instanceRef, deletionPolicy: 'Delete' }, script);
    await stage.bench.phase('MilvusBackup', 'queued', 'Queued');
    await remove('queued');
    await stage.bench.gone('MilvusBackup', 'queued');
    expect(asked).toEqual([]);
    expect(madeJobs(plane, made)).toEqual([]);
  });

  it('[FM-18] while it is Verifying is stopped and put away', async () => {
    const { made, asked, ...found } = await running('verifying', { deletionPolicy: 'Delete' });
    stage.kubelet.logs.set(found.pod.metadata.name, progressLine({ step: 'Verifying', percent: 90 }));
    await stage.bench.phase('MilvusBackup', 'verifying', 'Verifying');
    await remove('verifying');
    await stage.bench.gone('MilvusBackup', 'verifying');
    expect(asked).toEqual(['cleanup --data']);
    await expectNoOrphan(made, found);
  });

  it('[FM-18] twice is put away once', async () => {
    const { made, asked, ...found } = await running('twice', { deletionPolicy: 'Delete' });
    await remove('twice');
    await remove('twice');
    await remove('twice', 'Foreground');
    await stage.bench.gone('MilvusBackup', 'twice');
    expect(asked).toEqual(['cleanup --data']);
    expect(madeJobs(plane, made)).toEqual(['1', 'c1']);
    await expectNoOrphan(made, found);
  });

  it.each<Propagation>(['Foreground', 'Orphan'])(
    '[FM-18] by the cascade %s leaves no orphan',
    async (how) => {
      const name = `by-${how.toLowerCase()}`;
      const { made, asked, ...found } = await running(name, { deletionPolicy: 'Delete' });
      await remove(name, how);
      await stage.bench.gone('MilvusBackup', name);
      expect(asked).toEqual(['cleanup --data']);
      await expectNoOrphan(made, found);
    },
  );

  // Invariant: what was made under a name is no business of the next object of that name.
  it('[FM-39] and made again under its name is another run, with Jobs of its own', async () => {
    const first = await running('again', {});
    await remove('again');
    await stage.bench.gone('MilvusBackup', 'again');
    stage.script('again', (args) => succeeds(args));
    const second = await stage.backup('again');
    const { status } = await stage.bench.phase<MilvusBackup>('MilvusBackup', 'again', 'Succeeded');
    expect(second.metadata.uid).not.toBe(first.made.metadata.uid);
    expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
    expect(status.attempts?.[0]?.jobName).not.toBe(first.jobName);
    expect(status.backupName).not.toBe(first.args.name);
  });
});
