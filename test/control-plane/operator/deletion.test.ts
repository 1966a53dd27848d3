// SPDX-License-Identifier: Apache-2.0
// A backup that is deleted: before it began, while it runs, when it is done, and under each policy. What a Job would do is
// read from its command line; here it only has to be asked for, or not.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { namespaces } from '../kube/support/bench.ts';
import { waitFor } from '../../lab/wait.ts';
import { fails, succeeds, type Arguments } from './support/results.ts';
import { Stage } from './support/stage.ts';
import { untilTold } from './support/told.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

type Policy = MilvusBackup['spec']['deletionPolicy'];
const policies: Policy[] = ['Retain', 'DeleteOnFailure', 'Delete'];

/** What Jobs were asked for besides the run itself, as command lines. */
function witness(run: (args: Arguments) => ReturnType<typeof succeeds> | 'runs') {
  const asked: Arguments[] = [];
  const script = (args: Arguments) => {
    if (args.command === 'create') return run(args);
    asked.push(args);
    return succeeds(args);
  };
  return {
    asked,
    script,
    commands: () => asked.map(({ command, all }) => `${command}${all.includes('--data') ? ' --data' : ''}`),
  };
}

async function remove(name: string): Promise<void> {
  await stage.bench.delete('MilvusBackup', name);
  await stage.bench.gone('MilvusBackup', name);
}

// Invariant: its pods are gone before its data, and the policy says what becomes of these.
describe.concurrent.each(policies)('[FM-18] under %s', (deletionPolicy) => {
  const named = (name: string): string => `${name}-${deletionPolicy.toLowerCase()}`;

  it('one that has not begun goes at once, and nothing is asked for', async () => {
    const name = named('pending');
    const { script, commands } = witness(() => 'runs');
    await stage.backup(name, { deletionPolicy, instanceRef: { name: 'nowhere' } }, script);
    await stage.bench.phase('MilvusBackup', name, 'Pending');
    await remove(name);
    expect(commands()).toEqual([]);
  });

  it('one that runs is stopped and cleaned up after', async () => {
    const name = named('running');
    const { script, commands } = witness(() => 'runs');
    const made = await stage.backup(name, { deletionPolicy }, script);
    await stage.bench.phase('MilvusBackup', name, 'Running');
    const { pod } = await stage.pod(made);
    await remove(name);
    expect(commands()).toEqual([deletionPolicy === 'Retain' ? 'cleanup' : 'cleanup --data']);
    const jobName = pod.metadata.labels?.['job-name'] ?? '';
    await waitFor('its pod to be gone', 20_000, () => stage.kubelet.pods(jobName).length === 0 || undefined);
  });

  it('one that is done goes with its data or without', async () => {
    const name = named('done');
    const { script, commands } = witness((args) => succeeds(args));
    await stage.backup(name, { deletionPolicy }, script);
    await stage.bench.phase('MilvusBackup', name, 'Succeeded');
    await remove(name);
    expect(commands()).toEqual(deletionPolicy === 'Delete' ? ['delete'] : []);
  });

  it('one that failed was cleaned up after', async () => {
    const name = named('failed');
    const { script, commands } = witness((args) => fails(args));
    await stage.backup(name, { deletionPolicy, retry: { limit: 1 } }, script);
    await stage.bench.phase('MilvusBackup', name, 'Failed');
    await remove(name);
    const cleanup = deletionPolicy === 'Retain' ? 'cleanup' : 'cleanup --data';
    // Whoever owns the data makes sure of it when the object goes: what cannot be known is done again.
    expect(commands()).toEqual(deletionPolicy === 'Delete' ? [cleanup, cleanup] : [cleanup]);
  });
});

describe.concurrent('what is held', () => {
  it('goes at once with the annotation that says so', async () => {
    const { script, commands } = witness((args) => succeeds(args));
    await stage.backup('skipped', { deletionPolicy: 'Delete' }, script);
    await stage.bench.phase('MilvusBackup', 'skipped', 'Succeeded');
    const metadata = { annotations: { 'milvusbackup.dev/skip-cleanup': 'true' } };
    await stage.bench.patch('MilvusBackup', 'skipped', { metadata });
    await remove('skipped');
    expect(commands()).toEqual([]);
  });

  it('is held only once another policy asks for it', async () => {
    const { script, commands } = witness((args) => succeeds(args));
    await stage.backup('changed', {}, script);
    await stage.bench.phase('MilvusBackup', 'changed', 'Succeeded');
    await stage.bench.until('MilvusBackup', 'changed', ({ metadata }) => !metadata.finalizers);
    await stage.bench.patch('MilvusBackup', 'changed', { spec: { deletionPolicy: 'Delete' } });
    await stage.bench.until('MilvusBackup', 'changed', ({ metadata }) => metadata.finalizers?.length === 1);
    await remove('changed');
    expect(commands()).toEqual(['delete']);
  });

  it('is let go when its storage is gone', async () => {
    await stage.storage('fleeting');
    await stage.backup('orphan', { deletionPolicy: 'Delete', storageRef: { name: 'fleeting' } }, (args) =>
      succeeds(args),
    );
    await stage.bench.phase('MilvusBackup', 'orphan', 'Succeeded');
    await stage.bench.delete('MilvusBackupStorage', 'fleeting');
    await stage.bench.gone('MilvusBackupStorage', 'fleeting');
    await remove('orphan');
  });
});

describe.concurrent('a namespace that is deleted while a backup runs and another owns its data', () => {
  // Invariant: a namespace is never held, and what stays is told outside of it.
  it('[FM-19] is gone soon, with a word in `default` about what may be left', async () => {
    const other = await Stage.open(plane);
    try {
      await other.instance('milvus');
      await other.storage('store');
      await other.backup('done', { deletionPolicy: 'Delete' }, (args) => succeeds(args));
      await other.bench.phase('MilvusBackup', 'done', 'Succeeded');
      const made = await other.backup('working', { deletionPolicy: 'Delete' });
      await other.bench.phase('MilvusBackup', 'working', 'Running');
      await other.pod(made);
      const { rest, namespace } = other.bench;
      await rest.delete(namespaces, { name: namespace }, { propagation: 'Background' });
      await waitFor(
        'the objects to be gone',
        60_000,
        async () =>
          ((await other.bench.find('MilvusBackup', 'done')) ??
          (await other.bench.find('MilvusBackup', 'working')))
            ? undefined
            : true,
        async () => JSON.stringify(await other.bench.find('MilvusBackup', 'working'), undefined, 1),
      );
      const note = await untilTold(other.bench, made, 'CleanupFailed', 'default');
      expect(note).toContain('its namespace is being deleted');
      const left = `milvus_backup_left_behind_total{namespace="${namespace}",kind="MilvusBackup"} `;
      const counted = await waitFor('both to be counted', 20_000, async () => {
        const { text } = await other.operator.probe('/metrics');
        const line = text.split('\n').find((one) => one.startsWith(left));
        return line === undefined || line.endsWith(' 1') ? undefined : line;
      });
      expect(counted).toBe(`${left}2`);
    } finally {
      await other.close();
    }
  });
});
