// SPDX-License-Identifier: Apache-2.0
// Backups that are no longer what was written, and collections that change while they are backed up, as they reach the
// status: nothing is restored from a backup that is not whole, and what is in a backup is one consistent set.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusRestore } from '../../src/api/index.ts';
import type { Fault } from '../lab/store-proxy.ts';
import { idOf, makeTiny, temporaries } from '../support/bad-bench.ts';
import { openBuckets } from '../support/bad-buckets.ts';
import { insertRows, must } from '../support/collection.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { expectRetried, expectStopped, type Words } from '../support/refusals.ts';
import { modest } from '../support/runs.ts';
import { heldScene } from '../support/scene.ts';

const lab = inject('lab');
const { backupBucket } = lab.minio;
const { rootPath } = lab.milvus.source;
const scene = heldScene('bad-backups');
const buckets = openBuckets(lab);
/** Another attempt comes, in an hour. */
const later = { limit: 2, minBackoff: '1h', maxBackoff: '1h' };
const changing = ['dropped', 'recreated', 'renamed', 'restless'] as const;
type Changing = (typeof changing)[number];
/** Of the good backup: path below its folder to content. */
const files = new Map<string, Buffer>();

const nameOf = (what: Changing): string => `${scene.collection}_${what}`;

beforeAll(async () => {
  const { world, source, store, collection } = scene;
  await world.backUp('good', { backupName: 'good', include: [collection], job: modest });
  const folder = `${world.prefix}/good/`;
  for (const key of (await buckets.etags(backupBucket, folder)).keys())
    files.set(key.slice(folder.length), await buckets.read(backupBucket, key));
  // The logs of these are listed by way of the proxy. Its check is over before there is anything to be held.
  type Instance = { spec: { storage: object } };
  const { spec } = await world.objects.get<Instance>('mvi/milvus');
  const storage = { ...spec.storage, endpoint: store.endpoint };
  await world.applyInstance('watched', { storage, maxConcurrentBackups: 10 });
  await world.objects.until('mvi/watched', (one) => conditionOf(one, 'Ready')?.status === 'True');
  for (const what of changing) await makeTiny(source, nameOf(what));
});

afterAll(async () => {
  const { source } = scene;
  const { data } = await source.showCollections({});
  for (const { name } of data)
    if (name.startsWith(`${scene.collection}_`)) await source.dropCollection({ collection_name: name });
  buckets.close();
});

/** The new content of a file; 'gone' removes it, undefined leaves it. */
type Damage = (path: string, content: Buffer) => Buffer | string | undefined;

const full = 'meta/full_meta.json';
const inFull =
  (change: (text: string) => string): Damage =>
  (path, content) => {
    if (path !== full) return undefined;
    const changed = change(content.toString());
    expect(changed).not.toBe(content.toString());
    return changed;
  };
/** As the established tool writes them: without anything of ours. */
const theirs =
  (damage: Damage): Damage =>
  (path, content) =>
    path.startsWith('milvusbackup.dev/') ? 'gone' : damage(path, content);
const ofField = (path: string, field: number): boolean => path.includes(`/${field}/`);
const fileOf = (field: number): string => [...files.keys()].find((path) => ofField(path, field)) ?? '';

/** Asks for a damaged copy of the good backup, into the Milvus `into`. */
async function restoreDamaged(name: string, into: string, damage: Damage): Promise<string> {
  const { world } = scene;
  const dir = `${world.prefix}/${name}/`;
  for (const [path, content] of files) {
    const changed = damage(path, content) ?? content;
    if (changed !== 'gone') await buckets.write(backupBucket, dir + path, changed);
  }
  const source = { storageRef: { name: 'backups' }, backupName: name };
  const spec = { source, instanceRef: { name: into }, rename: { suffix: `_${name}` } };
  await world.applyRestore(name, { ...spec, retry: later, job: modest });
  return dir;
}

/** Neither Milvus nor the copy was changed. */
async function expectUntouched(name: string, before: Map<string, string>, { metadata }: Seen): Promise<void> {
  expect(await buckets.etags(backupBucket, `${scene.world.prefix}/${name}/`)).toEqual(before);
  expect(await temporaries(scene.source, metadata.uid)).toEqual([]);
  const names = (await scene.source.showCollections({})).data.map((one) => one.name);
  expect(names).not.toContain(`${scene.collection}_${name}`);
}

