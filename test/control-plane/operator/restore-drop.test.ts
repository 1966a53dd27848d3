// SPDX-License-Identifier: Apache-2.0
// Restores into what is not empty, against a real API server: what is dropped only once a person has said so, what is
// never done twice, and what is refused.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusRestore } from '../../../src/api/index.ts';
import { digestOfDrops, type Drop } from '../../../src/contract/drops.ts';
import { createListDigest, encodeEvent } from '../../../src/contract/protocol.ts';
import { tokenOf } from '../../../src/plan/confirmation.ts';
import { fails, succeeds } from './support/results.ts';
import { Stage, type Script } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.storage('store');
});
afterAll(() => stage?.close());

const kind = 'MilvusRestore';
const old: Drop = { name: 'shop.orders', id: '451' };
const phase = (name: string, wanted: string): Promise<MilvusRestore> =>
  stage.bench.phase<MilvusRestore>(kind, name, wanted);
const until = (name: string, is: (restore: MilvusRestore) => boolean): Promise<MilvusRestore> =>
  stage.bench.until<MilvusRestore>(kind, name, is);
const readyOf = ({ status }: MilvusRestore): string =>
  findCondition(status.conditions, 'Ready')?.message ?? '';
const patch = (name: string, spec: object): Promise<unknown> => stage.bench.patch(kind, name, { spec });

async function begin(name: string, spec: object = {}, script?: Script): Promise<MilvusRestore> {
  await stage.instance(name);
  const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
  return stage.restore(name, { source, instanceRef: { name }, existing: 'Drop', ...spec }, script);
}

/** The pod of this attempt says what would be dropped. */
async function tellPlan(restore: MilvusRestore, attempt: string, drops: Drop[], on = stage): Promise<void> {
  const { pod, args } = await on.pod(restore, attempt);
  expect(args.all).toContain('--dry-run');
  const digest = createListDigest();
  const lines = drops.map(({ name, id }) =>
    encodeEvent({
      event: 'item',
      list: 'plan',
      item: { action: 'replace', source: name, target: name, bytes: 1, drops: id },
    }),
  );
  lines.forEach((line) => digest.add(line));
  on.kubelet.logs.set(pod.metadata.name, lines.join('\n'));
  const lists = drops.length > 0 ? { lists: { plan: digest.value() } } : {};
  await on.kubelet.end(pod, succeeds(args, { dryRun: true, drops: digestOfDrops(drops), ...lists }));
}

describe.concurrent('[FM-29] a restore with existing Drop', () => {
  it('waits for its token, and then drops what was shown and nothing else', async () => {
    const made = await begin('asks');
    await tellPlan(made, '1', [old]);
    const waiting = await phase('asks', 'AwaitingConfirmation');
    const { sha256 } = digestOfDrops([old]);
    const token = tokenOf(made.metadata.uid, sha256);
    expect(waiting.status).toMatchObject({
      confirmationToken: token,
      plan: { drop: [old], dropCount: 1, dropDigest: sha256 },
    });
    expect(findCondition(waiting.status.conditions, 'Reconciling')).toMatchObject({
      status: 'True',
      reason: 'AwaitingConfirmation',
    });
    expect(readyOf(waiting)).toContain('shop.orders (id 451)');
    await patch('asks', { confirm: 'yes please' });
    const still = await until('asks', (restore) => readyOf(restore).includes('yes please'));
    expect(still.status.phase).toBe('AwaitingConfirmation');
    // Exactly what the message says to do.
    const [, body = ''] = /-p '([^']+)'/.exec(readyOf(still)) ?? [];
    await stage.bench.patch(kind, 'asks', JSON.parse(body) as object);
    const { pod, args } = await stage.pod(made, '2');
    expect(args.all.slice(-4)).toEqual(['--existing', 'Drop', '--confirmed-drops', sha256]);
    await stage.kubelet.end(pod, succeeds(args));
    const done = await phase('asks', 'Succeeded');
    expect(done.status.plan?.drop).toEqual([old]);
    expect(await stage.jobs(made)).toEqual(['1', '2']);
    await expect(patch('asks', { confirm: 'more' })).rejects.toThrow(/the restore has ended/);
  });

  it('asks again when it is made again, whatever was committed with it', async () => {
    const made = await begin('committed');
    await tellPlan(made, '1', [old]);
    const { status } = await phase('committed', 'AwaitingConfirmation');
    await stage.bench.delete(kind, 'committed');
    await stage.bench.gone(kind, 'committed');
    const { spec } = made;
    const again = await stage.restore('committed', { ...spec, confirm: status.confirmationToken });
    await tellPlan(again, '1', [old]);
    const waiting = await phase('committed', 'AwaitingConfirmation');
    expect(waiting.status.confirmationToken).not.toBe(status.confirmationToken);
    expect(readyOf(waiting)).toContain(`Spec.confirm is "${status.confirmationToken}"`);
    expect(await stage.jobs(again)).toEqual(['1']);
  });

  it('asks nothing where nothing would go', async () => {
    const made = await begin('nothing');
    await tellPlan(made, '1', []);
    const { pod, args } = await stage.pod(made, '2');
    expect(args.all.at(-1)).toBe(digestOfDrops([]).sha256);
    await stage.kubelet.end(pod, succeeds(args));
    await phase('nothing', 'Succeeded');
  });

  it('plans anew where the target has changed since, and asks about that', async () => {
    const made = await begin('changed', { retry: { limit: 1, minBackoff: '1s', maxBackoff: '1s' } });
    await tellPlan(made, '1', [old]);
    const first = await phase('changed', 'AwaitingConfirmation');
    await patch('changed', { confirm: first.status.confirmationToken });
    const { pod, args } = await stage.pod(made, '2');
    const changed = { reason: 'TargetNotEmpty', message: 'shop.orders is another one now' } as const;
    await stage.kubelet.end(pod, fails(args, changed, 3));
    await tellPlan(made, '3', [{ ...old, id: '452' }]);
    const second = await phase('changed', 'AwaitingConfirmation');
    expect(second.status.confirmationToken).not.toBe(first.status.confirmationToken);
    expect(readyOf(second)).toContain('shop.orders is another one (id 452, was 451)');
    expect(second.status.attempts).toMatchObject([
      { reason: 'Completed' },
      { reason: 'TargetNotEmpty' },
      { reason: 'Completed' },
    ]);
    await patch('changed', { confirm: second.status.confirmationToken });
    const last = await stage.pod(made, '4');
    expect(last.args.all.at(-1)).toBe(digestOfDrops([{ ...old, id: '452' }]).sha256);
    await stage.kubelet.end(last.pod, succeeds(last.args));
    await phase('changed', 'Succeeded');
  });

  it('lets others go first while it waits for a person', async () => {
    const made = await begin('patient');
    await tellPlan(made, '1', [old]);
    const { status } = await phase('patient', 'AwaitingConfirmation');
    const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
    const other = await stage.restore('meanwhile', { source, instanceRef: { name: 'patient' } });
    const { pod, args } = await stage.pod(other);
    await patch('patient', { confirm: status.confirmationToken });
    await phase('patient', 'Queued');
    await stage.kubelet.end(pod, succeeds(args));
    const mine = await stage.pod(made, '2');
    await stage.kubelet.end(mine.pod, succeeds(mine.args));
    await phase('patient', 'Succeeded');
  });

  it.each(['canceled', 'deleted'])('is %s while it waits, and makes no other Job', async (how) => {
    const name = `waits-${how}`;
    const made = await begin(name);
    await tellPlan(made, '1', [old]);
    await phase(name, 'AwaitingConfirmation');
    if (how === 'canceled') {
      await patch(name, { cancel: true });
      await phase(name, 'Canceled');
      expect(await stage.jobs(made)).toEqual(['1']);
    } else {
      await stage.bench.delete(kind, name);
      await stage.bench.gone(kind, name);
    }
  });
});

