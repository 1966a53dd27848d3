// SPDX-License-Identifier: Apache-2.0
// What may change on an object that is there: of the spec, and of the phase by hand.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { frozen } from '../../src/api/schema.ts';
import { kinds } from '../../src/api/index.ts';
import { Api, changed, objectWith, type Document } from './crds-api.ts';

// kubectl takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const api = new Api('crds-changed');
afterAll(() => api.stop());

/** By field: a value, and another one. Both legal beside all the others. */
type Values = Record<string, [first: unknown, second: unknown]>;

const runValues: Values = {
  limits: [{ concurrency: 4 }, { concurrency: 5 }],
  retry: [{ limit: 2 }, { limit: 4 }],
  deadline: ['2h', '120m'],
  startDeadline: ['2h', '3h'],
  deletionTimeout: ['5m', '6m'],
  job: [{ priorityClassName: 'a' }, { priorityClassName: 'a', labels: { b: 'c' } }],
};

const immutable: Record<string, { values: Values; advice: string }> = {
  MilvusBackupStorage: {
    values: { bucket: ['one', 'two'], prefix: ['one', 'one/two'] },
    advice: 'backups are known by it; make another MilvusBackupStorage',
  },
  MilvusBackup: {
    values: {
      instanceRef: [{ name: 'a' }, { name: 'b' }],
      storageRef: [{ name: 'a' }, { name: 'b' }],
      backupName: ['a', 'b'],
      include: [['a', 'b'], ['a']],
      exclude: [['c'], []],
      scope: ['MetadataOnly', 'Full'],
      flush: ['Serial', 'Skip'],
      gcPause: ['Off', 'BestEffort'],
      // Not Checksum, which does not go with MetadataOnly above.
      verify: ['Standard', 'Checksum'],
      onCollectionError: ['Skip', 'Fail'],
      ...runValues,
    },
    advice: 'make another MilvusBackup',
  },
  MilvusRestore: {
    values: {
      source: [{ backupRef: { name: 'a' } }, { storageRef: { name: 'a' }, backupName: 'a' }],
      instanceRef: [{ name: 'a' }, { name: 'b' }],
      include: [['a', 'b'], ['a']],
      exclude: [['c'], ['d']],
      rename: [{ suffix: '_a' }, { suffix: '_a', databases: { a: 'b' } }],
      existing: ['Skip', 'Fail'],
      scope: ['MetadataOnly', 'Full'],
      indexes: ['AutoIndex', 'AsInBackup'],
      load: ['All', 'None'],
      aliases: [false, true],
      properties: [false, true],
      allowPartial: [true, false],
      versionCheck: ['Warn', 'Strict'],
      verify: ['Imported', 'Count'],
      onFailure: ['RemoveCreated', 'Keep'],
      dryRun: [true, false],
      ...runValues,
    },
    advice: 'make another MilvusRestore',
  },
};

beforeAll(async () => {
  await api.start();
  for (const [kind, { values }] of Object.entries(immutable)) {
    const all = Object.fromEntries(Object.entries(values).map(([name, [first]]) => [name, first]));
    for (const object of [objectWith(kind, all, 'full'), objectWith(kind, {}, 'bare')]) {
      const made = await api.create(object);
      expect(made.status, made.message).toBe(201);
    }
  }
  expect((await api.create(objectWith('MilvusInstance', {}, 'full'))).status).toBe(201);
}, 180_000);

describe.each(Object.entries(immutable))('%s', (kind, { values, advice }) => {
  const schema = kinds.find((entry) => entry.kind.kind === kind)!.kind.spec;

  it('has rows for every field that a rule guards, and for no other', () => {
    const said = (schema['x-kubernetes-validations'] ?? []).filter(({ message }) =>
      / is immutable: /.test(message),
    );
    expect(new Set(said.map(({ fieldPath }) => fieldPath?.slice(1)))).toEqual(new Set(Object.keys(values)));
    expect(frozen(schema, [], 'x').length).toBeGreaterThan(said.length);
  });

  describe.each(Object.entries(values))('%s', (field, [first, second]) => {
    const refusal = `spec.${field}: Forbidden: ${field} is immutable: ${advice}`;

    it('cannot become another', async () => {
      // A merge patch would only add to an object.
      const body = await replaced('full', field, second);
      expect((await api.replace(body, '?dryRun=All')).message).toContain(refusal);
    });

    it('cannot go', async () => {
      const answer = await api.replace(await replaced('full', field, undefined), '?dryRun=All');
      const standard = schema.properties?.[field]?.default;
      const isRequired = schema.required?.includes(field);
      if (isRequired) expect(answer.message).toContain(`spec.${field}: Required value`);
      else if (JSON.stringify(standard) === JSON.stringify(first)) expect(answer.status).toBe(200);
      else expect(answer.message).toContain(refusal);
    });

    it('cannot come', async () => {
      const { body } = await api.get(kind, 'bare');
      const had = (body['spec'] as Document)[field];
      const other = JSON.stringify(had) === JSON.stringify(first) ? second : first;
      const answer = await api.replace(await replaced('bare', field, other), '?dryRun=All');
      expect(answer.message).toContain(refusal);
    });

    it('may be written again as it is', async () => {
      const answer = await api.tryPatch(kind, 'full', { spec: { [field]: first } });
      expect(answer.status, answer.message).toBe(200);
    });
  });

  async function replaced(name: string, field: string, value: unknown): Promise<Document> {
    const { body } = await api.get(kind, name);
    return changed(body, { [`spec.${field}`]: value });
  }
});

