// SPDX-License-Identifier: Apache-2.0
// The Job around the engine: names, labels, policies, the pod, what chart and object may say of it.
import { describe, expect, it } from 'vitest';
import type { JobOverrides } from '../../../src/api/index.ts';
import {
  backupJob,
  cleanupJob,
  deleteJob,
  instanceCheckJob,
  restoreJob,
  storageCheckJob,
  type Built,
} from '../../../src/plan/jobs.ts';
import { generationOf, isOurs, numberOf, roleOf } from '../../../src/plan/labels.ts';
import { jobBase } from '../../../src/plan/names.ts';
import type { Settings } from '../../../src/plan/settings.ts';
import {
  backupOf,
  instanceOf,
  jobOf,
  problemOf,
  restoreOf,
  settings,
  storageOf,
  templateOf,
} from './job-samples.ts';

const parties = { instance: instanceOf(), storage: storageOf(), settings };
const about = { attempt: 2, backupName: 'b' };

const built: [
  string,
  Built,
  { suffix: string; role: string; object: { metadata: { name: string; uid: string } } },
][] = [
  ['a backup', backupJob(backupOf(), about, parties), { suffix: '2', role: 'run', object: backupOf() }],
  ['a restore', restoreJob(restoreOf(), about, parties), { suffix: '2', role: 'run', object: restoreOf() }],
  [
    'a cleanup',
    cleanupJob(backupOf(), { number: 3, backupName: 'b', data: true }, parties),
    { suffix: 'c3', role: 'cleanup', object: backupOf() },
  ],
  [
    'a cleanup of a restore',
    cleanupJob(restoreOf(), { number: 3, data: false }, parties),
    { suffix: 'c3', role: 'cleanup', object: restoreOf() },
  ],
  [
    'a deletion',
    deleteJob(backupOf(), { number: 1, backupName: 'b' }, parties),
    { suffix: 'c1', role: 'delete', object: backupOf() },
  ],
  [
    'a check of an instance',
    instanceCheckJob(instanceOf(), { number: 9 }, settings),
    { suffix: 'k9', role: 'check', object: instanceOf() },
  ],
  [
    'a check of a storage',
    storageCheckJob(storageOf(), { number: 9 }, settings),
    { suffix: 'k9', role: 'check', object: storageOf() },
  ],
];

describe('the Job of', () => {
  it.each(built)(
    '%s is found again by name and labels, and goes with its object',
    (_, made, { suffix, role, object }) => {
      const job = jobOf(made);
      expect(job.metadata).toMatchObject({
        name: `${jobBase(object)}-${suffix}`,
        namespace: 'team',
        ownerReferences: [
          {
            apiVersion: 'milvusbackup.dev/v1alpha1',
            name: object.metadata.name,
            uid: object.metadata.uid,
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      });
      expect(roleOf(job)).toBe(role);
      expect(numberOf(job)).toBe(Number(suffix.replace(/\D/, '')));
      expect(generationOf(job)).toBe(role === 'check' ? 4 : undefined);
      expect(isOurs(job, object)).toBe(true);
      expect(templateOf(made).metadata.labels).toEqual(job.metadata.labels);
    },
  );

  it('an object that is being deleted belongs to nobody, or its removal would take the Job along', () => {
    const backup = backupOf();
    backup.metadata.deletionTimestamp = '2026-01-02T00:00:00Z';
    const job = jobOf(deleteJob(backup, { number: 1, backupName: 'b' }, parties));
    expect(job.metadata).not.toHaveProperty('ownerReferences');
    expect(job.spec.ttlSecondsAfterFinished).toBe(3600);
    expect(isOurs(job, backup)).toBe(true);
  });

  it.each(built)('%s is never repeated by Kubernetes', (_, made) => {
    const { spec } = jobOf(made);
    expect(spec).toMatchObject({
      backoffLimit: 0,
      podReplacementPolicy: 'Failed',
      podFailurePolicy: {
        rules: [
          { action: 'FailJob', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] },
          {
            action: 'FailJob',
            onExitCodes: { containerName: 'engine', operator: 'In', values: [2, 3, 4, 5] },
          },
        ],
      },
    });
    for (const field of ['ttlSecondsAfterFinished', 'activeDeadlineSeconds', 'suspend']) {
      expect(spec).not.toHaveProperty(field);
    }
  });

  it.each(built)('%s has a pod of the restricted profile without rights', (_, made) => {
    const { metadata, spec } = templateOf(made);
    expect(spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        seccompProfile: { type: 'RuntimeDefault' },
      },
    });
    expect(spec.containers).toHaveLength(1);
    expect(spec.containers[0]).toMatchObject({
      name: 'engine',
      image: settings.image,
      resources: settings.resources,
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      securityContext: {
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    });
    expect(spec.containers[0]).not.toHaveProperty('command');
    expect(spec).not.toHaveProperty('serviceAccountName');
    expect(metadata.labels['sidecar.istio.io/inject']).toBe('false');
    expect(metadata.annotations).toMatchObject({
      'sidecar.istio.io/inject': 'false',
      'linkerd.io/inject': 'disabled',
    });
  });

  it.each(built)('%s mounts its configuration, a bounded /tmp, and each file for reading only', (_, made) => {
    const { volumes, containers } = templateOf(made).spec;
    const [configuration, tmp, ...keys] = volumes;
    expect(configuration).toMatchObject({
      downwardAPI: {
        items: [
          {
            path: 'backup.yaml',
            fieldRef: { fieldPath: "metadata.annotations['milvusbackup.dev/configuration']" },
          },
        ],
      },
    });
    expect(tmp).toMatchObject({ emptyDir: { sizeLimit: '2Gi' } });
    for (const { name: _name, ...source } of keys) {
      expect(Object.values(source)).toEqual([
        expect.objectContaining({ optional: false, defaultMode: 0o440, items: expect.any(Array) }),
      ]);
    }
    const mounts = containers[0]['volumeMounts'] as Record<string, unknown>[];
    expect(mounts.map(({ name }) => name)).toEqual(volumes.map(({ name }) => name));
    for (const mount of mounts) {
      expect(mount).not.toHaveProperty('subPath');
      if (mount['name'] !== 'tmp') expect(mount).toMatchObject({ readOnly: true });
    }
  });

  it.each(built)('%s is the same whenever it is asked for', (_, made) => {
    expect(JSON.parse(JSON.stringify(made))).toEqual(made);
    const again = backupJob(backupOf(), about, parties);
    expect(again).toEqual(backupJob(backupOf(), about, parties));
  });
});