describe.concurrent('[FM-29] a restore that succeeded', () => {
  const refuse: Script = (args) =>
    args.command === 'restore'
      ? fails(args, { reason: 'TargetNotEmpty', message: 'already in the target: shop.orders' }, 3)
      : succeeds(args);

  it('never acts again, whatever is applied, and says TargetNotEmpty when it is made again', async () => {
    const made = await begin('once', { existing: 'Fail' }, (args) => succeeds(args));
    const done = await phase('once', 'Succeeded');
    // What a GitOps tool does every few minutes.
    await stage.bench.patch(kind, 'once', { metadata: { labels: { applied: 'again' } } });
    await patch('once', { cancel: true });
    await until('once', ({ status }) => status.observedGeneration === done.metadata.generation + 1);
    const after = await phase('once', 'Succeeded');
    expect(after.status.attempts).toEqual(done.status.attempts);
    expect(await stage.jobs(made)).toEqual(['1']);
    await stage.bench.delete(kind, 'once');
    await stage.bench.gone(kind, 'once');
    const again = await stage.restore('once', made.spec, refuse);
    const refused = await phase('once', 'Failed');
    expect(findCondition(refused.status.conditions, 'Stalled')?.reason).toBe('TargetNotEmpty');
    expect(again.metadata.uid).not.toBe(made.metadata.uid);
  });
});

describe('[FM-29] an operator that is killed while a restore waits for its token', () => {
  let other: Stage;
  beforeAll(async () => {
    other = await Stage.open(plane);
    await other.storage('store');
  });
  afterAll(() => other?.close());

  it('is followed by one that goes on with what was confirmed meanwhile', async () => {
    await other.instance('outlives');
    const source = { storageRef: { name: 'store' }, backupName: 'nightly' };
    const spec = { source, instanceRef: { name: 'outlives' }, existing: 'Drop' };
    const made = await other.restore('outlives', spec);
    await tellPlan(made, '1', [old], other);
    const { status } = await other.bench.phase<MilvusRestore>(kind, 'outlives', 'AwaitingConfirmation');
    await other.operator.kill();
    await other.bench.patch(kind, 'outlives', { spec: { confirm: status.confirmationToken } });
    await other.startOperator();
    const { pod, args } = await other.pod(made, '2');
    expect(args.all.at(-1)).toBe(digestOfDrops([old]).sha256);
    await other.kubelet.end(pod, succeeds(args));
    await other.bench.phase(kind, 'outlives', 'Succeeded');
    expect(await other.jobs(made)).toEqual(['1', '2']);
  });
});
