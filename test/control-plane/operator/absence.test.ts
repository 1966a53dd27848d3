// SPDX-License-Identifier: Apache-2.0
// What happens while no operator is there, or two are: Jobs end and go, leaders are lost between a Job and the word of it,
// nobody is there to let an object go. What comes next finds everything in status and Jobs.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';
import { isTrue, type MilvusBackup } from '../../../src/api/index.ts';
import { isTerminal } from '../../../src/plan/verdict.ts';
import { leases, type Lease } from '../../../src/kube/lease-record.ts';
import { kubectl } from '../chart/kubectl.ts';
import { startHttpProxy, type HttpProxy } from '../kube/support/http-proxy.ts';
import { madeJobs } from './support/audit.ts';
import { Bench, jobs, type AnyKind } from './support/bench.ts';
import { startOperator, type Operator } from './support/operators.ts';
import { fails, succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 300_000 });
const plane = inject('controlPlane');
const opened: Stage[] = [];
const others: { kill?: () => Promise<void>; close?: () => Promise<void> }[] = [];
afterAll(async () => {
  for (const one of others.splice(0)) await (one.kill?.() ?? one.close?.());
  for (const stage of opened.splice(0)) await stage.close();
});

/** With an instance and a storage, and with an operator unless the test starts its own. */
async function open({ isServed = true } = {}): Promise<Stage> {
  const stage = new Stage(await new Bench(plane).start());
  opened.push(stage);
  await stage.kubelet.start();
  await stage.instance('milvus');
  await stage.storage('store');
  if (isServed) await stage.startOperator();
  return stage;
}

/** One that stands for election. */
async function candidate({ bench: { namespace } }: Stage, server?: string): Promise<Operator> {
  const flags = [`--lease-namespace=${namespace}`];
  const operator = startOperator(plane, { namespaces: [namespace], flags, ...(server ? { server } : {}) });
  others.push(operator);
  await operator.until('caches synced');
  return operator;
}

async function proxied(): Promise<HttpProxy> {
  const proxy = await startHttpProxy(plane);
  others.push(proxy);
  return proxy;
}

const done = ({ bench }: Stage, name: string, phase = 'Succeeded'): Promise<MilvusBackup> =>
  bench.phase<MilvusBackup>('MilvusBackup', name, phase);
const reasonsOf = ({ status }: MilvusBackup): (string | undefined)[] =>
  (status.attempts ?? []).map(({ reason }) => reason);
const untilChecked = ({ bench }: Stage): Promise<AnyKind> =>
  bench.until<AnyKind>('MilvusInstance', 'milvus', ({ status }) => isTrue(status?.conditions, 'Ready'));

describe.concurrent('while no operator is there', () => {
  // Invariant: a result that lies in the pod is taken, once.
  it('[FM-04] a Job ends: its result counts when the next operator comes', async () => {
    const stage = await open();
    const made = await stage.backup('ends');
    const { pod, args, jobName } = await stage.pod(made);
    await done(stage, 'ends', 'Running');
    await stage.operator.kill();
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.untilJobs(made, (all) => all.every(isTerminal));
    await stage.startOperator();
    const { status } = await done(stage, 'ends');
    expect(status.attempts).toMatchObject([{ number: 1, jobName, reason: 'Completed' }]);
    expect(madeJobs(plane, made)).toEqual(['1']);
  });

  // Invariant: never Succeeded without the word of a Job; what the bucket holds decides, by way of the next attempt.
  it.each([
    ['what the bucket holds tells of a success', true],
    ['nothing tells of a success', false],
  ])('[FM-04] a Job and its pod go: %s', async (_, isCommitted) => {
    const name = isCommitted ? 'gone-done' : 'gone-lost';
    const stage = await open();
    const made = await stage.backup(name, { retry: { limit: 2, minBackoff: '1s', maxBackoff: '1s' } });
    const { pod, args, jobName } = await stage.pod(made);
    await done(stage, name, 'Running');
    await stage.operator.kill();
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.untilJobs(made, (all) => all.every(isTerminal));
    const place = { namespace: stage.bench.namespace, name: jobName };
    await stage.bench.rest.delete(jobs, place, { propagation: 'Background' });
    await stage.bench.untilJobs(made, (all) => all.length === 0);
    // What the engine finds there.
    const found = isCommitted ? succeeds : fails;
    stage.script(name, (next) => (next.command === 'create' ? found(next) : succeeds(next)));
    await stage.startOperator();
    const ended = await done(stage, name, isCommitted ? 'Succeeded' : 'Failed');
    expect(reasonsOf(ended)).toEqual(['Interrupted', isCommitted ? 'Completed' : 'Unreachable']);
    expect(ended.status.manifestDigest !== undefined).toBe(isCommitted);
  });

  // Invariant: nothing is removed that nobody can put away; who lets an object go by hand loses no data.
  it('[FM-20] an object that owns its data stays until it is let go as the page says', async () => {
    const stage = await open();
    stage.script('owned', (args) => succeeds(args));
    await stage.backup('owned', { deletionPolicy: 'Delete' });
    const { metadata } = await done(stage, 'owned');
    await stage.bench.until('MilvusBackup', 'owned', (one) => one.metadata.finalizers?.length === 1);
    await stage.operator.kill();
    await stage.bench.delete('MilvusBackup', 'owned');
    const held = await stage.bench.get<MilvusBackup>('MilvusBackup', 'owned');
    expect(held.metadata.deletionTimestamp).toBeDefined();
    expect(held.metadata.finalizers).toEqual(['milvusbackup.dev/cleanup']);
    await letGoByThePage(stage, 'owned');
    await stage.bench.gone('MilvusBackup', 'owned');
    expect(madeJobs(plane, { ...held, metadata })).toEqual(['1']);
  });
});

