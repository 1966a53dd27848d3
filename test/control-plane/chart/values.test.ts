// SPDX-License-Identifier: Apache-2.0
// Each value of the chart does what it says, a wrong one is refused, and the same values give the same bytes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { beforeAll, describe, expect, it } from 'vitest';
import { chartFolder, valuesOf } from '../../../scripts/generate-chart.ts';
import { chart, helm, render } from '../../lab/helm.ts';
import { at, find, renderObjects, settingsOf, valuesAt, type Rendered, type Tree } from './rendered.ts';

const pod = 'spec.template.spec';
const container = `${pod}.containers.0`;
const resources = { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } };
const variable = [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }];
const toleration = [{ key: 'backups', operator: 'Exists', effect: 'NoSchedule' }];
const digest = `sha256:${'a'.repeat(64)}`;
const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const affinity = { nodeAffinity: {} };
const spread = [{ topologyKey: 'zone', maxSkew: 1, whenUnsatisfiable: 'DoNotSchedule' }];

type Row = [value: string, given: unknown, kind: string, path: string, expected: unknown];

const whole = 'milvus-backup-operator';
const rows: Row[] = [
  ['image.repository', 'r.example/mbo', 'Deployment', `${container}.image`, 'r.example/mbo:0.1.0'],
  ['image.repository', 'r.example/mbo', 'settings', 'image', 'r.example/mbo:0.1.0'],
  ['image.tag', 'v9', 'Deployment', `${container}.image`, `milvusbackup/${whole}:v9`],
  ['image.digest', digest, 'settings', 'image', `milvusbackup/${whole}@${digest}`],
  ['image.pullPolicy', 'Always', 'Deployment', `${container}.imagePullPolicy`, 'Always'],
  ['image.pullPolicy', 'Always', 'settings', 'imagePullPolicy', 'Always'],
  ['imagePullSecrets', [{ name: 'pull' }], 'Deployment', `${pod}.imagePullSecrets`, [{ name: 'pull' }]],
  ['nameOverride', 'other', 'Deployment', 'metadata.name', 'milvus-backup-operator-other'],
  ['fullnameOverride', 'whole', 'Deployment', 'metadata.name', 'whole'],
  ['replicas', 2, 'Deployment', 'spec.replicas', 2],
  ['watchNamespaces', ['a', 'b'], 'Deployment', `${container}.args.3`, '--namespaces=a,b'],
  ['crds.install', false, 'CustomResourceDefinition', 'none', undefined],
  ['rbac.create', false, 'RoleBinding', 'none', undefined],
  ['rbac.userRoles', false, `ClusterRole ${whole}-view`, 'none', undefined],
  ['rbac.nodes', false, `ClusterRole ${whole}-nodes`, 'none', undefined],
  ['serviceAccount.create', false, 'ServiceAccount', 'none', undefined],
  ['serviceAccount.name', 'robot', 'Deployment', `${pod}.serviceAccountName`, 'robot'],
  ['serviceAccount.name', 'robot', 'ServiceAccount', 'metadata.name', 'robot'],
  ['serviceAccount.name', 'robot', `ClusterRoleBinding ${whole}`, 'subjects.0.name', 'robot'],
  ['serviceAccount.annotations', { a: 'b' }, 'ServiceAccount', 'metadata.annotations.a', 'b'],
  ['resources', resources, 'Deployment', `${container}.resources.limits.memory`, '2Gi'],
  ['podSecurityContext', { runAsUser: null }, 'Deployment', `${pod}.securityContext.runAsUser`, undefined],
  ['podLabels', { a: 'b' }, 'Deployment', 'spec.template.metadata.labels.a', 'b'],
  ['podAnnotations', { a: 'b' }, 'Deployment', 'spec.template.metadata.annotations.a', 'b'],
  ['nodeSelector', { a: 'b' }, 'Deployment', `${pod}.nodeSelector`, { a: 'b' }],
  ['tolerations', toleration, 'Deployment', `${pod}.tolerations`, toleration],
  ['affinity', affinity, 'Deployment', `${pod}.affinity`, affinity],
  ['topologySpreadConstraints', spread, 'Deployment', `${pod}.topologySpreadConstraints`, spread],
  ['priorityClassName', 'high', 'Deployment', `${pod}.priorityClassName`, 'high'],
  ['logLevel', 'debug', 'Deployment', `${container}.args.2`, '--log-level=debug'],
  ['maxJobs', 7, 'settings', 'maxJobs', 7],
  ['maxJobsPerStorage', 3, 'settings', 'maxJobsPerStorage', 3],
  ['jobs.resources', resources, 'settings', 'resources.requests', { cpu: '1', memory: '1Gi' }],
  ['jobs.env', variable, 'settings', 'env', variable],
  ['jobs.caBundle', pem, 'settings', 'caBundle', pem],
  ['jobs.imagePullSecrets', [{ name: 'pull' }], 'settings', 'imagePullSecrets', [{ name: 'pull' }]],
  ['jobs.nodeSelector', { a: 'b' }, 'settings', 'nodeSelector', { a: 'b' }],
  ['jobs.tolerations', toleration, 'settings', 'tolerations', toleration],
  ['jobs.priorityClassName', 'low', 'settings', 'priorityClassName', 'low'],
  ['jobs.labels', { team: 'a' }, 'settings', 'labels', { team: 'a' }],
  ['jobs.annotations', { team: 'a' }, 'settings', 'annotations', { team: 'a' }],
  ['metrics.service', false, 'Service', 'none', undefined],
  ['metrics.serviceMonitor.enabled', true, 'ServiceMonitor', 'spec.endpoints.0.interval', '30s'],
  ['metrics.prometheusRule.enabled', true, 'PrometheusRule', 'spec.groups.0.name', 'milvus-backup'],
  ['podDisruptionBudget.enabled', true, 'PodDisruptionBudget', 'spec.maxUnavailable', 1],
];
/** Only together with another one. */
const monitor: Row[] = [
  ['metrics.serviceMonitor.labels', { a: 'b' }, 'ServiceMonitor', 'metadata.labels.a', 'b'],
  ['metrics.serviceMonitor.interval', '9s', 'ServiceMonitor', 'spec.endpoints.0.interval', '9s'],
  ['metrics.prometheusRule.labels', { a: 'b' }, 'PrometheusRule', 'metadata.labels.a', 'b'],
];

