// SPDX-License-Identifier: Apache-2.0
// kill -9 in the middle, and no next attempt: what the operator does after a cancel. Cleanup puts away what the run
// left, of a backup and of a restore, and a deletion that is killed is ended by the next one.
import { randomBytes } from 'node:crypto';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { restoreKeys } from '../../src/format/paths.ts';
import type { ObjectStore } from '../../src/store/contract.ts';
import { openS3Store } from '../../src/store/s3.ts';
import { startStoreProxy, type StoreProxy } from '../lab/store-proxy.ts';
import { connect, makeCollection, must } from '../support/collection.ts';
import { labConfig, openDesk, type Ended } from '../support/command.ts';

const lab = inject('lab');
const desk = openDesk();
const prefix = `cleanup-${process.pid}`;
const name = `cleanup_${process.pid}`;
let source: MilvusClient;
let target: MilvusClient;
let proxy: StoreProxy;
const stores: ObjectStore[] = [];

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  target = await connect(lab.milvus.target.address);
  await makeCollection(source, name, 900);
  proxy = await startStoreProxy({ upstream: lab.minio.endpoint });
});

afterAll(async () => {
  await source?.dropCollection({ collection_name: name });
  await source?.closeConnection();
  await target?.closeConnection();
  const left = await keysBelow(lab.minio.backupBucket, `${prefix}/`);
  await open(lab.minio.backupBucket).remove(left);
  for (const store of stores) store.close();
  await proxy?.close();
  desk.close();
});

function open(bucket: string): ObjectStore {
  const { endpoint, accessKey: accessKeyId, secretKey: secretAccessKey } = lab.minio;
  const store = openS3Store(
    {
      provider: 'Minio',
      endpoint,
      bucket,
      addressing: 'Path',
      tls: { enabled: false, insecureSkipVerify: false },
      credentials: async () => ({ accessKeyId, secretAccessKey }),
      concurrency: 4,
    },
    systemClock,
  );
  stores.push(store);
  return store;
}

async function keysBelow(bucket: string, dir: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of open(bucket).list(dir)) if (entry.kind === 'object') keys.push(entry.key);
  return keys;
}

function config(which: 'source' | 'target'): string {
  const document = labConfig(lab, prefix, which);
  const [address, port] = proxy.endpoint.split(':');
  Object.assign(document.milvus.storage, { address, port: Number(port) });
  return desk.config(document);
}

/** Runs it until it names the step, and kills it there; writes and removals are slowed down so that it can be met. */
async function kill(file: string, args: string[], step: string): Promise<void> {
  proxy.setFault({ kind: 'delay', ms: 150, verbs: ['put', 'copy', 'delete'] });
  const ended = await desk.start(file, [...args, '--report', 'json'], (line, child) => {
    if (line.event === 'progress' && line.step === step) child.kill('SIGKILL');
  }).ended;
  proxy.setFault();
  expect(ended.signal, ended.stderr).toBe('SIGKILL');
}

async function run(which: 'source' | 'target', ...args: string[]): Promise<Ended> {
  const ended = await desk.run(config(which), args);
  expect(ended, `${args.join(' ')}: ${ended.stdout}\n${ended.stderr}`).toMatchObject({ code: 0 });
  return ended;
}

// Invariant: nothing of it stays: no object, no upload, no pause.
describe('[FM-28] a backup that was killed', () => {
  it.each(['Ledger', 'Copying', 'WritingMeta', 'Committing'])('at %s is put away', async (step) => {
    const runId = `${prefix}-${step}`;
    const backup = `at_${step}`;
    await kill(config('source'), ['create', '-n', backup, '--include', name, '--run-id', runId], step);
    await run('source', 'cleanup', '--run-id', runId, '-n', backup);
    await run('source', 'cleanup', '--run-id', runId, '-n', backup, '--data');
    await run('source', 'cleanup', '--run-id', runId, '-n', backup, '--data');
    expect(await keysBelow(lab.minio.backupBucket, `${prefix}/${backup}/`)).toEqual([]);
    // Its name is free again.
    await run('source', 'create', '-n', backup, '--include', name);
  });

  it('after its commit is kept', async () => {
    const runId = `${prefix}-committed`;
    await kill(
      config('source'),
      ['create', '-n', 'committed', '--include', name, '--run-id', runId],
      'RemovingLedger',
    );
    await run('source', 'cleanup', '--run-id', runId, '--data');
    await run('source', 'verify', '-n', 'committed', '--mode', 'Checksum');
  });
});

// Invariant: nothing of it stays: no temporary collection, no staged object.
describe('[FM-28] a restore that was killed', () => {
  it.each(['CreatingCollection', 'Staging', 'Importing', 'Renaming'])('at %s is put away', async (step) => {
    // Temporary names begin with the first eight characters of the run: nobody else's may begin alike.
    const own = randomBytes(4).toString('hex');
    const runId = `${own}-${step}`;
    await run('source', 'create', '-n', `for_${step}`, '--include', name);
    const suffix = `_${step.toLowerCase()}`;
    await kill(config('target'), ['restore', '-n', `for_${step}`, '-s', suffix, '--run-id', runId], step);
    await run('target', 'cleanup', '--run-id', runId);
    await run('target', 'cleanup', '--run-id', runId);
    const { data } = await must(target.showCollections());
    expect(data.map((one) => one.name).filter((one) => one.startsWith(`mb_${own}_`))).toEqual([]);
    expect(await keysBelow(lab.milvus.target.bucket, restoreKeys(runId).stage)).toEqual([]);
    await target.dropCollection({ collection_name: name + suffix });
  });
});

// Invariant: half of a backup is no backup, and the next deletion ends it.
describe('[FM-28] a deletion that was killed', () => {
  it('is ended by the next', async () => {
    await run('source', 'create', '-n', 'going', '--include', name);
    await kill(config('source'), ['delete', '-n', 'going'], 'Deleting');
    await run('source', 'delete', '-n', 'going');
    expect(await keysBelow(lab.minio.backupBucket, `${prefix}/going/`)).toEqual([]);
  });
});
