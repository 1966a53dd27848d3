// SPDX-License-Identifier: Apache-2.0
// The Jobs that we build, before a real API server and the Job controller: taken whole, no field misspelt, under Pod
// Security's restricted profile, with the largest that a spec may make of them.
import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import {
  backupJob,
  cleanupJob,
  deleteJob,
  instanceCheckJob,
  restoreJob,
  storageCheckJob,
  type Built,
} from '../../src/plan/jobs.ts';
import { isOurs } from '../../src/plan/labels.ts';
import type { Job, Pod } from '../../src/plan/kubernetes.ts';
import { waitFor } from '../lab/wait.ts';
import { kubectl, kubectlWarned } from './chart/kubectl.ts';
import { backupOf, instanceOf, jobOf, restoreOf, settings, storageOf } from '../unit/plan/job-samples.ts';

const plane = inject('controlPlane');
const namespace = `jobs-${randomUUID().slice(0, 8)}`;

const caBundle = { configMapKeyRef: { name: 'authorities', key: 'ca.crt' } };
const instance = instanceOf({
  tls: { mode: 'Mutual', certificateSecretRef: { name: 'ours' }, caBundle },
  authSecretRef: { name: 'login' },
  storage: { tls: { enabled: true, insecureSkipVerify: false, caBundle } },
});
const parties = {
  instance,
  storage: storageOf({ auth: { serviceAccountName: 'copier' } }),
  settings: {
    ...settings,
    caBundle: 'authorities',
    env: [{ name: 'NO_PROXY', value: '.svc' }],
    imagePullSecrets: [{ name: 'pull' }],
    labels: { team: 'a' },
    annotations: { note: 'x'.repeat(1000) },
  },
};
const about = { attempt: 1, backupName: 'b' };
const long = (letter: string): string => `${letter.repeat(125)}.${letter.repeat(127)}`;
const large = Array.from({ length: 380 }, (_, i) => `${String(i).padStart(4, '0')}${'x'.repeat(508)}`);
const job = {
  nodeSelector: { disk: 'fast' },
  tolerations: [{ key: 'spot', operator: 'Exists' as const }],
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'ScheduleAnyway' as const,
      labelSelector: { matchLabels: { team: 'a' } },
    },
  ],
  resources: { limits: { memory: '128Mi', 'ephemeral-storage': '5Gi' } },
};

const built: [string, Built][] = [
  ['a backup', backupJob(backupOf({ job }), about, parties)],
  ['a large backup of a long name', backupJob(backupOf({ include: large }, long('b')), about, parties)],
  ['a restore', restoreJob(restoreOf({ rename: { suffix: '_x' } }, '7.days'), about, parties)],
  ['a cleanup', cleanupJob(backupOf(), { number: 9999, backupName: 'b', data: true }, parties)],
  ['a cleanup of a restore', cleanupJob(restoreOf({}, long('r')), { number: 1, data: false }, parties)],
  ['a deletion', deleteJob(backupOf({}, long('d')), { number: 9999, backupName: 'b' }, parties)],
  ['a check of an instance', instanceCheckJob(instance, { number: 1 }, settings)],
  ['a check of a storage', storageCheckJob(storageOf({}, long('s')), { number: 9999 }, settings)],
];

beforeAll(async () => {
  const restricted = Object.fromEntries(
    ['enforce', 'warn', 'audit'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: restricted } },
    ...['default', 'copier'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, namespace },
    })),
  ];
  await kubectl(plane, ['apply', '--server-side', '--force-conflicts', '-f', '-'], objects);
});

describe('the API server', () => {
  it.each(built)('takes the Job of %s without a word, and the pod that comes of it', async (_, made) => {
    const wanted = jobOf(made);
    // Its owner is nobody here, and the garbage collector takes what has lost its owner: `kept` below has that field.
    const { ownerReferences: _owner, ...metadata } = wanted.metadata;
    const object = { ...wanted, metadata: { ...metadata, namespace } };
    const { warnings } = await kubectlWarned(plane, ['create', '--validate=strict', '-f', '-'], [object]);
    expect(warnings).toEqual([]);
    const name = object.metadata.name;
    const pod = await waitFor('the pod', 30_000, () => podOf(name));
    expect(isOurs(pod, { metadata: { uid: wanted.metadata.labels?.['milvusbackup.dev/uid'] ?? '' } })).toBe(
      true,
    );
    const template = wanted.spec['template'] as { metadata: { annotations: Record<string, string> } };
    expect(pod.metadata.annotations).toMatchObject(template.metadata.annotations);
    await kubectl(plane, ['-n', namespace, 'delete', 'job', name, '--wait=false']);
  });

  it('keeps a Job as it was asked for', async () => {
    const wanted = jobOf(backupJob(backupOf({}, 'kept'), about, parties));
    const object = { ...wanted, metadata: { ...wanted.metadata, namespace } };
    const output = await kubectl(plane, ['create', '--dry-run=server', '-o', 'json', '-f', '-'], [object]);
    const kept = JSON.parse(output) as Job | { items: Job[] };
    const stored = 'items' in kept ? kept.items[0] : kept;
    expect(stored).toMatchObject(JSON.parse(JSON.stringify({ ...object, spec: withoutEmpty(object.spec) })));
  });
});

async function podOf(jobName: string): Promise<Pod | undefined> {
  const selector = `batch.kubernetes.io/job-name=${jobName}`;
  const text = await kubectl(plane, ['-n', namespace, 'get', 'pods', '-l', selector, '-o', 'json']);
  return (JSON.parse(text) as { items: Pod[] }).items[0];
}

/** Empty lists and maps are left out of what is stored. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one]) => [key, withoutEmpty(one)] as const);
  return Object.fromEntries(
    entries.filter(([, one]) => typeof one !== 'object' || one === null || Object.keys(one).length > 0),
  );
}
