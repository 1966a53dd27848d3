// SPDX-License-Identifier: Apache-2.0
// Every rule of every kind refuses what it is for, at the field it is for, with its own words; and what is legal passes.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { rulesOf } from '../../src/api/document.ts';
import { kinds } from '../../src/api/index.ts';
import { Api, objectWith, type Answer, type Document } from './crds-api.ts';
import { refusals } from './crds-refusals.ts';

// kubectl takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const api = new Api('crds-refused');
beforeAll(() => api.start(), 180_000);
afterAll(() => api.stop());

describe.each(Object.entries(refusals))('%s refuses', (kind, rows) => {
  it.each(rows.map(([changes, field, message]) => [show(changes), field, message, changes] as const))(
    '%s at %s',
    async (_, field, message, changes) => {
      const answer = await api.tryCreate(objectWith(kind, changes));
      expect(answer.status, answer.message).toBe(422);
      expect(causesOf(answer)).toContainEqual({
        field: `spec.${field}`,
        message: expect.stringContaining(message),
      });
    },
  );

  it('by each of its rules, in one row at least', () => {
    const schema = kinds.find((entry) => entry.kind.kind === kind)!.kind.spec;
    const isTransition = (rule: string) => rule.includes('oldSelf');
    const told = new Set(rows.map(([, field, message]) => `spec.${field}: ${message}`));
    const untold = rulesOf(schema, 'spec', { isWhole: kind === 'MilvusBackup' })
      .filter(([, { rule }]) => !isTransition(rule))
      .map(([path, { message }]) => [path.replaceAll('.*', '[]'), message] as const)
      .filter(([path, message]) => ![...told].some((row) => `${path}: ${message}`.startsWith(row)));
    expect(untold).toEqual([]);
  });
});

const secret = { secretKeyRef: { name: 'a', key: 'k' } };
const legal: Record<string, Document[]> = {
  MilvusInstance: [
    {},
    ...['milvus:1', 'a.b-c.svc:65535', '10.0.0.1:19530', '[::1]:19530'].map((address) => ({ address })),
    { tls: { mode: 'Server', caBundle: secret, serverName: 'm.example' } },
    { tls: { mode: 'Mutual', certificateSecretRef: { name: 'c' } } },
    { authSecretRef: { name: 'a' } },
    { authSecretRef: { name: 'a', usernameKey: 'u', passwordKey: 'p' } },
    { authSecretRef: { name: 'a', tokenKey: 't' } },
    { checkInterval: '0s' },
    { checkInterval: '168h' },
    { 'storage.rootPath': '' },
    { 'storage.rootPath': 'a/b.c/..d' },
    { 'storage.provider': 'S3', 'storage.endpoint': undefined },
    { 'storage.provider': 'GCS', 'storage.endpoint': undefined },
    { 'storage.auth': { serviceAccountName: 'sa' } },
    { 'storage.auth': { anonymous: true } },
    { 'storage.tls': { enabled: false } },
    { 'storage.tls': { insecureSkipVerify: true } },
    { 'storage.tls': { caBundle: { configMapKeyRef: { name: 'a', key: 'ca.crt' } } } },
    { 'storage.endpoint': '[::1]:9000' },
    { 'storage.endpoint': 's3.eu-west-1.amazonaws.com' },
  ],
  MilvusBackupStorage: [{}, { prefix: '' }, { accessMode: 'ReadOnly' }, { bucket: 'tenant:b.c_d' }],
  MilvusBackup: [
    {},
    { 'instanceRef.name': 'a'.repeat(253), 'storageRef.name': 'a.b-c.9' },
    { backupName: '_' },
    { backupName: 'B'.repeat(128) },
    { include: ['*', 'a.*', 'a?.b*', 'c', 'ä.b'], exclude: [] },
    { include: Array.from({ length: 500 }, (_, i) => `${'x'.repeat(505)}.${i}`) },
    { deadline: '1h30m5s', startDeadline: '720h', deletionTimeout: '24h' },
    { retry: { limit: 1 } },
    { retry: { minBackoff: '10m' } },
    { scope: 'MetadataOnly' },
    { cancel: true },
    { job: {} },
    { job: fullJob() },
    { 'job.labels': { 'azure.workload.identity/use': 'true', app: '' } },
    { 'job.annotations': { 'example.com/a': 'b'.repeat(1024) } },
  ],
  MilvusRestore: [
    {},
    { source: { storageRef: { name: 's' }, backupName: 'b' }, instanceRef: { name: 'i' } },
    { rename: { databases: { a: 'b' }, collections: { 'a.b': 'c.d', e: 'f' }, suffix: '_1' } },
    { rename: { collections: names(200), databases: {} } },
    { rename: { suffix: '' } },
    { indexes: 'None' },
    { indexes: 'None', load: 'None' },
    { load: 'All', verify: 'Count' },
    { aliases: false, properties: false, allowPartial: true, dryRun: true },
  ],
  MilvusBackupSchedule: [
    {},
    ...['@daily', '@yearly', '*/5 * * * *', '0 3 * * MON-FRI', ' 0\t3 1,15 * ? '].map((cron) => ({ cron })),
    ...['Europe/Berlin', 'America/Argentina/Buenos_Aires', 'Etc/GMT+5', 'GB-Eire'].map((timeZone) => ({
      timeZone,
    })),
    { jitter: '24h', startingDeadline: '10s', suspend: true, immediate: true, trigger: 'ä b' },
    { concurrencyPolicy: 'Replace', missedRuns: 'Skip', resumePolicy: 'CatchUp', ownership: 'Schedule' },
    {
      'template.metadata': {
        labels: { 'app.kubernetes.io/name': 'a' },
        annotations: { 'a.b/c': 'any text' },
      },
    },
    { 'template.spec.include': ['shop.*'], 'template.spec.deletionPolicy': 'Delete' },
    { 'template.spec.job': fullJob(), 'template.spec.ttl': '720h' },
    { retention: { keepLast: 0, keepDaily: 7, keepMonthly: 12, keepWithin: '48h', maxAge: '8760h' } },
  ],
};

