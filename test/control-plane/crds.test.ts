// SPDX-License-Identifier: Apache-2.0
// The CRDs on a real API server: they are taken, they write their defaults, they print, they explain themselves.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { group, kinds, version, type Kind } from '../../src/api/index.ts';
import type { Schema } from '../../src/api/schema.ts';
import { Api, objectWith, smallest, type Document } from './crds-api.ts';

// kubectl takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const api = new Api('crds');
beforeAll(() => api.start(), 180_000);
afterAll(() => api.stop());

const tls = { enabled: true, insecureSkipVerify: false };
const secretRef = { name: 's', accessKeyKey: 'accesskey', secretKeyKey: 'secretkey' };
const store = { addressing: 'Auto', tls, auth: { secretRef } };
const run = {
  retry: { limit: 3, minBackoff: '30s', maxBackoff: '10m' },
  deadline: '6h',
  deletionTimeout: '10m',
  cancel: false,
};

const backupDefaults = {
  scope: 'Full',
  flush: 'Auto',
  gcPause: 'BestEffort',
  verify: 'Standard',
  onCollectionError: 'Fail',
  deletionPolicy: 'Retain',
};

/** What the server writes beside the smallest spec. Changing one changes objects that are stored already. */
const defaults: Record<string, Document> = {
  MilvusInstance: {
    tls: { mode: 'Disabled' },
    maxConcurrentBackups: 1,
    checkInterval: '1h',
    storage: { ...(smallest['MilvusInstance']?.['storage'] as Document), ...store },
  },
  MilvusBackupStorage: {
    ...store,
    accessMode: 'ReadWrite',
    checkInterval: '1h',
    sync: { mode: 'Off', interval: '1h', maxObjects: 500 },
  },
  MilvusBackup: { ...backupDefaults, hold: false, ...run },
  MilvusRestore: {
    existing: 'Fail',
    scope: 'Full',
    indexes: 'AsInBackup',
    load: 'AsInBackup',
    aliases: true,
    properties: true,
    allowPartial: false,
    versionCheck: 'Strict',
    verify: 'Imported',
    onFailure: 'Keep',
    dryRun: false,
    ...run,
  },
  MilvusBackupSchedule: {
    timeZone: 'UTC',
    suspend: false,
    immediate: false,
    concurrencyPolicy: 'Forbid',
    missedRuns: 'RunOnce',
    resumePolicy: 'NextSlot',
    ownership: 'None',
    retention: { minSuccessful: 1, failedHistory: 3, dryRun: false },
    template: { spec: templateDefaults() },
  },
};

/** As those of a MilvusBackup, without cancel. */
function templateDefaults(): Document {
  const { cancel: _, ...ofRun } = run;
  const given = smallest['MilvusBackupSchedule']?.['template'] as { spec: Document };
  return { ...given.spec, ...backupDefaults, ...ofRun };
}

describe.each(Object.entries(defaults))('%s', (kind, written) => {
  it('writes its defaults and no others, and is not yet seen', async () => {
    const { status, body, message } = await api.create(objectWith(kind, {}, 'defaults'));
    expect(status, message).toBe(201);
    expect(body['spec']).toEqual({ ...smallest[kind], ...written });
    expect(body['status']).toEqual({ observedGeneration: -1 });
  });

  it('fills in what is nested where part of it is given', async () => {
    const given = {
      'retry.limit': 5,
      'template.spec.retry.limit': 5,
      'storage.tls.insecureSkipVerify': true,
      'tls.insecureSkipVerify': true,
    };
    const own = Object.entries(given).filter(([path]) => fieldAt(kind, path));
    const { body } = await api.tryCreate(objectWith(kind, Object.fromEntries(own)));
    const spec = JSON.stringify(body['spec']);
    expect(spec).toContain(
      kind === 'MilvusBackupStorage' || kind === 'MilvusInstance' ? '"enabled":true' : '"limit":5',
    );
    expect(spec).not.toContain('"minBackoff":"1s"');
  });

  it('is applied again without a write', async () => {
    const text = JSON.stringify(objectWith(kind, {}, 'again'));
    const apply = () => api.kubectl(['-n', api.namespace, 'apply', '--server-side', '-f', '-'], text);
    await apply();
    // The default of the status is stored by the first write that finds the object there, and never again.
    await apply();
    const before = (await api.get(kind, 'again')).body;
    await apply();
    expect((await api.get(kind, 'again')).body).toEqual(before);
    expect(before['metadata']).toMatchObject({ generation: 1 });
    expect(await api.kubectl(['-n', api.namespace, 'diff', '--server-side', '-f', '-'], text)).toBe('');
  });
});

