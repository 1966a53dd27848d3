// SPDX-License-Identifier: Apache-2.0
// Turns on one Milvus: strictly oldest first, a restore alone, backups as many as are allowed. What ran beside what is read
// from the pods themselves.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { waitFor } from '../../lab/wait.ts';
import { patienceMs, type AnyRun } from './support/bench.ts';
import { succeeds, type Arguments } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.storage('store');
});
afterAll(() => stage?.close());

const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
const runMs = 1500;

/** Which of these were at work together, and in which order they began. */
function recorder(): { script: (name: string) => (args: Arguments) => 'runs'; order: string[] } {
  const order: string[] = [];
  return { order, script: (name) => () => (order.push(name), 'runs' as const) };
}

/**
 * Lets those that are named together meet, then work for a while, and end; returns who else was at work when each began.
 */
async function playAll(groups: readonly string[][]): Promise<Record<string, string[]>> {
  const working = new Set<string>();
  const beside: Record<string, string[]> = {};
  await Promise.all(
    groups.flat().map(async (name) => {
      const kind = kindOf(name);
      const run = await stage.bench.until<AnyRun>(kind, name, () => true);
      const { pod, args } = await stage.podWithin(run, '1', patienceMs);
      beside[name] = [...working].sort();
      working.add(name);
      const together = groups.find((group) => group.includes(name)) ?? [];
      await waitFor(`${together.join(' and ')} to have begun`, patienceMs, () => {
        return together.every((one) => beside[one] !== undefined) || undefined;
      });
      await new Promise((resolve) => setTimeout(resolve, runMs));
      working.delete(name);
      await stage.kubelet.end(pod, succeeds(args));
      await stage.bench.phase<AnyRun>(kind, name, 'Succeeded', patienceMs);
    }),
  );
  return beside;
}

const kindOf = (name: string): AnyRun['kind'] => (name.endsWith('r') ? 'MilvusRestore' : 'MilvusBackup');

// Invariant: a restore runs alone, the oldest goes first, and nobody starves.
describe.concurrent('[FM-31] on one Milvus', () => {
  it('two backups and a restore asked for at once run one after the other', async () => {
    await stage.instance('one', { maxConcurrentBackups: 1 });
    const { script, order } = recorder();
    const instanceRef = { name: 'one' };
    // Ages are in whole seconds: of one that begins before another is made nobody can say that it is the younger.
    const before = await stage.pod(await stage.backup('one-before', { instanceRef }));
    await Promise.all([
      stage.backup('one-a', { instanceRef }, script('one-a')),
      stage.backup('one-b', { instanceRef }, script('one-b')),
      stage.restore('one-r', { source, instanceRef }, script('one-r')),
    ]);
    const names = ['one-a', 'one-b', 'one-r'];
    for (const name of names) {
      const isInLine = ({ status }: AnyRun): boolean => status?.queuePosition !== undefined;
      await stage.bench.until<AnyRun>(kindOf(name), name, isInLine);
    }
    await stage.kubelet.end(before.pod, succeeds(before.args));
    const beside = await playAll(names.map((name) => [name]));
    expect(beside).toEqual({ 'one-a': [], 'one-b': [], 'one-r': [] });
    expect(order.toSorted()).toEqual(['one-a', 'one-b', 'one-r']);
    const began = await Promise.all(names.map((name) => stage.bench.get<AnyRun>(kindOf(name), name)));
    const byAge = began.toSorted(byCreation).map(({ metadata }) => metadata.name);
    expect(order).toEqual(byAge);
  });

  it('backups run side by side, but none younger overtakes a restore that waits', async () => {
    await stage.instance('two', { maxConcurrentBackups: 2 });
    const { script, order } = recorder();
    const instanceRef = { name: 'two' };
    const groups = [['two-1', 'two-2'], ['two-3r'], ['two-4', 'two-5']];
    for (const name of groups.flat()) {
      if (kindOf(name) === 'MilvusRestore') await stage.restore(name, { source, instanceRef }, script(name));
      else await stage.backup(name, { instanceRef }, script(name));
    }
    const beside = await playAll(groups);
    expect(beside['two-3r']).toEqual([]);
    expect([beside['two-1'], beside['two-2']].flat()).toHaveLength(1);
    expect([beside['two-4'], beside['two-5']].flat()).toHaveLength(1);
    expect(order.indexOf('two-3r')).toBe(2);
  });

  it('a place in the queue is told, and moves up', async () => {
    await stage.instance('three', { maxConcurrentBackups: 1 });
    const instanceRef = { name: 'three' };
    const first = await stage.backup('three-1', { instanceRef });
    const { pod, args } = await stage.pod(first);
    for (const name of ['three-2', 'three-3']) await stage.backup(name, { instanceRef });
    const third = await stage.bench.until<AnyRun>(
      'MilvusBackup',
      'three-3',
      ({ status }) => status?.queuePosition === 2,
    );
    expect(third.status.phase).toBe('Queued');
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.phase<AnyRun>('MilvusBackup', 'three-2', 'Running');
    await stage.bench.until<AnyRun>('MilvusBackup', 'three-3', ({ status }) => status?.queuePosition === 1);
    // Whoever leaves the queue lets the next one in.
    await stage.bench.delete('MilvusBackup', 'three-2');
    await stage.bench.phase<AnyRun>('MilvusBackup', 'three-3', 'Running');
  });
});

function byCreation({ metadata: a }: AnyRun, { metadata: b }: AnyRun): number {
  return a.creationTimestamp < b.creationTimestamp ||
    (a.creationTimestamp === b.creationTimestamp && a.name < b.name)
    ? -1
    : 1;
}
