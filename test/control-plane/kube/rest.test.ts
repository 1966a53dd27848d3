// SPDX-License-Identifier: Apache-2.0
// The verbs against a real API server: what it accepts, what it refuses, and how a refusal is told.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  ApiError,
  isAlreadyExists,
  isConflict,
  isNotFound,
  isTooManyRequests,
} from '../../../src/kube/api-error.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { leases } from '../../../src/kube/lease-record.ts';
import { microTime } from '../../../src/kube/micro-time.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  clientFor,
  configMap,
  configMaps,
  crds,
  defineWidgets,
  fieldManager,
  makeNamespace,
  widget,
  widgetDefinition,
  widgets,
  type ConfigMap,
  type Widget,
} from './support/bench.ts';
import { startTcpProxy } from './support/tcp-proxy.ts';

const plane = inject('controlPlane');
let client: KubeClient;
let rest: Rest;
let namespace: string;

beforeAll(async () => {
  client = clientFor(plane);
  rest = new Rest(client);
  namespace = await makeNamespace(rest);
  await defineWidgets(rest);
});
afterAll(() => client.close());

const failure = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => expect.fail('it succeeded'),
    (error: unknown) => error,
  );

describe('connections', () => {
  it('fifty calls one after the other share a few', async () => {
    const proxy = await startTcpProxy(plane.url);
    const through = clientFor(plane, { server: proxy.url });
    for (let call = 0; call < 50; call++) await new Rest(through).list(configMaps, { namespace });
    expect(proxy.opened()).toBeLessThanOrEqual(3);
    await through.close();
    await proxy.close();
  });

  it('a watch has one to itself: over one for all, its silent death would be that of every call', async () => {
    const proxy = await startTcpProxy(plane.url);
    const through = clientFor(plane, { server: proxy.url });
    const own = new Rest(through);
    const stop = new AbortController();
    const query = { timeoutSeconds: 60 };
    for (let watch = 0; watch < 3; watch++) {
      await own.watch(configMaps, { namespace, query, timeoutMs: 10_000 }, stop.signal);
    }
    await own.list(configMaps, { namespace });
    expect(proxy.opened()).toBe(4);
    stop.abort();
    await through.close();
    await proxy.close();
  });

  it('each request says in the audit log who asked', async () => {
    await failure(rest.get(configMaps, { namespace, name: 'who-asks' }));
    const line = await waitFor('the request in the audit log', 10_000, () =>
      readFileSync(plane.auditLog, 'utf8')
        .split('\n')
        .find((entry) => entry.includes('who-asks')),
    );
    expect(JSON.parse(line)).toMatchObject({ userAgent: 'milvus-backup-operator/test', verb: 'get' });
  });
});

describe('reading and writing', () => {
  it('create, get, list, replace, patch, delete', async () => {
    const name = { namespace, name: 'one' };
    const made = await rest.create<ConfigMap>(configMaps, configMap(namespace, 'one'), { fieldManager });
    expect(await rest.get<ConfigMap>(configMaps, name)).toEqual(made);
    const replaced = await rest.replace(configMaps, { ...made, data: { value: 'y' } }, { fieldManager });
    expect(replaced.data).toEqual({ value: 'y' });
    const body = { data: { value: null, other: 'z' } };
    const patched = await rest.patch<ConfigMap>(configMaps, name, { fieldManager, body });
    expect(patched.data).toEqual({ other: 'z' });
    const listed = await rest.list<ConfigMap>(configMaps, { namespace, fieldSelector: 'metadata.name=one' });
    // A list has no apiVersion and kind in its items: what comes from it must be what comes from everywhere else.
    expect(listed.items).toEqual([patched]);
    await rest.delete(configMaps, name, { propagation: 'Background' });
    expect(isNotFound(await failure(rest.get(configMaps, name)))).toBe(true);
  });

  it('a trial changes nothing', async () => {
    await rest.create(configMaps, configMap(namespace, 'trial'), { fieldManager, dryRun: true });
    expect(isNotFound(await failure(rest.get(configMaps, { namespace, name: 'trial' })))).toBe(true);
  });

  it('pages go on from where the last one ended', async () => {
    const own = await makeNamespace(rest);
    for (const name of ['a', 'b', 'c']) await rest.create(configMaps, configMap(own, name), { fieldManager });
    const labelSelector = '!kubernetes.io/none';
    const first = await rest.list(configMaps, { namespace: own, limit: 2, labelSelector });
    const more = first.metadata.continue ?? expect.fail('there is no second page');
    const second = await rest.list(configMaps, { namespace: own, limit: 2, continue: more, labelSelector });
    const names = [...first.items, ...second.items].map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(['a', 'b', 'c']));
    expect(first.items).toHaveLength(2);
  });

  it('definitions keep what the client library drops (client-node#2483)', async () => {
    const stored = await rest.get<typeof widgetDefinition & KubeObject>(crds, {
      name: 'widgets.test.example',
    });
    const { spec } = stored.spec.versions[0]?.schema.openAPIV3Schema.properties ?? expect.fail('no schema');
    expect(spec['x-kubernetes-validations']).toEqual([
      { rule: '!has(self.size) || self.size >= 0', message: 'no debts' },
    ]);
    expect(spec.properties.port).toEqual({ 'x-kubernetes-int-or-string': true });
  });
});