describe('what chart and object say of a Job', () => {
  const jobWith = (job: JobOverrides, chart: Partial<Settings> = {}): Built =>
    backupJob(backupOf({ job }), about, { ...parties, settings: { ...settings, ...chart } });

  it('comes together, the object over the chart', () => {
    const affinity = { nodeAffinity: {} };
    const spread = [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' as const }];
    const made = jobWith(
      {
        nodeSelector: { disk: 'fast', zone: 'b' },
        tolerations: [{ key: 'b' }],
        imagePullSecrets: [{ name: 'pull-b' }, { name: 'pull-a' }],
        priorityClassName: 'high',
        runtimeClassName: 'gvisor',
        affinity,
        topologySpreadConstraints: spread,
        labels: { team: 'b' },
        annotations: { note: 'b' },
      },
      {
        nodeSelector: { zone: 'a', os: 'linux' },
        tolerations: [{ key: 'a' }],
        imagePullSecrets: [{ name: 'pull-a' }],
        priorityClassName: 'low',
        labels: { team: 'a', stage: 'test' },
        annotations: { note: 'a', other: 'a' },
        env: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
      },
    );
    const { metadata, spec } = templateOf(made);
    expect(spec).toMatchObject({
      nodeSelector: { disk: 'fast', zone: 'b', os: 'linux' },
      tolerations: [{ key: 'a' }, { key: 'b' }],
      imagePullSecrets: [{ name: 'pull-a' }, { name: 'pull-b' }],
      priorityClassName: 'high',
      runtimeClassName: 'gvisor',
      affinity,
      topologySpreadConstraints: spread,
    });
    expect(spec.containers[0].env).toEqual([{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }]);
    for (const { labels, annotations } of [metadata, jobOf(made).metadata]) {
      expect(labels).toMatchObject({ team: 'b', stage: 'test' });
      expect(annotations).toMatchObject({ note: 'b', other: 'a' });
    }
  });

  it('never takes the place of what is ours', () => {
    const ours = jobWith({});
    const greedy = Object.fromEntries([
      ...Object.keys(jobOf(ours).metadata.labels ?? {}).map((key) => [key, 'mine']),
      ['azure.workload.identity/use', 'true'],
    ]) as Record<string, string>;
    const annotations = {
      'milvusbackup.dev/configuration': 'mine',
      'linkerd.io/inject': 'enabled',
      'sidecar.istio.io/inject': 'true',
    };
    for (const made of [
      jobWith({ labels: greedy, annotations }),
      jobWith({}, { labels: greedy, annotations }),
    ]) {
      const { metadata } = templateOf(made);
      expect(metadata.labels).toEqual({
        ...templateOf(ours).metadata.labels,
        'azure.workload.identity/use': 'true',
      });
      expect(metadata.annotations).toEqual(templateOf(ours).metadata.annotations);
    }
  });

  it('never reaches beyond the closed list', () => {
    const more = { serviceAccountName: 'admin', hostNetwork: true, containers: [], volumes: [], image: 'x' };
    const made = jobWith(more as never);
    expect(templateOf(made).spec).toEqual(templateOf(jobWith({})).spec);
  });

  it.each<[string, NonNullable<JobOverrides['resources']>, unknown]>([
    [
      'a request',
      { requests: { memory: '512Mi' } },
      { requests: { cpu: '250m', memory: '512Mi' }, limits: { cpu: '2', memory: '1Gi' } },
    ],
    [
      'a limit, which is the request too',
      { limits: { memory: '128Mi' } },
      { requests: { cpu: '250m' }, limits: { cpu: '2', memory: '128Mi' } },
    ],
    [
      'both, and more',
      { requests: { memory: '2Gi' }, limits: { memory: '4Gi', 'ephemeral-storage': '5Gi' } },
      {
        requests: { cpu: '250m', memory: '2Gi' },
        limits: { cpu: '2', memory: '4Gi', 'ephemeral-storage': '5Gi' },
      },
    ],
  ])('of resources is %s', (_, resources, expected) => {
    expect(templateOf(jobWith({ resources })).spec.containers[0]['resources']).toEqual(expected);
  });

  it('may be authorities that every Job trusts', () => {
    const caBundle = '-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n';
    const { metadata, spec } = templateOf(
      jobWith({}, { caBundle, env: [{ name: 'NO_PROXY', value: '.svc' }] }),
    );
    expect(metadata.annotations['milvusbackup.dev/ca-bundle']).toBe(caBundle);
    expect(spec.containers[0].env).toEqual([
      { name: 'NODE_EXTRA_CA_CERTS', value: '/etc/milvus-backup/ca-bundle.crt' },
      { name: 'NO_PROXY', value: '.svc' },
    ]);
    expect(spec.volumes[0]).toMatchObject({
      downwardAPI: {
        items: [
          { path: 'backup.yaml' },
          {
            path: 'ca-bundle.crt',
            fieldRef: { fieldPath: "metadata.annotations['milvusbackup.dev/ca-bundle']" },
          },
        ],
      },
    });
  });

  it('is taken from the object that the Job is of', () => {
    const job = { priorityClassName: 'own' };
    const instance = instanceOf({ job });
    const storage = storageOf({ job });
    expect(templateOf(instanceCheckJob(instance, { number: 1 }, settings)).spec).toMatchObject(job);
    expect(templateOf(storageCheckJob(storage, { number: 1 }, settings)).spec).toMatchObject(job);
    const run = backupJob(backupOf(), about, { instance, storage, settings });
    expect(templateOf(run).spec).not.toHaveProperty('priorityClassName');
  });
});

describe('what is too large', () => {
  const patterns = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `${String(i).padStart(4, '0')}${'x'.repeat(508)}`);

  it('is a selection of more than 200 KiB', () => {
    expect(backupJob(backupOf({ include: patterns(385) }), about, parties)).toHaveProperty('job');
    const problem = problemOf(backupJob(backupOf({ include: patterns(400) }), about, parties));
    expect(problem.reason).toBe('InvalidConfiguration');
    expect(problem.message).toMatch(
      /takes 20\d KiB, and 200 KiB is the most: shorten include, exclude and rename/,
    );
  });

  it('is counted in bytes', () => {
    const include = patterns(200).map((one) => one.replaceAll('x', 'é'));
    expect(problemOf(backupJob(backupOf({ include }), about, parties)).reason).toBe('InvalidConfiguration');
  });

  it('is a rename of more than 200 KiB', () => {
    const collections = Object.fromEntries(patterns(200).map((one) => [`a.${one}`, `b.${one}`]));
    const made = restoreJob(restoreOf({ rename: { collections } }), about, parties);
    expect(problemOf(made).reason).toBe('InvalidConfiguration');
  });

  it('are annotations of more than 256 KiB together', () => {
    const annotations = { note: 'x'.repeat(100 * 1024) };
    const chart = { ...settings, annotations };
    const made = backupJob(backupOf({ include: patterns(380) }), about, { ...parties, settings: chart });
    expect(problemOf(made).message).toMatch(
      /annotations of the Job's pod take \d+ KiB, and 256 KiB is the most/,
    );
  });
});