// Invariant: nothing is restored, and neither Milvus nor the backup is touched.
describe.concurrent('[FM-25] a backup', () => {
  const put = 'Put the file back as it was written, or restore another backup';
  const cases: [string, string, Damage, () => Words][] = [
    [
      'unreadable',
      'of which a document is no JSON',
      theirs(inFull(() => '<html>404</html>')),
      () => ['BackupUnreadable', full, /is not JSON|ends too early|at byte/, put],
    ],
    [
      'truncated',
      'of which a document is cut off',
      theirs(inFull((text) => text.slice(0, text.length >> 1))),
      () => ['BackupUnreadable', full, /ends too early, after \d+ bytes/, put],
    ],
    [
      'tampered',
      'of which one digit was changed',
      inFull((text) => text.replace('"num_of_rows":40', '"num_of_rows":41')),
      () => ['BackupUnreadable', full, /has SHA-256 [0-9a-f]{64}, not/, 'changed or damaged', put],
    ],
    [
      'traversal',
      'that leads out of its folder',
      theirs(inFull((text) => text.replace(/"log_path":"(\w+)\//, '"log_path":"$1/../../'))),
      () => ['BackupUnreadable', full, /found the log_path "\w+\/\.\.\/\.\.\//, 'Nothing was restored', put],
    ],
    [
      'incomplete',
      'of which one object is missing',
      (path) => (ofField(path, 100) ? 'gone' : undefined),
      () => ['ObjectMissing', fileOf(100), 'is missing', 'nothing was restored', 'Restore another backup'],
    ],
    [
      'shortened',
      'of which one object lacks a byte',
      (path, content) => (ofField(path, 100) ? content.subarray(0, -1) : undefined),
      () => ['ChecksumMismatch', fileOf(100), /has (\d+) bytes instead of (\d+)/, 'nothing was restored'],
    ],
  ];

  it.each(cases)('%s: %s', async (name, _what, damage, words) => {
    const { world } = scene;
    await world.applyInstance(`into-${name}`);
    const dir = await restoreDamaged(name, `into-${name}`, damage);
    const before = await buckets.etags(backupBucket, dir);
    const seen = await expectStopped(world, `mrs/${name}`, [...words(), `s3://${backupBucket} at`]);
    await expectUntouched(name, before, seen);
  });

  it('garbled: that only Milvus finds to be none, by its import', async () => {
    const { world } = scene;
    await world.applyInstance('into-garbled');
    const garbled: Damage = (path, content) =>
      ofField(path, 101) ? Buffer.alloc(content.length, 7) : undefined;
    const dir = await restoreDamaged('garbled', 'into-garbled', theirs(garbled));
    const before = await buckets.etags(backupBucket, dir);
    const words: Words = ['ImportFailed', /group \d+\/\d+: import job \d+: parse magic number failed/];
    const seen = await expectRetried(world, 'mrs/garbled', words);
    await expectUntouched('garbled', before, seen);
  });
});

// Invariant: what is in the backup is one consistent set, and what is not is said.
describe('[FM-27] collections, while they are backed up, are', () => {
  const happenings: Record<Changing, (name: string) => Promise<unknown>> = {
    dropped: (name) => must(scene.source.dropCollection({ collection_name: name })),
    async recreated(name) {
      await happenings.dropped(name);
      await makeTiny(scene.source, name, { rows: 7 });
    },
    renamed: (name) => {
      const names = { collection_name: name, new_collection_name: `${name}_now` };
      return must(scene.source.renameCollection(names));
    },
    async restless(name) {
      await insertRows(scene.source, name, [Date.now() % 1e9]);
      await must(scene.source.flushSync({ collection_names: [name] }));
    },
  };
  const backUp = (what: Changing, spec: Record<string, unknown> = {}): Promise<void> =>
    scene.world.applyBackup(what, {
      instanceRef: { name: 'watched' },
      include: [scene.collection, nameOf(what)],
      retry: later,
      job: modest,
      ...spec,
    });
  const seenOf = (what: Changing): Promise<MilvusBackup> =>
    untilSucceeded<MilvusBackup>(scene.world.objects, `mbk/${what}`);

  /** Every look lists what Milvus has told of. */
  async function faultOf(what: Changing): Promise<Fault> {
    const name = nameOf(what);
    const prefix = new RegExp(`^${rootPath}/insert_log/${await idOf(scene.source, name)}/$`);
    return {
      kind: 'hold',
      verbs: ['list'],
      prefix,
      ...(what === 'restless' ? {} : { times: 1 }),
      // Asked for when a request is held.
      get until() {
        return happenings[what](name);
      },
    };
  }

  beforeAll(async () => {
    scene.store.setFault(...(await Promise.all(changing.map((what) => faultOf(what)))));
    await Promise.all(changing.map((what) => backUp(what)));
  });

  it.each(['dropped', 'recreated'] as const)('%s: the others are in the backup', async (what) => {
    const { status } = await seenOf(what);
    expect(status.collections).toMatchObject({ total: 2, succeeded: 1, dropped: 1 });
    expect(status.rows).toMatchObject({ planned: 40 });
  });

  it('renamed: they are in the backup under their new names', async () => {
    const { status } = await seenOf('renamed');
    expect(status.collections).toMatchObject({ total: 2, succeeded: 2, dropped: 0 });
    // Not to where one of these waits for another attempt.
    const instanceRef = { name: 'milvus' };
    const restore = { source: { backupRef: { name: 'renamed' } }, instanceRef, rename: { suffix: '_x' } };
    await scene.world.applyRestore('renamed', { ...restore, dryRun: true, job: modest });
    const planned = await untilSucceeded<MilvusRestore>(scene.world.objects, 'mrs/renamed');
    expect(planned.status.plan?.create).toContain(
      `default.${nameOf('renamed')}_now -> default.${nameOf('renamed')}_now_x`,
    );
  });

  it('given rows at every look: they are not backed up, and it is tried again', async () => {
    const name = nameOf('restless');
    const words: Words = ['CollectionChanging', `default.${name}: none of 3 looks at it was consistent`];
    const seen = await expectRetried(scene.world, 'mbk/restless', [...words, 'have calmed down']);
    const folder = `${scene.world.prefix}/${(seen as MilvusBackup).status.backupName}/`;
    const keys = [...(await buckets.etags(backupBucket, folder)).keys()];
    expect(keys.filter((key) => key.includes('/meta/'))).toEqual([]);
  });
});