describe.concurrent('two operators', () => {
  // Invariant: every action is idempotent, so that two do what one does.
  it('[FM-13] without an election make each Job once, and tell the same', async () => {
    const stage = await open();
    const flags = ['--no-leader-election'];
    const second = startOperator(plane, { namespaces: [stage.bench.namespace], flags });
    others.push(second);
    await second.until('caches synced');
    const names = ['a', 'b', 'c', 'd', 'e'];
    const made = await Promise.all(
      names.map((name) =>
        stage.backup(name, {}, (args) => (args.attempt === 1 ? fails(args) : succeeds(args))),
      ),
    );
    for (const [i, name] of names.entries()) {
      const ended = await done(stage, name);
      expect(reasonsOf(ended)).toEqual(['Unreachable', 'Completed']);
      expect(madeJobs(plane, made[i]!)).toEqual(['1', '2']);
    }
  });

  // Invariant: a Job that was made and not heard of is adopted, never made again.
  it('[FM-14] of which the leader dies while it makes a Job: the other one adopts that', async () => {
    const stage = await open({ isServed: false });
    const proxy = await proxied();
    const first = await candidate(stage, proxy.url);
    await first.until('leading');
    await untilChecked(stage);
    let isArmed = true;
    proxy.onAnswer(({ method, path }, status) => {
      if (!isArmed || method !== 'POST' || !path.endsWith('/jobs') || status !== 201) return true;
      isArmed = false;
      first.signal('SIGKILL');
      return false;
    });
    const made = await stage.backup('inherited');
    await first.exit();
    const second = await candidate(stage);
    const since = performance.now();
    await second.until('leading');
    expect(performance.now() - since).toBeLessThan(20_000);
    const { pod, args } = await stage.pod(made);
    await stage.kubelet.end(pod, succeeds(args));
    expect(reasonsOf(await done(stage, 'inherited'))).toEqual(['Completed']);
    expect(madeJobs(plane, made)).toEqual(['1']);
  });
});

describe.concurrent('an operator that is told to stop in the midst of its work', () => {
  // Invariant: it ends within ten seconds, gives its Lease up, and leaves nothing half written.
  it('[FM-40] ends soon, and the next one does the rest', async () => {
    const stage = await open({ isServed: false });
    const proxy = await proxied();
    const first = await candidate(stage, proxy.url);
    await first.until('leading');
    await untilChecked(stage);
    let writes = 0;
    let told = 0;
    proxy.onAnswer(({ method, path }) => {
      if (method !== 'GET' && path.includes('/milvusbackups/') && (writes += 1) === 10) {
        told = performance.now();
        first.signal('SIGTERM');
      }
      return true;
    });
    const names = Array.from({ length: 20 }, (_, i) => `half-${i}`);
    const made = await Promise.all(names.map((name) => stage.backup(name, {}, (args) => succeeds(args))));
    expect(await first.exit()).toBe(0);
    expect(performance.now() - told).toBeLessThan(10_000);
    const place = { namespace: stage.bench.namespace, name: 'milvus-backup-operator' };
    expect((await stage.bench.rest.get<Lease>(leases, place)).spec?.holderIdentity ?? '').toBe('');
    await candidate(stage);
    for (const [i, name] of names.entries()) {
      expect(reasonsOf(await done(stage, name))).toEqual(['Completed']);
      expect(madeJobs(plane, made[i]!)).toEqual(['1']);
    }
  });
});

/** The command of the page, word for word. */
async function letGoByThePage({ bench }: Stage, name: string): Promise<void> {
  const page = readFileSync('charts/milvus-backup-operator/README.md', 'utf8');
  const command = /kubectl patch (mbk\/\S+) (--type=merge) -p '([^']+)'/.exec(page);
  expect(command, 'the page tells how').not.toBeNull();
  const [, what = '', type = '', patch = ''] = command!;
  const target = what.replace('<name>', name);
  await kubectl(plane, ['--namespace', bench.namespace, 'patch', target, type, '-p', patch]);
}