describe('what is missing', () => {
  it.each<[string, Built, string | undefined]>([
    [
      'an instance for a backup',
      backupJob(backupOf(), about, { ...parties, instance: undefined as never }),
      'InstanceNotFound',
    ],
    [
      'a storage for a backup',
      backupJob(backupOf(), about, { instance: instanceOf(), settings }),
      'StorageNotFound',
    ],
    [
      'a storage for a restore',
      restoreJob(restoreOf(), about, { instance: instanceOf(), settings }),
      'StorageNotFound',
    ],
    [
      'a storage for a deletion',
      deleteJob(backupOf(), { number: 1, backupName: 'b' }, { settings }),
      'StorageNotFound',
    ],
    [
      'an instance for a deletion',
      deleteJob(backupOf(), { number: 1, backupName: 'b' }, { storage: storageOf(), settings }),
      undefined,
    ],
    [
      'an instance for the cleanup of a backup',
      cleanupJob(backupOf(), { number: 1, data: true }, { storage: storageOf(), settings }),
      undefined,
    ],
    [
      'an instance for the cleanup of a restore',
      cleanupJob(restoreOf(), { number: 1, data: true }, { storage: storageOf(), settings }),
      'InstanceNotFound',
    ],
    [
      'a storage for the cleanup of a restore',
      cleanupJob(restoreOf(), { number: 1, data: true }, { instance: instanceOf(), settings }),
      undefined,
    ],
  ])('%s', (_, made, reason) => {
    expect('problem' in made ? made.problem.reason : undefined).toBe(reason);
  });
});
