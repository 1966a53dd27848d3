// SPDX-License-Identifier: Apache-2.0
// Backups that are no longer what was written, or never were one of ours: each is a copy of a good backup with one thing
// changed. Whatever it is, it is found before anything is made in Milvus; what only Milvus can find, by its import.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { Reason } from '../../src/base/reason.ts';
import { startStoreProxy, type Fault } from '../lab/store-proxy.ts';
import { connect } from '../support/collection.ts';
import {
  expectDone,
  expectNoTrace,
  expectOnlyLedger,
  expectRefused,
  makeTiny,
  openBench,
  temporaries,
  type Told,
} from '../support/bad-bench.ts';

const lab = inject('lab');
const bench = openBench(lab, 'backup');
const { backupBucket } = lab.minio;
const name = 'bad_backup';
const place = () => ({ client, bucket: lab.milvus.source.bucket });
/** Of the good backup: path below its folder to content. */
const files = new Map<string, Buffer>();
let client: MilvusClient;
let copies = 0;

beforeAll(async () => {
  client = await connect(lab.milvus.source.address);
  await makeTiny(client, name);
  expectDone(await bench.run(bench.document(), ['create', '-n', 'good', '--include', name]));
  await client.dropCollection({ collection_name: name });
  for (const key of (await bench.backup('good')).keys()) {
    files.set(key.slice(`${bench.prefix}/good/`.length), await bench.buckets.read(backupBucket, key));
  }
});

afterAll(async () => {
  await client?.dropCollection({ collection_name: name });
  await client?.closeConnection();
  await bench.close();
});

/** The new content of a file; 'gone' removes it, undefined leaves it. */
type Damage = (path: string, content: Buffer) => Buffer | string | undefined;

/** As the established tool writes them: without anything of ours. */
const theirs =
  (damage: Damage): Damage =>
  (path, content) =>
    path.startsWith('milvusbackup.dev/') ? 'gone' : damage(path, content);

const inFile =
  (file: string, change: (text: string) => string): Damage =>
  (path, content) =>
    path === file ? change(content.toString()) : undefined;

const inFull = (change: (text: string) => string): Damage => inFile('meta/full_meta.json', change);

/** A change that must be one: a pattern that no longer fits would test nothing. */
const swap =
  (from: string | RegExp, to: string): ((text: string) => string) =>
  (text) => {
    const changed = text.replace(from, to);
    expect(changed).not.toBe(text);
    return changed;
  };

const half = (text: string): string => text.slice(0, text.length >> 1);

/** Restores a damaged copy and sees that neither Milvus nor the copy was touched. */
async function restoreDamaged(damage: Damage, args: string[] = []): Promise<{ told: Told; dir: string }> {
  const copy = `damaged_${++copies}`;
  const dir = `${bench.prefix}/${copy}/`;
  for (const [path, content] of files) {
    const changed = damage(path, content) ?? content;
    if (changed !== 'gone') await bench.buckets.write(backupBucket, dir + path, changed);
  }
  const before = await bench.backup(copy);
  const told = await bench.run(bench.document(), ['restore', '-n', copy, ...args]);
  expect(await bench.backup(copy)).toEqual(before);
  const names = (await client.showCollections({})).data.map((one) => one.name);
  expect(names).not.toContain(name);
  return { told, dir };
}

const full = 'meta/full_meta.json';
const manifest = 'milvusbackup.dev/manifest.json';
const put = 'Put the file back as it was written, or restore another backup';

