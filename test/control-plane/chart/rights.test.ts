// SPDX-License-Identifier: Apache-2.0
// Who may do what: the operator's rights to the last verb, and people's as a real API server decides them.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { render } from '../../lab/helm.ts';
import { waitFor } from '../../lab/wait.ts';
import { kubectl } from './kubectl.ts';
import { find, objectsOf, renderObjects, verbsOf, type Rendered, type Rule, type Tree } from './rendered.ts';

const plane = inject('controlPlane');
const reading = ['get', 'list', 'watch'];
const writing = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const ours = (...names: string[]): string[] => names.map((name) => `milvusbackup.dev/${name}`);
const jobKinds = ['milvusinstances', 'milvusbackupstorages', 'milvusbackups', 'milvusrestores'];
const kinds = [...jobKinds, 'milvusbackupschedules'];

/** The whole of it: a verb more is a decision, made here. */
const inServedNamespaces: Record<string, string[]> = {
  ...Object.fromEntries(
    ours('milvusinstances', 'milvusbackupstorages', 'milvusbackupschedules').map((name) => [name, reading]),
  ),
  'milvusbackup.dev/milvusbackups': ['create', 'delete', 'get', 'list', 'patch', 'watch'],
  'milvusbackup.dev/milvusrestores': ['get', 'list', 'patch', 'watch'],
  ...Object.fromEntries(ours(...kinds).map((name) => [`${name}/status`, ['patch']])),
  ...Object.fromEntries(ours(...jobKinds).map((name) => [`${name}/finalizers`, ['update']])),
  'batch/jobs': ['create', 'delete', 'get', 'list', 'patch', 'watch'],
  '/pods': reading,
  '/pods/log': ['get'],
  '/events': ['get', 'list'],
  'events.k8s.io/events': ['create', 'patch'],
  '/secrets': ['get'],
  '/configmaps': ['get'],
  '/namespaces': ['get'],
};

const rulesOf = (object: Rendered): Rule[] => object.rules ?? [];

describe('the operator', () => {
  it('has these rights in all namespaces and no others', async () => {
    const objects = await renderObjects();
    expect(verbsOf(rulesOf(find(objects, 'ClusterRole', 'milvus-backup-operator')))).toEqual(
      inServedNamespaces,
    );
    expect(rulesOf(find(objects, 'ClusterRole', 'milvus-backup-operator-nodes'))).toEqual([
      { apiGroups: [''], resources: ['nodes'], verbs: ['get'] },
    ]);
    expect(rulesOf(find(objects, 'Role'))).toEqual([
      { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['create'] },
      {
        apiGroups: ['coordination.k8s.io'],
        resources: ['leases'],
        resourceNames: ['milvus-backup-operator'],
        verbs: ['get', 'update'],
      },
    ]);
    const bound = objects.filter(({ kind }) => kind.endsWith('RoleBinding'));
    expect(bound.map(({ kind, roleRef }) => `${kind} ${String((roleRef as Tree)['name'])}`).sort()).toEqual([
      'ClusterRoleBinding milvus-backup-operator',
      'ClusterRoleBinding milvus-backup-operator-nodes',
      'RoleBinding milvus-backup-operator-leader',
    ]);
  });

  it('has them in the named namespaces alone', async () => {
    const objects = await renderObjects({ watchNamespaces: ['a', 'b'] });
    const roles = objects.filter(
      ({ kind, metadata }) => kind === 'Role' && metadata.name === 'milvus-backup-operator',
    );
    expect(roles.map(({ metadata }) => metadata.namespace)).toEqual(['a', 'b']);
    for (const role of roles) expect(verbsOf(rulesOf(role))).toEqual(inServedNamespaces);
    const wide = objects.filter(({ kind }) => kind === 'ClusterRoleBinding');
    expect(wide.map(({ metadata }) => metadata.name)).toEqual(['milvus-backup-operator-nodes']);
  });

  it('can do without anything outside of namespaces', async () => {
    const rbac = { userRoles: false, nodes: false };
    const objects = await renderObjects({ watchNamespaces: ['a'], crds: { install: false }, rbac });
    expect(objects.filter(({ metadata }) => metadata.namespace === undefined)).toEqual([]);
    expect(objects.map(({ kind }) => kind)).toContain('Role');
  });
});