it('is told to a GitOps tool in the same words', async () => {
  const text = JSON.stringify(objectWith('MilvusBackup', { flush: 'Skip' }, 'bare'));
  const args = [
    'apply',
    '--server-side',
    '--field-manager=kustomize-controller',
    '--force-conflicts',
    '-f',
    '-',
  ];
  await expect(api.kubectl(['-n', api.namespace, ...args], text)).rejects.toThrow(
    'spec.flush: Forbidden: flush is immutable: make another MilvusBackup',
  );
});

describe('what may change', () => {
  it.each<[string, Document]>([
    ['MilvusInstance', { address: 'other:1', checkInterval: '0s', storage: { bucket: 'other' } }],
    [
      'MilvusBackupStorage',
      { accessMode: 'ReadOnly', endpoint: 'other', auth: { secretRef: { name: 'o' } } },
    ],
    ['MilvusBackupStorage', { checkInterval: '2h', job: { priorityClassName: 'a' } }],
    ['MilvusBackup', { deletionPolicy: 'Delete' }],
    ['MilvusBackup', { deletionPolicy: 'DeleteOnFailure' }],
    ['MilvusBackup', { cancel: true }],
    ['MilvusBackup', { ttl: '720h' }],
    ['MilvusBackup', { ttl: '1s' }],
    ['MilvusBackup', { ttl: null }],
    ['MilvusBackup', { hold: true }],
    ['MilvusBackup', { hold: false }],
    ['MilvusRestore', { cancel: true }],
  ])('%s %j', async (kind, spec) => {
    const answer = await api.tryPatch(kind, 'full', { spec });
    expect(answer.status, answer.message).toBe(200);
  });

  it('labels and annotations', async () => {
    const metadata = { labels: { a: 'b' }, annotations: { 'milvusbackup.dev/skip-cleanup': 'true' } };
    expect((await api.tryPatch('MilvusBackup', 'full', { metadata })).status).toBe(200);
  });
});

it('is decided within the budget of CEL at the bounds of everything', async () => {
  const patterns = (half: string) => Array.from({ length: 500 }, (_, i) => `${half.repeat(500)}.${i}`);
  const collections = Array.from({ length: 200 }, (_, i) => [
    `${'d'.repeat(255)}.c${i}`,
    `e.${'c'.repeat(250)}${i}`,
  ]);
  const annotations = Array.from({ length: 20 }, (_, i) => [`example.com/${i}`, 'a'.repeat(1024)]);
  const key = (i: number) => `${'k'.repeat(253)}/${'l'.repeat(60)}${i}`;
  const labels = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [key(i), 'v'.repeat(63)]));
  const podTerm = {
    topologyKey: key(0),
    labelSelector: {
      matchLabels: Object.fromEntries(Object.entries(labels).slice(0, 20)),
      matchExpressions: Array.from({ length: 10 }, (_, i) => ({
        key: key(i),
        operator: 'In',
        values: Array.from({ length: 50 }, (_, n) => `${'v'.repeat(250)}${n}`),
      })),
    },
  };
  const podAntiAffinity = {
    requiredDuringSchedulingIgnoredDuringExecution: Array.from({ length: 3 }, () => podTerm),
  };
  const spec = {
    include: patterns('a'),
    exclude: patterns('b'),
    rename: { collections: Object.fromEntries(collections) },
    job: { annotations: Object.fromEntries(annotations), labels, affinity: { podAntiAffinity } },
  };
  expect((await api.create(objectWith('MilvusRestore', spec, 'largest'))).status).toBe(201);
  const answer = await api.patch('MilvusRestore', 'largest', { spec: { cancel: true } });
  expect(answer.status, answer.message).toBe(200);
});