describe('columns', () => {
  const time = '2026-01-02T03:04:05Z';
  const condition = (type: string, status: string) => ({
    type,
    status,
    reason: 'InProgress',
    message: 'm',
    lastTransitionTime: time,
  });
  const done = { summary: '9/12' };
  const progress = { percent: 75 };
  const attempts = [{ number: 1 }, { number: 2 }];
  const conditions = [condition('Ready', 'False'), condition('StorageMatches', 'Unknown')];
  const bytes = 2 ** 53 - 1;

  it.each<[string, Document, string[], unknown[]]>([
    [
      'MilvusInstance',
      { conditions, version: '2.6.8', lastCheckTime: time },
      ['Name', 'Ready', 'Version', 'Storage', 'Checked', 'Age'],
      ['columns', 'False', '2.6.8', 'Unknown', expect.any(String), expect.any(String)],
    ],
    [
      'MilvusBackupStorage',
      { conditions, backups: 3, bytes, lastCheckTime: time },
      ['Name', 'Ready', 'Provider', 'Bucket', 'Access', 'Backups', 'Checked', 'Age'],
      ['columns', 'False', 'Minio', 'b', 'ReadWrite', 3, expect.any(String), expect.any(String)],
    ],
    [
      'MilvusBackup',
      {
        phase: 'Running',
        conditions,
        collections: done,
        size: { bytes, summary: '4 KiB' },
        progress,
        attempts,
        duration: '3m',
        expirationTime: time,
      },
      'Name Phase Instance Collections Size Progress Expires Age (Storage) (Reason) (Duration) (Attempts)'.split(
        ' ',
      ),
      ['columns', 'Running', 'i', '9/12', '4 KiB', 75, time, expect.any(String), 's', 'InProgress', '3m', 2],
    ],
    [
      'MilvusRestore',
      { phase: 'Planning', instance: 'i', collectionCounts: done, progress, confirmationToken: 'abc' },
      ['Name', 'Phase', 'Source', 'Instance', 'Collections', 'Progress', '(Confirm)', 'Age'],
      ['columns', 'Planning', 'b', 'i', '9/12', 75, 'abc', expect.any(String)],
    ],
    [
      'MilvusBackupSchedule',
      {
        conditions: [
          ...conditions,
          condition('LastBackupSucceeded', 'True'),
          condition('Overdue', 'Unknown'),
        ],
        lastScheduleTime: time,
        nextScheduleTimes: [time, time],
        lastBackup: 'b',
      },
      'Name Schedule Zone Suspend Last Next Succeeded Age (Ready) (Overdue) (Backup)'.split(' '),
      [
        'columns',
        '0 3 * * *',
        'UTC',
        false,
        expect.any(String),
        time,
        'True',
        expect.any(String),
        'False',
        'Unknown',
        'b',
      ],
    ],
  ])('of %s', async (kind, status, columns, cells) => {
    await api.create(objectWith(kind, {}, 'columns'));
    const patched = await api.patchStatus(kind, 'columns', status);
    expect(patched.status, patched.message).toBe(200);
    const table = await api.table(kind);
    expect(table.columns).toEqual(columns);
    expect(table.rows.find(([name]) => name === 'columns')).toEqual(cells);
  });

  it('name the backup where a restore names no MilvusBackup', async () => {
    const source = { storageRef: { name: 's' }, backupName: 'nightly_1' };
    await api.create(objectWith('MilvusRestore', { source, 'instanceRef.name': 'i' }, 'by-name'));
    const { rows } = await api.table('MilvusRestore');
    expect(rows.find(([name]) => name === 'by-name')?.[2]).toBe('nightly_1');
  });
});

