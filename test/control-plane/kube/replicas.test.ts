// SPDX-License-Identifier: Apache-2.0
// Operators as processes of their own, and what becomes of their work when one of them ends in whatever way.
import { afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import { leases, type Lease } from '../../../src/kube/lease-record.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  clientFor,
  defineWidgets,
  fieldManager,
  makeNamespace,
  widget,
  widgets,
  type Widget,
} from './support/bench.ts';
import { bundleOperator, startOperator, type Operator } from './support/operators.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';

const plane = inject('controlPlane');
let client: KubeClient;
let rest: Rest;
let bundle: string;
let namespace: string;
let running: Operator[];
beforeAll(async () => {
  client = clientFor(plane);
  rest = new Rest(client);
  await defineWidgets(rest);
  bundle = await bundleOperator(plane);
  return () => client.close();
});
beforeEach(async () => {
  namespace = await makeNamespace(rest);
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((operator) => operator.kill()));
});

function start(identity: string, more: { reconcileMs?: number; server?: string } = {}): Operator {
  const operator = startOperator(plane, bundle, { namespace, identity, ...more });
  running.push(operator);
  return operator;
}
/** One leads, the other stands by and is ready. */
async function startTwo(
  more: { reconcileMs?: number } = {},
): Promise<{ leader: Operator; standby: Operator }> {
  const leader = start('first', more);
  await leader.until('leading');
  const standby = start('second', more);
  await waitFor('the standby to be ready', 60_000, async () =>
    (await standby.probe('/readyz')).status === 200 ? true : undefined,
  );
  return { leader, standby };
}
const make = (name: string, size: number): Promise<unknown> =>
  rest.create(widgets, widget(namespace, name, size), { fieldManager });
const isOf = (name: string) => (said: { name?: string }) => said.name === name;
const holder = async (): Promise<string | undefined> =>
  (await rest.get<Lease>(leases, { namespace, name: 'operator' })).spec?.holderIdentity;

describe('two replicas', () => {
  it('of which the leader is killed: the other leads within 20 seconds and does the work', async () => {
    const { leader, standby } = await startTwo();
    await make('one', 1);
    await leader.until('written', isOf('one'));
    expect(standby.said.filter(({ event }) => event === 'reconcile')).toEqual([]);
    expect((await standby.probe('/metrics')).text).toContain(
      'leader_election_master_status{name="operator"} 0',
    );
    const killed = Date.now();
    leader.signal('SIGKILL');
    expect(await leader.exit()).toBe('SIGKILL');
    await make('two', 2);
    const { at } = await standby.until('leading');
    expect(at - killed).toBeLessThan(20_000);
    // Not before the dead one's time was up, either.
    expect(at - killed).toBeGreaterThan(10_000);
    await standby.until('written', isOf('two'));
    // What was done already is looked at, and not written again.
    await standby.until('reconcile', isOf('one'));
    expect(standby.said.filter((said) => said.event === 'written').map(({ name }) => name)).toEqual(['two']);
  });

  it('[FM-40] of which the leader is told to stop: it ends its work, gives the Lease up, and exits with 0', async () => {
    const { leader, standby } = await startTwo({ reconcileMs: 2000 });
    await make('one', 1);
    await leader.until('reconcile', isOf('one'));
    leader.signal('SIGTERM');
    expect(await leader.exit()).toBe(0);
    const events = leader.said.map(({ event }) => event).filter((event) => event !== 'log');
    expect(events).toEqual(['listening', 'leading', 'reconcile', 'written', 'ended']);
    const ended = leader.said.find(({ event }) => event === 'ended') ?? expect.fail();
    const { at } = await standby.until('leading');
    expect(at - ended.at).toBeLessThan(6000);
    expect(await holder()).toBe('second');
  });

  // Invariant: who leads no more writes no more.
  it('[FM-13] of which the leader sleeps for too long: it wakes, sees that it leads no more, and ends', async () => {
    const { leader, standby } = await startTwo();
    leader.signal('SIGSTOP');
    await standby.until('leading');
    await make('one', 1);
    await standby.until('written', isOf('one'));
    leader.signal('SIGCONT');
    expect(await leader.exit()).toBe(1);
    expect(leader.said.filter(({ event }) => event === 'reconcile')).toEqual([]);
    expect(leader.said.at(-1)).toMatchObject({ event: 'lost' });
    expect(await holder()).toBe('second');
  });
});

describe('a replica', () => {
  it('[FM-09] whose API server is away is alive but not ready, and ready when that is back', async () => {
    const proxy = await startTcpProxy(plane.url);
    proxy.cut();
    await make('one', 1);
    const operator = start('alone', { server: proxy.url });
    expect((await operator.probe('/livez')).status).toBe(200);
    const readyz = await operator.probe('/readyz');
    expect(readyz).toEqual({
      status: 503,
      text: '[-]widgets failed: its first list has not arrived\nfailed\n',
    });
    proxy.recover();
    await operator.until('written', isOf('one'));
    expect((await operator.probe('/readyz')).status).toBe(200);
    proxy.cut();
    // Leading means renewing: without the API server it ends, as it must.
    expect(await operator.exit()).toBe(1);
    await proxy.close();
  });

  it('that is told to stop before it leads ends at once', async () => {
    const { standby } = await startTwo();
    standby.signal('SIGTERM');
    expect(await standby.exit()).toBe(0);
    expect(await holder()).toBe('first');
  });

  it('[FM-11] writes the status with the version that it read: what changed meanwhile is looked at again', async () => {
    const operator = start('alone', { reconcileMs: 1000 });
    await operator.until('leading');
    await make('one', 1);
    await operator.until('reconcile', isOf('one'));
    const body = { spec: { size: 7 } };
    await rest.patch(widgets, { namespace, name: 'one' }, { fieldManager, body });
    await operator.until('written', ({ size }) => size === 7);
    expect(operator.said.filter(({ event }) => event === 'written')).toHaveLength(1);
    const { status } = await rest.get<Widget>(widgets, { namespace, name: 'one' });
    expect(status).toEqual({ observedGeneration: 2, size: 7 });
    expect((await operator.probe('/metrics')).text).toMatch(
      /controller_runtime_reconcile_total\{controller="widgets",result="requeue"\} 1/,
    );
  });
});
