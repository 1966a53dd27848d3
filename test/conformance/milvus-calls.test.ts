// SPDX-License-Identifier: Apache-2.0
// How a call ends, against answers that a real server gives only on a bad day.
import { once } from 'node:events';
import { createServer } from 'node:http2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { retrying } from '../../src/base/backoff.ts';
import { systemClock } from '../../src/base/clock.ts';
import { openMilvus } from '../../src/milvus/client.ts';
import type { MilvusClient, MilvusOptions } from '../../src/milvus/contract.ts';
import { encodeResponse } from '../../src/milvus/service.ts';
import { toPart } from '../../src/milvus/wire.ts';
import { smallSchema } from './milvus-fields.ts';
import { optionsFor } from './milvus-target.ts';
import { standard, startStub, success, type Reply, type Stub } from './milvus-stub.ts';

const grpc = { INTERNAL: 13, UNAUTHENTICATED: 16, PERMISSION_DENIED: 7, RESOURCE_EXHAUSTED: 8 };
const name = { database: 'db1', name: 'c1' };
const request = { database: 'db1', collection: 'c1', partition: '_default', files: ['a/', ''], options: [] };

let stub: Stub;
let milvus: MilvusClient;

afterEach(async () => {
  await milvus?.close();
  stub.stop();
});

async function serve(replies: Record<string, Reply>, change: Partial<MilvusOptions> = {}): Promise<void> {
  stub = await startStub({ ...standard, ...replies });
  milvus = await openMilvus({ ...optionsFor(stub), ...change }, systemClock);
}

const refusal =
  (status: object): Reply =>
  () => ({ status });

describe('an answer', () => {
  it('without a status is no success', async () => {
    await serve({ Flush: () => ({}), ReleaseCollection: () => ({}) });
    await expect(milvus.flush(name)).rejects.toMatchObject({
      reason: 'MilvusError',
      message: expect.stringMatching(/^Flush at Milvus 127.* without a status, which is no success/),
    });
    // A bare Status of success is empty on the wire.
    await milvus.releaseCollection(name);
  });

  it.each([
    ['a rate limit', { code: 8, reason: 'rate limit exceeded[rate=0.1]' }, 'Throttled'],
    ['a rate limit of an old server', { error_code: 49, reason: 'slow down' }, 'Throttled'],
    ['a segment that went', { code: 600, reason: 'segment not found[segment=1]' }, 'CollectionChanging'],
    ['a segment that went, of an old server', { error_code: 47, reason: 'gone' }, 'CollectionChanging'],
    ['no right', { code: 1401, reason: 'privilege not permitted' }, 'CredentialsRejected'],
    ['not ready', { code: 1, error_code: 56, reason: 'service not ready[proxy=1]' }, 'Unreachable'],
    ['anything else', { code: 65535, error_code: 1, reason: 'broken' }, 'MilvusError'],
  ])('with %s has its reason and the words of the server', async (_, status, reason) => {
    await serve({ GetPersistentSegmentInfo: refusal(status) });
    await expect(milvus.listSegments(name)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining(status.reason),
    });
  });

  it.each([
    ['absent', { code: 100, error_code: 1 }],
    ['absent from an old server', { error_code: 4 }],
    ['absent with its database', { code: 800 }],
  ])('for a collection that is %s is undefined', async (_, status) => {
    await serve({ DescribeCollection: refusal(status) });
    expect(await milvus.describeCollection(name)).toBeUndefined();
  });

  it('that holds more than we know is said to be lossy', async () => {
    const known = encodeResponse('DescribeCollection', {
      ...success,
      schema: { name: 'c1', fields: [{ fieldID: '100', name: 'id' }] },
      collectionID: '7',
    });
    const answers = [known, Buffer.concat([known, toPart(4000, Buffer.from('news'))])];
    await serve({ DescribeCollection: () => answers.shift() });
    expect(await milvus.describeCollection(name)).toMatchObject({ id: 7n, lossy: false });
    const lossy = await milvus.describeCollection(name);
    expect(lossy).toMatchObject({ id: 7n, lossy: true });
    expect(Buffer.from(lossy?.raw ?? []).includes('news')).toBe(true);
  });

  it('of many megabytes is read', async () => {
    const long = 'x'.repeat(8 * 1024 * 1024);
    await serve({ ListDatabases: () => ({ ...success, db_names: [long] }) });
    expect(await milvus.listDatabases()).toEqual([long]);
  });

  it('to a flush keeps checkpoints as they came', async () => {
    const channel_cps = {
      'ch-0': { channel_name: 'ch-0', msgID: Buffer.from([1, 2]), timestamp: '470597564859948221' },
    };
    const maps = {
      coll_segIDs: { c1: { data: ['5'] } },
      coll_flush_ts: { c1: '9' },
      coll_seal_times: { c1: '8' },
    };
    await serve({ Flush: () => ({ ...success, ...maps, channel_cps }) });
    const flushed = await milvus.flush(name);
    expect(flushed).toMatchObject({ sealing: [5n], flushTimestamp: 9n, sealTime: 8n });
    const { base64, timestamp } = flushed.checkpoints['ch-0'] ?? expect.fail();
    expect(timestamp).toBe(470597564859948221n);
    expect(Buffer.from(base64, 'base64').subarray(0, 6)).toEqual(
      Buffer.from([0x0a, 4, 0x63, 0x68, 0x2d, 0x30]),
    );
  });
});