describe('a status', () => {
  it.each(kinds.map(({ kind }) => [kind.kind, kind] as const))(
    'of %s is taken when full',
    async (_, kind) => {
      await api.create(objectWith(kind.kind, {}, 'full'));
      const status = fullest(kind.status) as Document;
      const answer = await api.patchStatus(kind.kind, 'full', status);
      expect(answer.status, answer.message).toBe(200);
      expect(answer.body['status']).toEqual(status);
    },
  );

  it('takes a phase that only a newer operator knows', async () => {
    await api.create(objectWith('MilvusBackup', {}, 'newer'));
    expect((await api.patchStatus('MilvusBackup', 'newer', { phase: 'Transcending' })).status).toBe(200);
  });

  it('holds a condition of each type once', async () => {
    await api.create(objectWith('MilvusBackup', {}, 'conditions'));
    const [one] = (fullest(kinds[2]!.kind.status) as { conditions: Document[] }).conditions;
    const answer = await api.patchStatus('MilvusBackup', 'conditions', { conditions: [one, one] });
    expect(answer.message).toContain('Duplicate value');
  });
});

describe('discovery', () => {
  it('has short names and categories', async () => {
    const lines = (await api.kubectl(['api-resources', `--api-group=${group}`, '-o', 'wide', '--no-headers']))
      .trim()
      .split('\n');
    const found = lines
      .map((line) => line.split(/\s+/))
      .map(([plural, short, , , kind, , categories]) => ({
        plural,
        short,
        kind,
        categories,
      }));
    const wanted = kinds.map(({ kind }) => ({
      plural: kind.plural,
      short: kind.shortName,
      kind: kind.kind,
      categories: 'milvus,backup',
    }));
    expect(found.sort(byPlural)).toEqual(wanted.sort(byPlural));
  });
});

describe.each(kinds.map(({ kind }) => [kind.kind, kind] as const))('kubectl explain %s', (_, kind) => {
  it('says something of every field', async () => {
    const of = `--api-version=${group}/${version}`;
    for (const [path, schema] of pathsOf(kind)) {
      if (schema.properties === undefined) continue;
      const text = await api.kubectl(['explain', `${kind.plural}.${path}`, of]);
      expect(text, path).not.toMatch(/<empty>|<no description>/);
      // Each field's first line is followed by its description, indented by two more.
      for (const name of Object.keys(schema.properties)) {
        expect(text, `${path}.${name}`).toMatch(
          new RegExp(`^ {2}${name}\\t<.*\\n(?: {2}(?:enum|possible).*\\n)? {4}\\S`, 'm'),
        );
      }
    }
  });
});

/** A value of every field, with lists of one, at the bounds of what is written in numbers. */
function fullest(schema: Schema): unknown {
  if (schema.properties) {
    return Object.fromEntries(
      Object.entries(schema.properties).map(([name, field]) => [name, fullest(field)]),
    );
  }
  if (schema.items) return [fullest(schema.items)];
  if (schema.format === 'date-time') return '2026-01-02T03:04:05Z';
  if (schema.type === 'integer') return schema.format === 'int64' ? Number.MAX_SAFE_INTEGER : 1;
  return 'x'.repeat(schema.maxLength ?? 0);
}

/** The paths of the objects of a kind; each shape once per depth of two below `job`, which is the same everywhere. */
function pathsOf(kind: Kind): [string, Schema][] {
  const isLong = (path: string) =>
    kind.kind !== 'MilvusBackup' && /^spec\.(template\.spec\.)?job\./.test(path);
  return [...below('spec', kind.spec), ...below('status', kind.status)].filter(([path]) => !isLong(path));
}

function below(path: string, schema: Schema): [string, Schema][] {
  const shape = schema.items ?? schema;
  const inner = Object.entries(shape.properties ?? {}).flatMap(([name, field]) =>
    below(`${path}.${name}`, field),
  );
  return shape.properties ? [[path, shape], ...inner] : [];
}

function fieldAt(kind: string, path: string): Schema | undefined {
  const spec = kinds.find((entry) => entry.kind.kind === kind)?.kind.spec;
  return path.split('.').reduce<Schema | undefined>((schema, name) => schema?.properties?.[name], spec);
}

function byPlural(a: { plural?: string | undefined }, b: { plural?: string | undefined }): number {
  return (a.plural ?? '').localeCompare(b.plural ?? '');
}
