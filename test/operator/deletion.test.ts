// SPDX-License-Identifier: Apache-2.0
// kubectl delete at each point of a backup, under each policy: what becomes of its Jobs and of its data.
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { roleOf } from '../../src/plan/labels.ts';
import { type Hold } from '../support/held-store.ts';
import { untilSucceeded, type Seen } from '../support/objects.ts';
import { jobsOf, modest, podsOf, until, untilGone, untilReconciling, untilTold } from '../support/runs.ts';
import { heldScene } from '../support/scene.ts';

const scene = heldScene('deletion', { maxConcurrentBackups: 20 });

type Spec = Record<string, unknown>;
const policies = ['Retain', 'DeleteOnFailure', 'Delete'] as const;

function apply(name: string, spec: Spec): Promise<void> {
  const backupName = name.replaceAll('-', '_');
  const storageRef = { name: 'held' };
  return scene.world.applyBackup(name, {
    backupName,
    storageRef,
    include: [scene.collection],
    job: modest,
    ...spec,
  });
}

/** kubectl's own waiting: no Job is made and waited for in so short a time. */
async function removeAtOnce(names: string[]): Promise<void> {
  const start = performance.now();
  await scene.world.objects.kubectl(['delete', ...names.map((name) => `mbk/${name}`)]);
  expect(performance.now() - start).toBeLessThan(5000);
}

async function remove(names: string[], ...flags: string[]): Promise<void> {
  const args = names.map((name) => `mbk/${name}`);
  await scene.world.objects.kubectl(['delete', ...args, '--wait=false', ...flags]);
  await Promise.all(args.map((what) => untilGone(scene.world.objects, what)));
}

const keysOf = (name: string): Promise<string[]> => scene.store.keysOf(name.replaceAll('-', '_'));

async function startHeld(name: string, spec: Spec): Promise<{ seen: Seen; hold: Hold }> {
  const hold = scene.store.hold(name.replaceAll('-', '_'));
  await apply(name, spec);
  await hold.reached();
  return { seen: await scene.world.objects.get<Seen>(`mbk/${name}`), hold };
}

// Invariant: neither a Job nor an upload stays, and data stay or go by the policy.
describe('[FM-18] a backup that is deleted', () => {
  it('while it waits is gone at once', async () => {
    const name = (policy: string): string => `waiting-${policy.toLowerCase()}`;
    for (const deletionPolicy of policies)
      await apply(name(deletionPolicy), { storageRef: { name: 'not-yet' }, deletionPolicy });
    const seen = await Promise.all(
      policies.map((policy) =>
        untilReconciling(scene.world.objects, `mbk/${name(policy)}`, 'StorageNotFound'),
      ),
    );
    await removeAtOnce(policies.map(name));
    for (const one of seen) expect(await jobsOf(scene.world.objects, one)).toEqual([]);
  });

  it('while it runs is stopped, and keeps what it wrote only under Retain', async () => {
    const name = (policy: string): string => `running-${policy.toLowerCase()}`;
    const held = await Promise.all(
      policies.map((deletionPolicy) => startHeld(name(deletionPolicy), { deletionPolicy })),
    );
    await remove(policies.map(name));
    for (const { hold } of held) hold.release();
    expect(await keysOf(name('Retain'))).not.toEqual([]);
    expect(await keysOf(name('DeleteOnFailure'))).toEqual([]);
    expect(await keysOf(name('Delete'))).toEqual([]);
    for (const { seen } of held) {
      await untilTold(scene.world.objects, seen, 'Started', 'CleaningUp', 'Cleaned');
      await until('the Job of the run to be gone', 60_000, async () => {
        return (await jobsOf(scene.world.objects, seen)).every((job) => roleOf(job) === 'cleanup');
      });
    }
  });

  it('while it runs and is not to be cleaned up after goes at once, and says what stays', async () => {
    const { seen, hold } = await startHeld('skipped', { deletionPolicy: 'Delete' });
    await scene.world.objects.kubectl(['annotate', 'mbk/skipped', 'milvusbackup.dev/skip-cleanup=true']);
    await removeAtOnce(['skipped']);
    const events = await untilTold(scene.world.objects, seen, 'CleanupFailed');
    const left = events.find(({ reason }) => reason === 'CleanupFailed');
    expect(left).toMatchObject({ type: 'Warning', message: expect.stringContaining('skip-cleanup') });
    await until(
      'its pod to be gone',
      60_000,
      async () => (await podsOf(scene.world.objects, seen)).length === 0,
    );
    hold.release();
    expect(await keysOf('skipped')).not.toEqual([]);
  });

  it('when it is done takes its data along only under Delete, and not if told to skip that', async () => {
    const names = ['done-retain', 'done-deleteonfailure', 'done-delete', 'done-skipped'];
    for (const [i, name] of names.entries()) await apply(name, { deletionPolicy: policies[i] ?? 'Delete' });
    for (const name of names) await untilSucceeded<MilvusBackup>(scene.world.objects, `mbk/${name}`);
    await scene.world.objects.kubectl(['annotate', 'mbk/done-skipped', 'milvusbackup.dev/skip-cleanup=true']);
    await remove(names);
    expect(await keysOf('done-retain')).not.toEqual([]);
    expect(await keysOf('done-deleteonfailure')).not.toEqual([]);
    expect(await keysOf('done-delete')).toEqual([]);
    expect(await keysOf('done-skipped')).not.toEqual([]);
  });

  it('takes its data along where the policy was changed since, and children are deleted first', async () => {
    await apply('changed', { deletionPolicy: 'Retain' });
    await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/changed');
    await scene.world.objects.patch('mbk/changed', { spec: { deletionPolicy: 'Delete' } });
    await scene.world.objects.until('mbk/changed', ({ metadata, status }) => {
      return status?.observedGeneration === metadata.generation;
    });
    await remove(['changed'], '--cascade=foreground');
    expect(await keysOf('changed')).toEqual([]);
  });
});