describe('a call', () => {
  it('carries login and database', async () => {
    await serve({ ShowCollections: () => success }, { login: async () => ({ user: 'u', password: 'p' }) });
    await milvus.listCollections('db1');
    expect(stub.seen.at(-1)).toMatchObject({
      request: { db_name: 'db1' },
      metadata: { authorization: Buffer.from('u:p').toString('base64'), dbname: 'db1' },
    });
  });

  it('carries a token', async () => {
    await serve({ ShowCollections: () => success }, { login: async () => ({ token: 'key' }) });
    await milvus.listCollections('');
    expect(stub.seen.at(-1)?.metadata).toMatchObject({
      authorization: Buffer.from('key').toString('base64'),
    });
  });

  it('is given up after its time', async () => {
    await serve({ Flush: () => undefined }, { timeoutMs: 300 });
    await expect(milvus.flush(name)).rejects.toMatchObject({
      reason: 'Unreachable',
      message: expect.stringContaining('no answer within 0.3 s'),
    });
  });

  it('that the server does not know says so', async () => {
    await serve({});
    await expect(milvus.flush(name)).rejects.toMatchObject({
      reason: 'MilvusError',
      message: expect.stringMatching(/^Flush at Milvus .* unknown to this version/),
    });
    expect(await milvus.listDatabases()).toEqual(['default']);
  });

  it.each([
    ['Import', () => milvus.importFiles(request)],
    [
      'CreateCollection',
      () =>
        milvus.createCollection({
          ...name,
          schema: smallSchema,
          shards: 1,
          consistencyLevel: 0,
          properties: [],
        }),
    ],
  ])('of %s is never sent twice', async (rpc, call) => {
    for (const reply of [
      { code: grpc.INTERNAL, details: 'lost' },
      { code: 14, details: 'gone' },
    ]) {
      await serve({ [rpc]: () => reply });
      await expect(call()).rejects.toThrow(/failed: lost|gone/);
      expect(stub.seen.filter((seen) => seen.rpc === rpc)).toHaveLength(1);
      await milvus.close();
      stub.stop();
    }
  });

  it('whose login was replaced is sent again with the new one', async () => {
    let password = 'old';
    const mine = Buffer.from('u:new').toString('base64');
    const reply: Reply = ({ metadata }) =>
      metadata['authorization'] === mine
        ? success
        : { code: grpc.UNAUTHENTICATED, details: 'auth check failure' };
    await serve({ ShowCollections: reply }, { login: async () => ({ user: 'u', password }) });
    await expect(milvus.listCollections('')).rejects.toMatchObject({
      reason: 'CredentialsRejected',
      message: expect.stringMatching(/^ShowCollections at Milvus .* refused the login: auth check failure/),
    });
    expect(stub.seen.filter((seen) => seen.rpc === 'ShowCollections')).toHaveLength(1);
    password = 'new';
    expect(await milvus.listCollections('')).toEqual([]);
    expect(stub.seen.filter((seen) => seen.rpc === 'ShowCollections')).toHaveLength(3);
  });

  it.each([
    [grpc.PERMISSION_DENIED, 'CredentialsRejected'],
    [grpc.RESOURCE_EXHAUSTED, 'Throttled'],
    [grpc.INTERNAL, 'MilvusError'],
  ])('that fails with gRPC code %i is %s', async (code, reason) => {
    await serve({ Flush: () => ({ code, details: 'words of the server' }) });
    await expect(milvus.flush(name)).rejects.toMatchObject({
      reason,
      message: expect.stringContaining('words of the server'),
    });
  });
});

describe('a server', () => {
  it('without Connect is known by GetVersion', async () => {
    const { GetVersion } = standard;
    stub = await startStub({ GetVersion: GetVersion ?? expect.fail() });
    milvus = await openMilvus(optionsFor(stub), systemClock);
    expect(milvus.server.version).toBe('v2.4.23');
    expect(milvus.server.features).toMatchObject({ restImport: true, collectionGCPause: false });
  });

  it('that restarts is reached again by the same client', async () => {
    const replies = { ...standard, ListDatabases: () => ({ ...success, db_names: ['default'] }) };
    await serve(replies);
    stub.stop();
    await expect(milvus.listDatabases()).rejects.toMatchObject({ reason: 'Unreachable' });
    stub = await startStub(replies, { address: stub.address });
    const again = await retrying(
      () => milvus.listDatabases(),
      { attempts: 10, minMs: 200, maxMs: 500 },
      systemClock,
    );
    expect(again).toEqual(['default']);
  });

  it('that answers in HTTP while it starts has said nothing of what it knows', async () => {
    await serve(standard);
    stub.stop();
    const starting = createServer((_, response) => response.writeHead(404).end('404 page not found'));
    starting.listen(Number(stub.address.split(':')[1]), '127.0.0.1');
    await once(starting, 'listening');
    try {
      // As "no such call" it would read: a Milvus that has no databases but `default`.
      await vi.waitFor(
        () =>
          expect(milvus.listDatabases()).rejects.toMatchObject({
            reason: 'Unreachable',
            message: expect.stringContaining('answered in HTTP, not in gRPC'),
          }),
        { timeout: 20_000, interval: 100 },
      );
    } finally {
      await milvus.close();
      starting.close();
    }
  });
});