// Invariant: nothing is restored from a backup that is not whole.
describe('[FM-25] a meta file that is', () => {
  const cases: [string, Damage, string, (string | RegExp)[]][] = [
    ['no JSON', theirs(inFull(() => '<html>404</html>')), full, [/is not JSON|ends too early|at byte/]],
    ['empty', theirs(inFull(() => '')), full, ['ends too early, after 0 bytes']],
    ['cut off, theirs', theirs(inFull(half)), full, [/ends too early, after \d+ bytes/]],
    [
      'cut off by a byte, ours',
      inFull((text) => text.slice(0, -1)),
      full,
      [/ends too early, after \d+ bytes/],
    ],
    ['of a wrong type', theirs(inFull(swap('"size":', '"size":"x","was":'))), full, [/found the text "x"/]],
    [
      'changed by one digit, ours',
      inFull(swap('"num_of_rows":40', '"num_of_rows":41')),
      full,
      [/has SHA-256 [0-9a-f]{64}, not [0-9a-f]{64} as the manifest of the backup says/, 'changed or damaged'],
    ],
    [
      'changed in a level file, ours',
      inFile('meta/segment_meta.json', swap('"num_of_rows":40', '"num_of_rows":41')),
      'meta/segment_meta.json',
      [/has SHA-256 [0-9a-f]{64}, not/, 'changed or damaged'],
    ],
    [
      'missing, a level file of ours',
      (path) => (path === 'meta/segment_meta.json' ? 'gone' : undefined),
      'meta/segment_meta.json',
      ['is missing, although the manifest of the backup names it'],
    ],
    [
      'cut off, a level file of theirs, and the whole one missing',
      theirs((path, content) => {
        if (path === full) return 'gone';
        return path === 'meta/segment_meta.json' ? half(content.toString()) : undefined;
      }),
      'meta/segment_meta.json',
      [/ends too early, after \d+ bytes/],
    ],
    ['no JSON, the manifest', inFile(manifest, () => '{'), manifest, ['is not JSON']],
    ['of another version, the manifest', inFile(manifest, swap('"v":1', '"v":9')), manifest, ['expected 1']],
    [
      'at odds with itself',
      theirs(inFull(swap(/("segment_id":\d+,"collection_id":)\d+/, '$17'))),
      full,
      [`collection default.${name}: segment`, 'says it belongs to collection 7'],
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, damage, file, says) => {
    const { told, dir } = await restoreDamaged(damage);
    expectRefused(told, {
      code: 3,
      reason: 'BackupUnreadable',
      says: [`s3://${backupBucket} at`, dir + file, ...says, 'Nothing was restored', put],
    });
    await expectNoTrace(bench, told, place());
  });

  it('missing, the one that is written last', async () => {
    const { told, dir } = await restoreDamaged((path) => (path === full ? 'gone' : undefined));
    expectRefused(told, {
      code: 3,
      reason: 'BackupUnreadable',
      says: [dir, 'meta/full_meta.json, which is written last, is not there', 'milvus-backup delete'],
    });
    await expectNoTrace(bench, told, place());
  });
});

describe('a meta file that may not be read', () => {
  it.each(['meta/full_meta.json', 'meta/segment_meta.json', manifest])('%s', async (file) => {
    const faults: Fault[] = [
      { kind: 'answer', status: 403, code: 'AccessDenied', verbs: ['get'], keys: new RegExp(`${file}$`) },
    ];
    const proxy = await startStoreProxy({ upstream: lab.minio.endpoint, faults });
    const [address, port] = proxy.endpoint.split(':');
    const document = bench.document('source', ({ backup }) =>
      Object.assign(backup.storage, { address, port: Number(port) }),
    );
    const told = await bench.run(document, ['restore', '-n', 'good']);
    await proxy.close();
    expectRefused(told, {
      code: 1,
      reason: 'CredentialsRejected',
      says: [
        `Could not read s3://${backupBucket}/${bench.prefix}/good/${file} at ${proxy.endpoint}`,
        'access was denied, s3:GetObject is missing',
        'Grant s3:GetObject on this bucket',
      ],
    });
    await expectNoTrace(bench, told, place());
  });
});

