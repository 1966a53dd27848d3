// SPDX-License-Identifier: Apache-2.0
// What nobody should do and somebody will: a status written by hand, a Job of ours edited by hand, termination messages
// that are none or that lie, names as long as names may be, and Jobs that stand where ours should.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup } from '../../../src/api/index.ts';
import type { Job } from '../../../src/plan/kubernetes.ts';
import { jobName } from '../../../src/plan/names.ts';
import { encodeResult } from '../../../src/contract/protocol.ts';
import { askedByOperator } from './support/audit.ts';
import { instanceOf, jobs, secret, storageOf } from './support/bench.ts';
import { fails, resultOf, succeeds, type Arguments } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

const until = (name: string, holds: (object: MilvusBackup) => boolean): Promise<MilvusBackup> =>
  stage.bench.until<MilvusBackup>('MilvusBackup', name, holds);
const phase = (name: string, wanted: string): Promise<MilvusBackup> =>
  stage.bench.phase<MilvusBackup>('MilvusBackup', name, wanted);
const setStatus = (name: string, status: object): Promise<void> =>
  stage.bench.patch('MilvusBackup', name, { status }, 'status');

async function running(name: string): Promise<Awaited<ReturnType<Stage['pod']>> & { made: MilvusBackup }> {
  const made = await stage.backup(name);
  const found = await stage.pod(made);
  await phase(name, 'Running');
  return { made, ...found };
}

describe.concurrent('a status that somebody else writes', () => {
  // Invariant: two writers: what the operator says of its object wins, and no condition is lost.
  it('[FM-11] is put right at once, and what does not belong there goes', async () => {
    const { pod, args } = await running('written');
    await setStatus('written', {
      phase: 'Queued',
      queuePosition: 7,
      restoreCommand: 'rm -rf /',
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'Completed',
          message: 'trust me',
          lastTransitionTime: '2026-11-20T12:00:00Z',
        },
      ],
    });
    const { status } = await until(
      'written',
      (object) => object.status.phase === 'Running' && object.status.queuePosition === undefined,
    );
    expect(findCondition(status.conditions, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'InProgress',
    });
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('written', 'Succeeded');
    expect(done.status.restoreCommand).toContain('milvus-backup restore');
  });

  it('[FM-36] that is wiped away is found again in what there is: no second Job', async () => {
    const { made, pod, args, jobName } = await running('wiped');
    const object = await stage.bench.get<MilvusBackup>('MilvusBackup', 'wiped');
    const emptied = { ...object, status: { observedGeneration: -1 } };
    await stage.bench.replaceStatus(emptied);
    const { status } = await until('wiped', (one) => one.status.phase === 'Running');
    expect(status.attempts).toMatchObject([{ number: 1, jobName }]);
    await stage.kubelet.end(pod, succeeds(args));
    await phase('wiped', 'Succeeded');
    expect(await stage.jobs(made)).toEqual(['1']);
  });

  it('that ends a run ends it: what is final cannot be taken back, so its Job goes', async () => {
    const { made } = await running('ended');
    await setStatus('ended', { phase: 'Succeeded' });
    await stage.bench.untilJobs(made, (all) => all.length === 0);
    expect((await phase('ended', 'Succeeded')).status.manifestDigest).toBeUndefined();
  });

  it('[FM-36] that takes a final phase back is refused by the server', async () => {
    await stage.backup('final', {}, (args) => succeeds(args));
    await phase('final', 'Succeeded');
    await expect(setStatus('final', { phase: 'Running' })).rejects.toThrow(
      'a phase that has ended the run is final',
    );
  });
});

// Invariant: it is reported or done again as another attempt, and never edited back.
describe.concurrent('[FM-36] a Job of ours that somebody edits', () => {
  it('is never edited back, and its result counts', async () => {
    const { pod, args, jobName: name } = await running('edited');
    const metadata = { labels: { team: 'x', 'milvusbackup.dev/attempt': '7' }, annotations: { a: 'b' } };
    await stage.bench.rest.patch(
      jobs,
      { namespace: stage.bench.namespace, name },
      { fieldManager: 'test', body: { metadata } },
    );
    await stage.kubelet.end(pod, succeeds(args));
    await phase('edited', 'Succeeded');
    const [job] = await stage.bench.untilJobs(
      await phase('edited', 'Succeeded'),
      ([one]) => one?.spec.ttlSecondsAfterFinished !== undefined,
    );
    expect(job?.metadata.labels?.['team']).toBe('x');
    expect(job?.metadata.labels?.['milvusbackup.dev/attempt']).toBe('7');
    expect(job?.metadata.annotations?.['a']).toBe('b');
    const asked = askedByOperator(plane).filter((one) => one.name === name && one.resource === 'jobs');
    const writes = asked.map(({ verb }) => verb).filter((verb) => !['get', 'create'].includes(verb));
    // Its time to live, which may be told again before a watch has told that it stands.
    expect([...new Set(writes)]).toEqual(['patch']);
  });

  it('that loses our mark is nobody’s: the run waits for its pod and tries again', async () => {
    const { made, pod, args, jobName: name } = await running('unmarked');
    const metadata = { labels: { 'milvusbackup.dev/uid': null } };
    await stage.bench.rest.patch(
      jobs,
      { namespace: stage.bench.namespace, name },
      { fieldManager: 'test', body: { metadata } },
    );
    stage.script('unmarked', (all) => succeeds(all));
    await stage.kubelet.end(pod, fails(args));
    const done = await phase('unmarked', 'Succeeded');
    expect(done.status.attempts?.length).toBe(2);
    expect(await stage.jobs(made)).toEqual(['2']);
  });

  it('that is deleted ends its attempt as Interrupted, and another one follows', async () => {
    const { jobName: name } = await running('deleted');
    stage.script('deleted', (args) => succeeds(args));
    await stage.bench.rest.delete(
      jobs,
      { namespace: stage.bench.namespace, name },
      { propagation: 'Background' },
    );
    const done = await phase('deleted', 'Succeeded');
    expect(done.status.attempts).toMatchObject([
      { number: 1, reason: 'Interrupted' },
      { number: 2, reason: 'Completed' },
    ]);
  });
});

