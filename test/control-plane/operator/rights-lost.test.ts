// SPDX-License-Identifier: Apache-2.0
// The operator with exactly the rights that its chart gives, of which one is taken away while it works, and given back.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup } from '../../../src/api/index.ts';
import type { KubeObject, Resource } from '../../../src/kube/resource.ts';
import { find, renderObjects, type Rule } from '../chart/rendered.ts';
import { clientFor, fieldManager, serviceAccounts } from '../kube/support/bench.ts';
import { Bench } from './support/bench.ts';
import { startOperator, type Operator } from './support/operators.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ testTimeout: 300_000 });
const plane = inject('controlPlane');
const kindOf = (plural: string, kind: string): Resource => ({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  plural,
  kind,
  namespaced: true,
});
const roles = kindOf('roles', 'Role');
const roleBindings = kindOf('rolebindings', 'RoleBinding');
const apiVersion = 'rbac.authorization.k8s.io/v1';

let stage: Stage;
let rules: Rule[];
let operator: Operator;
beforeAll(async () => {
  stage = new Stage(await new Bench(plane).start());
  await stage.kubelet.start();
  const { namespace, rest } = stage.bench;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'operator' } };
  await rest.create(serviceAccounts, account, { fieldManager });
  const rendered = await renderObjects({ watchNamespaces: [namespace] });
  const wanted = rendered.filter(({ kind, metadata: { name } }) => {
    return kind === 'Role' && name === 'milvus-backup-operator';
  });
  rules = find(wanted, 'Role').rules ?? [];
  const leader = find(rendered, 'Role', 'milvus-backup-operator-leader').rules ?? [];
  await grant('served', rules);
  await grant('leader', leader);
  for (const name of ['served', 'leader']) await rest.create(roleBindings, bindingTo(name), { fieldManager });
  await stage.instance('milvus');
  await stage.storage('store');
  const flags = [`--lease-namespace=${namespace}`];
  operator = startOperator(plane, { namespaces: [namespace], flags, token: await tokenOf(namespace) });
  await operator.until('leading');
});
afterAll(async () => {
  await operator?.kill();
  await stage?.close();
});

async function grant(name: string, granted: Rule[]): Promise<void> {
  const metadata = { namespace: stage.bench.namespace, name };
  const role = { apiVersion, kind: 'Role', metadata, rules: granted } as KubeObject;
  await stage.bench.rest.apply(roles, role, { fieldManager, force: true });
}

function bindingTo(name: string): KubeObject {
  const { namespace } = stage.bench;
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  const subjects = [{ kind: 'ServiceAccount', namespace, name: 'operator' }];
  return { apiVersion, kind: 'RoleBinding', metadata: { namespace, name }, roleRef, subjects } as KubeObject;
}

async function tokenOf(namespace: string): Promise<string> {
  const client = clientFor(plane);
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/operator/token`;
  const { status } = await client.json<{ status: { token: string } }>({ method: 'POST', path, body });
  await client.close();
  return status.token;
}

/** Without this verb on that resource. */
const without = (resource: string, verb: string): Rule[] =>
  rules.flatMap((rule) => {
    if (!rule.resources.includes(resource)) return [rule];
    const others = rule.resources.filter((one) => one !== resource);
    const verbs = rule.verbs.filter((one) => one !== verb);
    return [
      ...(others.length > 0 ? [{ ...rule, resources: others }] : []),
      ...(verbs.length > 0 ? [{ ...rule, resources: [resource], verbs }] : []),
    ];
  });

// Invariant: what is missing is named, verb and resource, and the run goes on by itself once it is given back.
describe('a right that is taken away', () => {
  it.each([
    ['create', 'jobs'],
    ['get', 'secrets'],
  ])('[FM-41] to %s %s is named on the run, and missed no longer than it is gone', async (verb, resource) => {
    await grant('served', without(resource, verb));
    const name = `without-${resource}`;
    await stage.backup(name, {}, (args) => succeeds(args));
    const { status } = await stage.bench.until<MilvusBackup>('MilvusBackup', name, (one) => {
      return findCondition(one.status?.conditions, 'Reconciling')?.reason === 'Forbidden';
    });
    const { message } = findCondition(status.conditions, 'Reconciling') ?? {};
    expect(message).toContain(verb);
    expect(message).toContain(resource);
    await grant('served', rules);
    await stage.bench.phase('MilvusBackup', name, 'Succeeded');
  });

  // Invariant: who cannot renew its Lease does not go on.
  it('[FM-41] to renew its Lease ends it, so that another one may lead', async () => {
    await grant('leader', []);
    expect(await operator.exit()).toBe(1);
    expect(operator.lines.at(-1)).toMatchObject({ msg: 'lease lost' });
  });
});
