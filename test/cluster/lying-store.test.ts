// SPDX-License-Identifier: Apache-2.0
// A store that answers 200 and does something else. No run may end as done while what it says is not so; and after the
// store has become honest again, the same run either finishes with a backup that verifies byte for byte, or refuses.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { startStoreProxy, type Fault, type StoreProxy } from '../lab/store-proxy.ts';
import { connect, makeCollection } from '../support/collection.ts';
import { labConfig, openDesk } from '../support/command.ts';

const lab = inject('lab');
const desk = openDesk();
const prefix = `lying-${process.pid}`;
const names = ['lying_a', 'lying_b', 'lying_c'];
let client: MilvusClient;
let proxy: StoreProxy;
let runs = 0;

beforeAll(async () => {
  client = await connect(lab.milvus.source.address);
  for (const name of names) await makeCollection(client, name, 600);
  proxy = await startStoreProxy({
    upstream: lab.minio.endpoint,
    credentials: { accessKeyId: lab.minio.accessKey, secretAccessKey: lab.minio.secretKey },
  });
});

afterAll(async () => {
  await proxy?.close();
  for (const name of names) await client?.dropCollection({ collection_name: name });
  await client?.closeConnection();
  desk.close();
});

function throughProxy(): string {
  const document = labConfig(lab, prefix);
  const [address, port] = proxy.endpoint.split(':');
  Object.assign(document.milvus.storage, { address, port: Number(port) });
  Object.assign(document.backup, { concurrency: { collections: 2 } });
  return desk.config(document);
}

const create = (name: string, attempt: number) => [
  'create',
  '-n',
  name,
  '--include',
  'lying_*',
  '--run-id',
  `${prefix}-${name}`,
  '--attempt',
  String(attempt),
  '--report',
  'json',
];

const kinds = ['swallow', 'truncate', 'swap', 'flip'] as const;

const places: [string, RegExp][] = [
  ['a binlog', /\/binlogs\//],
  ['a plan', /\/plan\//],
  ['a ledger', /\/ledger\.json$/],
  ['a level file', /\/segment_meta\.json$/],
  ['the object list', /\/objects-\d+\.ndjson$/],
  ['the manifest', /\/manifest\.json$/],
  ['full_meta.json', /\/full_meta\.json$/],
];

/** Every Nth write of any kind, and one write of each kind of document. */
const cases: [string, Fault][] = kinds.flatMap((kind): [string, Fault][] => [
  [`${kind} every 50th write`, { kind, every: 50 }],
  ...places.map(([what, keys]): [string, Fault] => [
    `${kind} ${what}`,
    { kind, keys, times: 1, ...(kind === 'swap' ? { holdMs: 300 } : {}) },
  ]),
]);

describe('a store that lies', () => {
  it.each(cases)('%s', async (_what, fault) => {
    const name = `b${++runs}`;
    const config = throughProxy();
    proxy.setFault(fault);
    proxy.struck.length = 0;
    const lied = await desk.run(config, create(name, 1));
    expect(proxy.struck.length, 'the fault has struck').toBeGreaterThan(0);
    proxy.setFault();
    // A swap of two equal contents, or one whose partner never came, has changed nothing: then what it says must be so.
    if (lied.code === 0) expect(fault.kind, lied.stdout).toBe('swap');
    else
      expect(lied.stderr + lied.stdout).toMatch(
        /ObjectMissing|ChecksumMismatch|BackupUnreadable|Fenced|StoreError|BackupExists/,
      );
    const honest = await desk.run(config, create(name, 2));
    if (honest.code !== 0)
      return expect(honest.result?.reason, honest.stderr).toMatch(
        /BackupExists|BackupUnreadable|ObjectMissing|ChecksumMismatch/,
      );
    const verified = await desk.run(config, ['verify', '-n', name, '--mode', 'Checksum']);
    expect(verified.code, verified.stderr).toBe(0);
  });
});