describe.each(Object.entries(legal))('%s takes', (kind, rows) => {
  it.each(rows.map((changes) => [show(changes), changes] as const))('%s', async (_, changes) => {
    const answer = await api.tryCreate(objectWith(kind, changes));
    expect(answer.status, answer.message).toBe(201);
  });

  it('a name of 253 characters, and none of 254', async () => {
    expect((await api.tryCreate(objectWith(kind, {}, 'a'.repeat(253)))).status).toBe(201);
    expect((await api.tryCreate(objectWith(kind, {}, 'a'.repeat(254)))).status).toBe(422);
  });
});

describe('a misspelt field is refused by name', () => {
  it.each<[string, Document, string]>([
    ['MilvusInstance', { 'storage.rootpath': 'x' }, 'spec.storage.rootpath'],
    ['MilvusInstance', { 'tls.serverNames': 'x' }, 'spec.tls.serverNames'],
    ['MilvusBackupStorage', { 'tls.insecure': true }, 'spec.tls.insecure'],
    ['MilvusBackup', { includes: ['a'] }, 'spec.includes'],
    ['MilvusBackup', { 'retry.limits': 1 }, 'spec.retry.limits'],
    ['MilvusBackup', { timeToLive: '1h' }, 'spec.timeToLive'],
    ['MilvusBackup', { 'job.image': 'x' }, 'spec.job.image'],
    ['MilvusBackup', { 'job.env': [] }, 'spec.job.env'],
    ['MilvusBackup', { 'job.affinity.nodeAfinity': {} }, 'spec.job.affinity.nodeAfinity'],
    ['MilvusBackup', { 'job.tolerations': [{ keys: 'a' }] }, 'spec.job.tolerations[0].keys'],
    ['MilvusRestore', { rbac: true }, 'spec.rbac'],
    ['MilvusBackupSchedule', { schedule: '@daily' }, 'spec.schedule'],
    ['MilvusBackupSchedule', { 'template.spec.cancel': true }, 'spec.template.spec.cancel'],
    ['MilvusBackupSchedule', { 'template.spec.hold': true }, 'spec.template.spec.hold'],
    ['MilvusBackupSchedule', { 'template.spec.backupName': 'b' }, 'spec.template.spec.backupName'],
    ['MilvusBackupSchedule', { 'template.metadata': { name: 'b' } }, 'spec.template.metadata.name'],
    ['MilvusRestore', { 'rename.suffixes': 'x' }, 'spec.rename.suffixes'],
  ])('%s %j', async (kind, changes, field) => {
    const answer = await api.tryCreate(objectWith(kind, changes));
    expect(answer.status).toBe(400);
    expect(answer.message).toContain(`unknown field "${field}"`);
  });

  it('by kubectl apply, on either side', async () => {
    const text = JSON.stringify({ ...objectWith('MilvusBackup', { inclued: ['a'] }) });
    for (const side of ['--server-side', '--server-side=false']) {
      const applied = api.kubectl(['-n', api.namespace, 'apply', side, '-f', '-'], text);
      await expect(applied).rejects.toThrow('inclued');
    }
  });
});

function show(changes: Document): string {
  const text = JSON.stringify(changes);
  return text.length > 90 ? `${text.slice(0, 90)}…` : text;
}

/** With the indexes and keys of lists and maps as []. */
function causesOf({ body }: Answer): Document[] {
  const { causes = [] } = (body['details'] ?? {}) as { causes?: { field: string; message: string }[] };
  return causes.map(({ field, message }) => ({ field: field.replaceAll(/\[[^\]]*\]/g, '[]'), message }));
}

function names(count: number): Document {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`${'d'.repeat(255)}.${'c'.repeat(250)}${i}`, `d.c${i}`]),
  );
}

/** Everything that may be said of a Job. */
function fullJob(): Document {
  const labelSelector = {
    matchLabels: { app: 'milvus' },
    matchExpressions: [{ key: 'tier', operator: 'In', values: ['a'] }],
  };
  const term = { labelSelector, topologyKey: 'topology.kubernetes.io/zone', namespaces: ['a'] };
  const podAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: [
      { ...term, namespaceSelector: {}, matchLabelKeys: ['a'] },
    ],
    preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, podAffinityTerm: term }],
  };
  const nodeTerm = { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'Exists' }] };
  return {
    resources: { requests: { cpu: 1, memory: '1Gi', 'example.com/gpu': '2' }, limits: { cpu: '1500m' } },
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    tolerations: [{ key: 'a', operator: 'Equal', value: 'b', effect: 'NoExecute', tolerationSeconds: 60 }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            {
              ...nodeTerm,
              matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'.repeat(253)] }],
            },
          ],
        },
        preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: nodeTerm }],
      },
      podAffinity,
      podAntiAffinity: podAffinity,
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector,
        minDomains: 2,
        nodeAffinityPolicy: 'Honor',
        nodeTaintsPolicy: 'Ignore',
        matchLabelKeys: ['a'],
      },
    ],
    priorityClassName: 'high',
    runtimeClassName: 'gvisor',
    imagePullSecrets: [{ name: 'a' }, { name: 'b' }],
    labels: { team: 'data' },
    annotations: { 'example.com/a': 'b' },
  };
}