describe('server-side apply', () => {
  it('makes, changes, and takes away what it no longer says', async () => {
    const made = await rest.apply<ConfigMap>(configMaps, configMap(namespace, 'applied'), { fieldManager });
    expect(made.data).toEqual({ value: 'x' });
    const without = { ...configMap(namespace, 'applied'), data: {} };
    const changed = await rest.apply<ConfigMap>(configMaps, without, { fieldManager });
    expect(changed.data).toBeUndefined();
  });

  it('[FM-11] with the resourceVersion that stands there writes, with an old one it is a conflict', async () => {
    const made = await rest.create<Widget>(widgets, widget(namespace, 'versioned', 1), {
      fieldManager: 'user',
    });
    const { resourceVersion = '' } = made.metadata;
    const status = (version: string, size: number): Widget => ({
      ...widget(namespace, 'versioned', 0),
      metadata: { namespace, name: 'versioned', resourceVersion: version },
      status: { size },
    });
    const options = { fieldManager, force: true };
    const written = await rest.applyStatus<Widget>(widgets, status(resourceVersion, 1), options);
    expect(written.status).toEqual({ size: 1 });
    const error = await failure(rest.applyStatus(widgets, status(resourceVersion, 2), options));
    expect(isConflict(error)).toBe(true);
    expect((await rest.get<Widget>(widgets, { namespace, name: 'versioned' })).status).toEqual({ size: 1 });
  });

  it('of the status leaves spec and generation alone', async () => {
    const made = await rest.create<Widget>(widgets, widget(namespace, 'status', 3), { fieldManager: 'user' });
    const status = { ...widget(namespace, 'status', 99), status: { size: 3 } };
    const written = await rest.applyStatus<Widget>(widgets, status, { fieldManager });
    expect(written.spec).toEqual({ size: 3 });
    expect(written.metadata.generation).toBe(made.metadata.generation);
  });

  it("[FM-11] refuses another manager's field, unless it is forced", async () => {
    await rest.apply(configMaps, configMap(namespace, 'fought'), { fieldManager: 'one' });
    const other = configMap(namespace, 'fought', { data: 'y' });
    const error = await failure(rest.apply(configMaps, other, { fieldManager: 'two' }));
    expect(isConflict(error)).toBe(true);
    const forced = await rest.apply<ConfigMap>(configMaps, other, { fieldManager: 'two', force: true });
    expect(forced.data).toEqual({ value: 'y' });
  });
});

describe('deleting', () => {
  it.each<[string, object]>([
    ['another object of that name', { uid: '00000000-0000-0000-0000-000000000000' }],
    ['one that has changed', { resourceVersion: '1' }],
  ])('spares %s', async (_name, preconditions) => {
    const { metadata } = await rest.create<ConfigMap>(
      configMaps,
      { ...configMap(namespace, 'spared'), metadata: { namespace, generateName: 'spared-' } as never },
      { fieldManager },
    );
    const name = { namespace, name: metadata.name };
    const error = await failure(
      rest.delete(configMaps, name, { propagation: 'Background', ...preconditions }),
    );
    expect(isConflict(error)).toBe(true);
    await rest.delete(configMaps, name, { propagation: 'Background', uid: metadata.uid ?? '' });
    expect(isNotFound(await failure(rest.get(configMaps, name)))).toBe(true);
  });

  it('in the foreground waits for the children', async () => {
    const parent = await rest.create<ConfigMap>(configMaps, configMap(namespace, 'parent'), { fieldManager });
    const child = configMap(namespace, 'child');
    const { uid = '', name } = parent.metadata;
    child.metadata.ownerReferences = [
      { apiVersion: 'v1', kind: 'ConfigMap', name, uid, blockOwnerDeletion: true },
    ];
    child.metadata.finalizers = ['test.example/hold'];
    await rest.create(configMaps, child, { fieldManager });
    await rest.delete(configMaps, { namespace, name }, { propagation: 'Foreground' });
    const waiting = await rest.get<ConfigMap>(configMaps, { namespace, name });
    expect(waiting.metadata.deletionTimestamp).toBeDefined();
    expect(waiting.metadata.finalizers).toContain('foregroundDeletion');
    const body = { metadata: { finalizers: null } };
    await waitFor('the child to be deleted by the collector', 60_000, async () => {
      const { metadata } = await rest.get(configMaps, { namespace, name: 'child' });
      return metadata.deletionTimestamp;
    });
    await rest.patch(configMaps, { namespace, name: 'child' }, { fieldManager, body });
    await waitFor(
      'the parent to go after its child',
      60_000,
      async () =>
        isNotFound(await rest.get(configMaps, { namespace, name }).catch((error: unknown) => error)) ||
        undefined,
    );
  });
});