describe('people', () => {
  const namespace = `rights-${randomBytes(4).toString('hex')}`;
  const roles: Record<string, string> = {
    viewer: 'view',
    editor: 'edit',
    admin: 'admin',
    restorer: 'milvus-backup-operator-restore',
    nobody: '',
  };
  const aggregated = '{.rules[*].resources}';
  let ofPeople: Rendered[];

  beforeAll(async () => {
    ofPeople = objectsOf(await render()).filter(
      ({ kind, metadata }) => kind === 'ClusterRole' && /-(view|edit|admin|restore)$/.test(metadata.name),
    );
    await kubectl(plane, ['create', 'namespace', namespace]);
    const bindings = Object.entries(roles)
      .filter(([, role]) => role !== '')
      .map(binding);
    await kubectl(plane, ['apply', '--server-side', '-f', '-'], [...ofPeople, ...bindings]);
    await waitFor('the roles to be aggregated', 30_000, async () => {
      const rules = await kubectl(plane, ['get', 'clusterrole', 'admin', '-o', `jsonpath=${aggregated}`]);
      return kinds.every((name) => rules.includes(name)) || undefined;
    });
  });

  afterAll(async () => {
    await kubectl(plane, ['delete', 'clusterrole', ...ofPeople.map(({ metadata }) => metadata.name)]);
    await kubectl(plane, ['delete', 'namespace', namespace, '--wait=false']);
  });

  const all = [...reading, ...writing].sort();
  const none: string[] = [];
  it.each<[string, Record<string, string[]>]>([
    [
      'viewer',
      { instances: reading, storages: reading, backups: reading, schedules: reading, restores: reading },
    ],
    ['editor', { instances: reading, storages: reading, backups: all, schedules: all, restores: reading }],
    ['admin', { instances: all, storages: all, backups: all, schedules: all, restores: reading }],
    [
      'restorer',
      { instances: reading, storages: reading, backups: reading, schedules: reading, restores: all },
    ],
    ['nobody', { instances: none, storages: none, backups: none, schedules: none, restores: none }],
  ])(
    '%s: may do this and nothing else',
    async (user, { instances, storages, backups, schedules, restores }) => {
      expect(await verbsOn(user)).toEqual({
        milvusinstances: instances,
        milvusbackupstorages: storages,
        milvusbackups: backups,
        milvusrestores: restores,
        milvusbackupschedules: schedules,
        // Of a status only the operator speaks.
        'milvusbackups/status': none,
        'milvusrestores/status': none,
        'milvusbackupschedules/status': none,
      });
    },
  );

  function binding([user, role]: [string, string]): object {
    return {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: user, namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: `${user}-${namespace}` }],
    };
  }

  /** The API server is asked for each verb on each kind. */
  async function verbsOn(user: string): Promise<Record<string, string[]>> {
    const resources = [
      ...kinds,
      'milvusbackups/status',
      'milvusrestores/status',
      'milvusbackupschedules/status',
    ];
    const asked = resources.flatMap((full) => all.map((verb) => ({ full, verb })));
    const reviews = asked.map(({ full, verb }) => {
      const [resource, subresource] = full.split('/');
      const resourceAttributes = { namespace, group: 'milvusbackup.dev', resource, subresource, verb };
      const spec = { user: `${user}-${namespace}`, resourceAttributes };
      return { apiVersion: 'authorization.k8s.io/v1', kind: 'SubjectAccessReview', spec };
    });
    const flags = ['create', '-f', '-', '-o', 'jsonpath={.status.allowed}{"\\n"}'];
    const answers = (await kubectl(plane, flags, reviews)).trim().split('\n');
    expect(answers).toHaveLength(asked.length);
    const allowed = asked.filter((_, i) => answers[i] === 'true');
    const ofResource = (full: string): string[] =>
      allowed.filter((one) => one.full === full).map(({ verb }) => verb);
    return Object.fromEntries(resources.map((full) => [full, ofResource(full)]));
  }
});