describe('a path that leads out of its folder, in', () => {
  const cases: [string, Damage, string, (string | RegExp)[]][] = [
    [
      'the name of a collection',
      theirs(inFull(swap(`"collection_name":"${name}"`, '"collection_name":"../../x"'))),
      full,
      [`the collection name "../../x" has an element '.' or '..'`],
    ],
    [
      'the name of a database',
      theirs(inFull(swap('"collection_name":', '"db_name":"..","collection_name":'))),
      full,
      [`the database name ".." has an element '.' or '..'`],
    ],
    [
      'the name of a partition',
      theirs(inFull(swap('"partition_name":"_default"', '"partition_name":"../../x"'))),
      full,
      [`collection default.${name}: the partition name "../../x" has an element '.' or '..'`],
    ],
    [
      'the name of the backup',
      theirs(inFull(swap('"name":"good"', '"name":"../good"'))),
      full,
      [`the backup name "../good" has an element '.' or '..'`],
    ],
    [
      'the path of a log',
      theirs(inFull(swap(/"log_path":"(\w+)\//, '"log_path":"$1/../../'))),
      full,
      [
        /segment_backups\[0\]\.binlogs\[0\]\.binlogs\[0\]/,
        /found the log_path "\w+\/\.\.\/\.\.\//,
        'plain path',
      ],
    ],
    [
      'the id of a segment',
      theirs(inFull(swap(/"segment_id":(\d+)/, '"segment_id":"../../$1"'))),
      full,
      [/at \.collection_backups\[0\]\S+segment_id: found the text "\.\.\/\.\.\/\d+"/],
    ],
    [
      'a file of the manifest',
      inFile(manifest, swap('"path":"meta/segment_meta.json"', '"path":"../good/meta/segment_meta.json"')),
      manifest,
      [`the path "../good/meta/segment_meta.json" has an element '.' or '..'`],
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, damage, file, says) => {
    const { told, dir } = await restoreDamaged(damage);
    expectRefused(told, {
      code: 3,
      reason: 'BackupUnreadable',
      says: [`s3://${backupBucket} at`, dir + file, ...says, 'Nothing was restored', put],
    });
    await expectNoTrace(bench, told, place());
  });
});

// Invariant: nothing is restored from a backup that is not whole, and the object is named.
describe('[FM-25] an object', () => {
  const ofField = (path: string, field: number): boolean => path.includes(`/${field}/`);
  const withoutOne: Damage = (path) => (ofField(path, 100) ? 'gone' : undefined);
  const garbled: Damage = (path, content) =>
    ofField(path, 101) ? Buffer.alloc(content.length, 7) : undefined;
  const cases: [string, Damage, number, Reason, RegExp][] = [
    ['missing, ours', withoutOne, 100, 'ObjectMissing', /is missing/],
    ['missing, theirs', theirs(withoutOne), 100, 'ObjectMissing', /is missing/],
    [
      'cut off',
      (path, content) => (ofField(path, 100) ? content.subarray(0, -1) : undefined),
      100,
      'ChecksumMismatch',
      /has (\d+) bytes instead of (\d+)/,
    ],
    [
      'other content, ours',
      garbled,
      101,
      'ChecksumMismatch',
      /is not what was backed up: MD5 [0-9a-f]{32}, not/,
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, damage, field, reason, found) => {
    const { told, dir } = await restoreDamaged(damage);
    const [path = ''] = [...files.keys()].filter((one) => ofField(one, field));
    const says = [`s3://${backupBucket} at`, dir + path, found];
    const advice = ['Restore another backup', `or leave default.${name} out with --exclude`];
    expectRefused(told, { code: 3, reason, says: [...says, 'nothing was restored', ...advice] });
    await expectNoTrace(bench, told, place());
    const verified = await bench.run(bench.document(), ['verify', '-n', dir.split('/').at(-2)!]);
    expect({ code: verified.code, reason: verified.result?.['reason'] }).toEqual({ code: 3, reason });
    expect(verified.stdout).toContain(path);
  });

  it('too many, where Milvus would import it', async () => {
    const { dir: clean } = await restoreDamaged(() => undefined, ['--dry-run']);
    const [path = ''] = [...files.keys()].filter((one) => ofField(one, 100));
    const extra = path.replace(/[^/]+$/, '1');
    await bench.buckets.write(backupBucket, clean + extra, 'not of this backup');
    const told = await bench.run(bench.document(), ['restore', '-n', clean.split('/').at(-2)!]);
    expect(told.code).toBe(3);
    expect(told.result?.['reason']).toMatch(/^(ObjectMissing|BackupUnreadable)$/);
    expect(told.result?.['message']).toContain(clean);
    await expectNoTrace(bench, told, place());
  });

  it('that only Milvus can see is no log: the import fails', async () => {
    const { told, dir } = await restoreDamaged(theirs(garbled));
    const [path = ''] = [...files.keys()].filter((one) => ofField(one, 101));
    expectRefused(told, {
      code: 1,
      reason: 'ImportFailed',
      says: [
        new RegExp(`^default\\.${name}, group \\d+/\\d+: import job \\d+: parse magic number failed`),
        `restore again with --run-id ${told.runId}`,
        `milvus-backup cleanup --run-id ${told.runId}`,
      ],
    });
    // The whole message, and not only what fits into a result, says which object it is and how to look for more.
    const failure = told.events.find(({ list }) => list === 'failures')?.['item'] as { message?: string };
    expect(failure.message).toContain(`(${path})`);
    expect(failure.message).toContain('was begun 3 times and dropped each time');
    expect(failure.message).toContain(`milvus-backup verify -n ${dir.split('/').at(-2)} --mode Checksum`);
    expect(await temporaries(client, told.runId)).toEqual([]);
    expectDone(await bench.run(bench.document(), ['cleanup', '--run-id', told.runId]));
    await expectOnlyLedger(bench, told, place());
  });
});