describe('refusals', () => {
  it.each<[string, () => Promise<unknown>, (error: unknown) => boolean, string]>([
    ['404', () => rest.get(configMaps, { namespace, name: 'none' }), isNotFound, 'NotFound'],
    [
      '409 for what exists',
      async () => {
        await rest.apply(configMaps, configMap(namespace, 'twice'), { fieldManager });
        return rest.create(configMaps, configMap(namespace, 'twice'), { fieldManager });
      },
      isAlreadyExists,
      'AlreadyExists',
    ],
    [
      '409 for what has changed',
      async () => {
        const old = await rest.apply<ConfigMap>(configMaps, configMap(namespace, 'stale'), { fieldManager });
        await rest.apply(configMaps, configMap(namespace, 'stale', { data: 'y' }), { fieldManager });
        return rest.replace(configMaps, old, { fieldManager });
      },
      isConflict,
      'Conflict',
    ],
  ])('%s', async (_name, call, is, reason) => {
    const error = await failure(call());
    expect(is(error)).toBe(true);
    expect(error).toMatchObject({ reason });
  });

  it('422 names the rule, and neither the token nor a header', async () => {
    const error = (await failure(
      rest.create(widgets, widget(namespace, 'debt', -1), { fieldManager }),
    )) as ApiError;
    expect(error).toMatchObject({ status: 422, reason: 'Invalid' });
    expect(error.message).toContain('no debts');
    expect(error.message).not.toContain(plane.token);
    expect(error.message.toLowerCase()).not.toContain('audit-id');
  });

  it('[FM-12] 429 of a server that has no room for us, with its Retry-After', async () => {
    const busy = await makeBusy(rest, namespace);
    const one = new Rest(clientFor(plane, { user: { token: busy } }));
    // Priority and Fairness learns of its new rules after a moment, and lets a lonely request pass all the same.
    const error = await waitFor('a 429', 60_000, async () => {
      const calls = Array.from({ length: 20 }, () => failure(one.list(configMaps, { namespace })));
      return (await Promise.all(calls)).find((thrown) => isTooManyRequests(thrown)) as ApiError | undefined;
    });
    expect(error.retryAfter).toBeGreaterThanOrEqual(1);
  }, 90_000);
});

describe('MicroTime', () => {
  const spec = (renewTime: string): object => ({ holderIdentity: 'me', leaseDurationSeconds: 15, renewTime });
  const lease = (renewTime: string): KubeObject =>
    ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace, name: `l-${Math.random().toString(16).slice(2)}` },
      spec: spec(renewTime),
    }) as KubeObject;

  it('of three digits, as a Date writes it, is refused (kubernetes#141204)', async () => {
    const date = new Date().toISOString();
    expect(await failure(rest.create(leases, lease(date), { fieldManager }))).toMatchObject({ status: 400 });
  });

  it('of six digits, as we write it, is kept', async () => {
    const time = microTime(Date.now());
    const made = await rest.create(leases, lease(time), { fieldManager });
    expect(made).toMatchObject({ spec: spec(time) });
  });
});

/** A user whose requests are all refused by API Priority and Fairness; gives its token. */
async function makeBusy(admin: Rest, namespace: string): Promise<string> {
  const name = `busy-${namespace}`;
  const group = { group: 'flowcontrol.apiserver.k8s.io', version: 'v1', namespaced: false };
  const apply = (plural: string, kind: string, spec: object): Promise<unknown> =>
    admin.apply(
      { ...group, plural, kind },
      { apiVersion: 'flowcontrol.apiserver.k8s.io/v1', kind, metadata: { name }, spec } as KubeObject,
      { fieldManager },
    );
  await apply('prioritylevelconfigurations', 'PriorityLevelConfiguration', {
    type: 'Limited',
    limited: {
      nominalConcurrencyShares: 0,
      lendablePercent: 0,
      borrowingLimitPercent: 0,
      limitResponse: { type: 'Reject' },
    },
  });
  const subject = { kind: 'ServiceAccount', serviceAccount: { namespace, name: 'busy' } };
  const rule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], namespaces: ['*'], clusterScope: true };
  await apply('flowschemas', 'FlowSchema', {
    priorityLevelConfiguration: { name },
    matchingPrecedence: 2,
    rules: [{ subjects: [subject], resourceRules: [rule] }],
  });
  return makeToken(admin, namespace);
}

async function makeToken(admin: Rest, namespace: string): Promise<string> {
  const accounts = {
    group: '',
    version: 'v1',
    plural: 'serviceaccounts',
    kind: 'ServiceAccount',
    namespaced: true,
  };
  const metadata = { namespace, name: 'busy' };
  await admin.apply(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }, { fieldManager });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/busy/token`;
  const { status } = await client.json<{ status: { token: string } }>({
    method: 'POST',
    path,
    body: request,
  });
  return status.token;
}