describe.concurrent('a termination message', () => {
  const whole = (args: Arguments): string => encodeResult(resultOf(args));
  const lies: [string, (args: Arguments) => string][] = [
    ['empty', () => ''],
    ['cut', (args) => whole(args).slice(0, -20)],
    ['text', () => 'Segmentation fault'],
    ['array', () => '[1, 2]'],
    ['large', (args) => whole(args).replace('create is done', 'x'.repeat(6000))],
    ['foreign', (args) => encodeResult(resultOf({ ...args, runId: 'another' }))],
    ['future', (args) => encodeResult(resultOf({ ...args, attempt: 9 }))],
    ['misnamed', (args) => encodeResult(resultOf({ ...args, name: 'another' }))],
    ['other-command', (args) => encodeResult(resultOf({ ...args, command: 'restore' }))],
    ['unproven', (args) => JSON.stringify({ ...resultOf(args), manifestDigest: undefined })],
    ['bad-digest', (args) => whole(args).replaceAll('a'.repeat(64), 'A'.repeat(64))],
  ];

  it.each(lies)('that is %s is no success: the next attempt tells', async (name, lie) => {
    const made = await stage.backup(`lie-${name}`, {}, (args) =>
      args.attempt === 1 ? { exitCode: 0, message: lie(args) } : succeeds(args),
    );
    const done = await phase(`lie-${name}`, 'Succeeded');
    expect(done.status.attempts).toMatchObject([{ reason: 'ResultUnreadable' }, { reason: 'Completed' }]);
    expect(await stage.jobs(made)).toEqual(['1', '2']);
  });

  it('whose digest is not that of the log is no success', async () => {
    const { pod, args } = await running('lie-digest');
    stage.script('lie-digest', (all) => succeeds(all));
    const said = JSON.stringify({ event: 'result', ...resultOf(args, { manifestDigest: 'b'.repeat(64) }) });
    stage.kubelet.logs.set(pod.metadata.name, said);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('lie-digest', 'Succeeded');
    expect(done.status.attempts).toMatchObject([{ reason: 'ResultUnreadable' }, { reason: 'Completed' }]);
    expect(done.status.attempts?.[0]?.message).toContain('b'.repeat(64));
  });

  it('that stays unreadable ends the run', async () => {
    await stage.backup('unreadable', { retry: { limit: 1 } }, (args) =>
      args.command === 'create' ? { exitCode: 0, message: '' } : succeeds(args),
    );
    const failed = await phase('unreadable', 'Failed');
    expect(failed.status.attempts).toMatchObject([{ reason: 'ResultUnreadable' }]);
  });
});

describe.concurrent('names', () => {
  it('[FM-39] of 253 characters that differ in the last one meet nowhere', async () => {
    const long = (last: string): string => `${'n'.repeat(252)}${last}`;
    await stage.bench.create(secret('long-login'));
    const auth = { secretRef: { name: 'long-login' } };
    const place = { provider: 'Minio', endpoint: 'minio:9000', bucket: 'bucket', auth };
    await stage.bench.create(
      instanceOf(long('i'), { maxConcurrentBackups: 2, storage: { ...place, rootPath: 'files/long' } }),
    );
    await stage.bench.create(storageOf(long('s'), { ...place, prefix: 'long' }));
    const refs = { instanceRef: { name: long('i') }, storageRef: { name: long('s') } };
    await Promise.all(['a', 'b'].map((last) => stage.backup(long(last), refs)));
    const pods = await Promise.all(
      ['a', 'b'].map(async (last) =>
        stage.pod(await stage.bench.get<MilvusBackup>('MilvusBackup', long(last))),
      ),
    );
    for (const { pod, args } of pods) await stage.kubelet.end(pod, succeeds(args));
    const [a, b] = await Promise.all(['a', 'b'].map((last) => phase(long(last), 'Succeeded')));
    expect(a?.status.backupName).not.toBe(b?.status.backupName);
    const names = pods.map((one) => one.jobName);
    expect(new Set(names).size).toBe(2);
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(63);
  });

  it('that a foreign Job has taken stop the run, and the Job stays as it is', async () => {
    const made = await stage.backup('taken', { instanceRef: { name: 'after' } });
    const name = jobName(made, '1');
    const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'x', image: 'x' }] } };
    const foreign: Job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name, namespace: stage.bench.namespace },
      spec: { template },
    };
    await stage.bench.rest.create(jobs, foreign, { fieldManager: 'test' });
    await stage.instance('after');
    const waiting = await until('taken', ({ status }) =>
      JSON.stringify(status.conditions ?? []).includes('not of ours'),
    );
    expect(waiting.status.attempts?.length ?? 0).toBeLessThanOrEqual(1);
    const job = await stage.bench.rest.get<Job>(jobs, { namespace: stage.bench.namespace, name });
    expect(job.metadata.labels?.['milvusbackup.dev/uid']).toBeUndefined();
    // Once it is out of the way, the run goes on.
    await stage.bench.rest.delete(
      jobs,
      { namespace: stage.bench.namespace, name },
      { propagation: 'Background' },
    );
  });
});