let plain: Rendered[];
beforeAll(async () => {
  plain = await renderObjects();
});

describe('a value', () => {
  it.each(rows)('%s: %j', async (value, given, kind, path, expected) => {
    await expectChange(valuesAt(value, given), [kind, path, expected]);
  });

  it.each(monitor)('%s: %j', async (value, given, kind, path, expected) => {
    const { metrics } = valuesAt(value, given) as { metrics: Record<string, Tree> };
    const enabled = Object.entries(metrics).map(([key, one]) => [key, { ...one, enabled: true }]);
    await expectChange({ metrics: Object.fromEntries(enabled) as Tree }, [kind, path, expected]);
  });

  it('has a row here, whichever it is', () => {
    const known = valuesOf(readFileSync(join(chart, 'values.yaml'), 'utf8')).map(({ path }) => path);
    expect([...new Set([...rows, ...monitor].map(([value]) => value))].sort()).toEqual(known.sort());
    expect(chart.endsWith(chartFolder)).toBe(true);
  });
});

async function expectChange(values: Tree, [kind, path, expected]: [string, string, unknown]): Promise<void> {
  const objects = await renderObjects(values);
  if (path === 'none') {
    expect(plain.some((object) => isOf(object, kind))).toBe(true);
    expect(objects.filter((object) => isOf(object, kind))).toEqual([]);
    return;
  }
  const [type = '', name] = kind.split(' ');
  const of = (all: readonly Rendered[]): unknown =>
    kind === 'settings' ? settingsOf(all) : find(all, type, name);
  expect(at(of(objects), path)).toEqual(expected);
  if (plain.some((object) => isOf(object, kind)) || kind === 'settings')
    expect(at(of(plain), path)).not.toEqual(expected);
}

function isOf({ kind, metadata }: Rendered, wanted: string): boolean {
  return [kind, `${kind} ${metadata.name}`].includes(wanted);
}

describe('the settings of Jobs', () => {
  it('are whole without any value', () => {
    const { tolerations, nodeSelector, ...settings } = settingsOf(plain);
    expect([tolerations, nodeSelector]).toEqual([undefined, undefined]);
    expect(settings).toEqual({
      image: `milvusbackup/${whole}:0.1.0`,
      imagePullPolicy: 'IfNotPresent',
      maxJobs: 50,
      maxJobsPerStorage: 10,
      imagePullSecrets: [],
      resources: { requests: { cpu: '250m', memory: '256Mi' }, limits: { cpu: '2', memory: '1Gi' } },
      env: [],
      labels: {},
      annotations: {},
      version: '0.1.0',
    });
  });

  it('make another pod when they change, because they are read once', async () => {
    const of = (objects: readonly Rendered[]): Tree =>
      at(find(objects, 'Deployment'), 'spec.template.metadata.annotations') as Tree;
    const changed = await renderObjects(valuesAt('jobs.priorityClassName', 'low'));
    expect(of(plain)).toHaveProperty(['milvusbackup.dev/settings']);
    expect(of(changed)).not.toEqual(of(plain));
  });
});

describe('the alerts', () => {
  it('arrive in the cluster as their file has them', async () => {
    const objects = await renderObjects(valuesAt('metrics.prometheusRule.enabled', true));
    const file = load(readFileSync(join(chart, 'files/alerts.yaml'), 'utf8'));
    expect(find(objects, 'PrometheusRule')['spec']).toEqual(file);
    expect(JSON.stringify(file)).toContain('{{ $labels.namespace }}');
  });
});

describe('the same values', () => {
  it('give the same bytes', async () => {
    expect(await render()).toBe(await render());
  });

  it('pass the linter of Helm', async () => {
    expect(await helm(['lint', '--strict', chart])).toContain('0 chart(s) failed');
  });
});

describe('a wrong value', () => {
  it.each<[string, Tree, string]>([
    ['a misspelt key', { replica: 2 }, 'replica'],
    ['a misspelt key further down', { jobs: { resource: {} } }, 'resource'],
    ['a resource that is neither requested nor limited', { resources: { limit: {} } }, 'limit'],
    ['a number for a text', { image: { tag: 1 } }, 'tag'],
    ['a pull policy that there is not', { image: { pullPolicy: 'Sometimes' } }, 'pullPolicy'],
    ['a digest that is none', { image: { digest: 'latest' } }, 'digest'],
    ['a secret among the variables', { jobs: { env: [{ name: 'A', valueFrom: {} }] } }, 'env'],
    ['a cap that lets nobody begin', { maxJobs: 0 }, 'maxJobs'],
    ['a namespace that is no name', { watchNamespaces: ['A B'] }, 'watchNamespaces'],
    ['a CA that is no PEM', { jobs: { caBundle: 'MIIB' } }, 'caBundle'],
  ])('%s is refused by its name', async (_what, values, named) => {
    await expect(render({ values })).rejects.toThrow(named);
  });

  it('a monitor without what it selects is explained', async () => {
    const metrics = { service: false, serviceMonitor: { enabled: true } };
    await expect(render({ values: { metrics } })).rejects.toThrow('needs metrics.service');
  });
});