describe.each(['MilvusBackup', 'MilvusRestore'])('cancel of a %s', (kind) => {
  it.each([
    ['false', { cancel: false }],
    ['nothing', { cancel: null }],
  ])('never goes back to %s', async (_, spec) => {
    const name = `canceled-${_}`;
    await api.create(objectWith(kind, {}, name));
    expect((await api.patch(kind, name, { spec: { cancel: true } })).status).toBe(200);
    const answer = await api.patch(kind, name, { spec });
    expect(answer.status).toBe(422);
    expect(answer.message).toContain(
      'spec.cancel: Forbidden: cancel cannot be taken back: make another object',
    );
  });
});

describe('confirm of a MilvusRestore', () => {
  const name = 'confirmed';
  const confirm = async (value: string | null): Promise<{ status: number; message: string }> =>
    api.patch('MilvusRestore', name, { spec: { confirm: value } });

  it('may change as long as the restore has not ended, and not afterwards', async () => {
    expect((await api.create(objectWith('MilvusRestore', { existing: 'Drop' }, name))).status).toBe(201);
    for (const value of ['one', 'two', null, 'three']) expect((await confirm(value)).status).toBe(200);
    await api.patchStatus('MilvusRestore', name, { phase: 'AwaitingConfirmation' });
    expect((await confirm('four')).status).toBe(200);
    await api.patchStatus('MilvusRestore', name, { phase: 'Succeeded' });
    for (const value of ['five', null]) {
      const answer = await confirm(value);
      expect(answer.status).toBe(422);
      expect(answer.message).toContain('spec.confirm: Forbidden: the restore has ended');
    }
    // What else may be said of one that has ended may still be.
    expect((await api.patch('MilvusRestore', name, { spec: { cancel: true } })).status).toBe(200);
    expect((await api.patchStatus('MilvusRestore', name, { duration: '1s' })).status).toBe(200);
  });
});

describe('a phase moved by hand', () => {
  const words = {
    MilvusBackup: {
      open: ['Pending', 'Queued', 'Running', 'Verifying', 'Deleting'],
      terminal: ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'Expired', 'DeleteFailed'],
      out: ['Expired', 'Deleting', 'DeleteFailed'],
    },
    MilvusRestore: {
      open: ['Pending', 'Queued', 'Planning', 'AwaitingConfirmation', 'Running', 'Verifying'],
      terminal: ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled'],
      out: [] as string[],
    },
  };
  const rows = Object.entries(words).flatMap(([kind, { open, terminal, out }]) =>
    [...open, ...terminal].map((from) => ({ kind, from, open, terminal, out })),
  );

  it.each(rows)('$kind from $from', async ({ kind, from, open, terminal, out }) => {
    const name = `phase-${from.toLowerCase()}`;
    await api.create(objectWith(kind, {}, name));
    expect((await api.patchStatus(kind, name, { phase: from })).status).toBe(200);
    const isFinal = terminal.includes(from);
    for (const to of [...open, ...terminal]) {
      const answer = await api.replace(await withStatus(kind, name, { phase: to }), '/status?dryRun=All');
      const isAllowed = !isFinal || to === from || out.includes(to);
      expect(answer.status, `${from} to ${to}: ${answer.message}`).toBe(isAllowed ? 200 : 422);
      if (!isAllowed)
        expect(answer.message).toContain('status.phase: Forbidden: a phase that has ended the run is final');
    }
    for (const status of [{}, undefined]) {
      const answer = await api.replace(await withStatus(kind, name, status), '/status?dryRun=All');
      expect(answer.status, `${from} to ${JSON.stringify(status)}`).toBe(isFinal ? 422 : 200);
    }
    const rest = await api.patchStatus(kind, name, { duration: '1s', observedGeneration: 1 });
    expect(rest.status, rest.message).toBe(200);
  });

  it('does not move by a write to the object, only by one to its status', async () => {
    const body = await withStatus('MilvusBackup', 'full', { phase: 'Succeeded' });
    expect((await api.replace(body)).status).toBe(200);
    expect((await api.get('MilvusBackup', 'full')).body['status']).toEqual({ observedGeneration: -1 });
  });

  async function withStatus(kind: string, name: string, status: unknown): Promise<Document> {
    return { ...(await api.get(kind, name)).body, status };
  }
});
