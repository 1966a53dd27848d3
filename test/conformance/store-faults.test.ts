// SPDX-License-Identifier: Apache-2.0
// The driver before a store that misbehaves: what is repeated, what is found out, and that damage never passes for a copy.
import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ObjectInfo, ObjectStore } from '../../src/store/contract.ts';
import { proveCopy, type Proof } from '../../src/store/proof.ts';
import { transfer } from '../../src/store/transfer.ts';
import { startStoreProxy, type Fault, type StoreProxy } from '../lab/store-proxy.ts';
import { generated } from './store.ts';
import { hurried, startMinio, type Minio } from './store-minio.ts';

const mib = 1024 ** 2;

let minio: Minio;
let proxy: StoreProxy;
let store: ObjectStore;
/** Another name of the same place: no copy on the server's side reaches from here. */
let afar: ObjectStore;

beforeAll(async () => {
  minio = await startMinio();
  await minio.createBucket('faulty');
});

afterAll(() => minio.close());

beforeEach(async () => {
  proxy = await startStoreProxy({ upstream: minio.endpoint, credentials: minio.credentials });
  store = minio.open('faulty', { endpoint: proxy.endpoint });
  afar = minio.open('faulty');
});

afterEach(async () => {
  store.close();
  afar.close();
  await proxy.close();
});

let keys = 0;
const fresh = (): string => `key-${++keys}`;

// Invariant: what may pass is tried again, within bounds; what cannot is not.
describe('[FM-23] repetition', () => {
  it.each(['put', 'copy', 'head', 'get', 'list', 'delete'] as const)(
    'outlasts a burst of SlowDown: %s',
    async (verb) => {
      const key = fresh();
      await afar.put(key, Buffer.from('hello'));
      proxy.setFault({ kind: 'slowDown', verbs: [verb], times: 4 });
      await store.put(fresh(), Buffer.from('x'));
      await store.copy(store, { key, size: 5 }, fresh());
      expect(await store.head(key)).toMatchObject({ size: 5 });
      expect(String(await buffer((await store.get(key))!.body))).toBe('hello');
      expect(await Array.fromAsync(store.list(key))).toHaveLength(1);
      expect(await store.remove([key])).toBe(1);
      expect(proxy.struck).toHaveLength(4);
    },
  );

  it('ends with Throttled when it goes on', async () => {
    proxy.setFault({ kind: 'slowDown' });
    await expect(store.put(fresh(), Buffer.from('x'))).rejects.toMatchObject({ reason: 'Throttled' });
    await expect(store.head(fresh())).rejects.toMatchObject({ reason: 'Throttled' });
    await expect(store.remove(['a'])).rejects.toMatchObject({ reason: 'Throttled' });
    expect(proxy.struck).toHaveLength(18);
  });

  it('repeats a part, not the whole', async () => {
    const { stream, hash } = generated(70 * mib);
    proxy.setFault({ kind: 'answer', status: 500, code: 'InternalError', verbs: ['part'], every: 3 });
    const key = fresh();
    await store.put(key, { stream, size: 70 * mib });
    expect(proxy.counts).toMatchObject({ create: 1, complete: 1, abort: 0 });
    expect(proxy.counts.part).toBeGreaterThan(5);
    expect((await afar.head(key))?.size).toBe(70 * mib);
    expect(hash()).toBeDefined();
  });

  it('does not repeat what cannot succeed', async () => {
    proxy.setFault({ kind: 'answer', status: 400, code: 'InvalidArgument' });
    await expect(store.put(fresh(), Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreError' });
    expect(proxy.struck).toHaveLength(1);
  });

  it('[FM-24] says ObjectLocked and names the key', async () => {
    proxy.setFault({ kind: 'answer', status: 403, code: 'ObjectLocked', verbs: ['delete'] });
    await expect(store.remove(['locked'])).rejects.toMatchObject({ reason: 'ObjectLocked' });
  });
});

describe('an error inside a 200', () => {
  it.each([5, 501 * mib])('fails a copy of %d bytes', async (size) => {
    const key = fresh();
    proxy.setFault({ kind: 'answer', status: 200, code: 'InternalError', verbs: ['copy', 'part'] });
    await expect(store.copy(store, { key, size }, fresh())).rejects.toMatchObject({ reason: 'StoreError' });
    expect(await Array.fromAsync(afar.listUploads(''))).toEqual([]);
  });

  it('is repeated, and may pass', async () => {
    const [from, to] = [fresh(), fresh()];
    await afar.put(from, Buffer.from('hello'));
    proxy.setFault({ kind: 'answer', status: 200, code: 'InternalError', verbs: ['copy'], times: 2 });
    await store.copy(store, { key: from, size: 5 }, to);
    expect(await afar.head(to)).toMatchObject({ size: 5 });
  });

  it('fails the completion of an upload', async () => {
    const { stream } = generated(70 * mib);
    proxy.setFault({ kind: 'answer', status: 200, code: 'InternalError', verbs: ['complete'] });
    const key = fresh();
    await expect(store.put(key, { stream, size: 70 * mib })).rejects.toMatchObject({ reason: 'StoreError' });
    expect(proxy.counts.abort).toBe(1);
    expect(await Array.fromAsync(afar.listUploads(key))).toEqual([]);
  });
});

describe('a lost answer', () => {
  it.each([10, 70 * mib])('to an unconditional write of %d bytes is no failure', async (size) => {
    const key = fresh();
    proxy.setFault({ kind: 'loseAnswer', times: 1 });
    const outcome = await store.put(key, Buffer.alloc(size, 1));
    expect(outcome).toMatchObject({ written: true, etag: (await afar.head(key))?.etag });
    expect(await Array.fromAsync(afar.listUploads(key))).toEqual([]);
  });

  it('to a conditional write looks like a refusal, and what was written stands there', async () => {
    const key = fresh();
    proxy.setFault({ kind: 'loseAnswer', times: 1 });
    expect(await store.put(key, Buffer.from('mine'), { ifNoneMatch: '*' })).toEqual({ written: false });
    expect(await content(key)).toBe('mine');
  });

  it('to a conditional completion is seen through', async () => {
    const key = fresh();
    proxy.setFault({ kind: 'loseAnswer', times: 1 });
    const outcome = await store.put(key, Buffer.alloc(70 * mib, 1), { ifNoneMatch: '*' });
    expect(outcome).toMatchObject({ written: true, etag: (await afar.head(key))?.etag });
  });
});

// Invariant: no byte is missing and none comes twice.
describe('[FM-23] a body that is cut', () => {
  it.each([{ times: 1 }, { times: 4 }])('goes on where it stopped, $times times', async ({ times }) => {
    const key = fresh();
    const bytes = randomBytes(3 * mib);
    await afar.put(key, bytes);
    proxy.setFault({ kind: 'reset', afterBytes: 700_001, times });
    expect(await buffer((await store.get(key))!.body)).toEqual(bytes);
    proxy.setFault({ kind: 'reset', afterBytes: 100_000, times });
    const range = { start: 1_000_000, end: 2_000_000 };
    expect(await buffer((await store.get(key, { range }))!.body)).toEqual(
      bytes.subarray(1_000_000, 2_000_001),
    );
    expect(proxy.struck).toHaveLength(2 * times);
  });

  it('fails in the end', async () => {
    const key = fresh();
    await afar.put(key, randomBytes(mib));
    proxy.setFault({ kind: 'reset', afterBytes: 0 });
    await expect(buffer((await store.get(key))!.body)).rejects.toMatchObject({ reason: 'Unreachable' });
  });

  it('does not go on with another version', async () => {
    const key = fresh();
    await afar.put(key, randomBytes(8 * mib));
    const found = await store.get(key);
    const chunks = found?.body[Symbol.asyncIterator]();
    await chunks?.next();
    await afar.put(key, randomBytes(8 * mib));
    // Everything under way ends with the proxy; a new one stands at the same address.
    const [host = '', port = ''] = proxy.endpoint.split(':');
    await proxy.close();
    proxy = await startStoreProxy({ upstream: minio.endpoint, listen: { host, port: Number(port) } });
    const rest = async (): Promise<void> => {
      while (!(await chunks?.next())?.done);
    };
    await expect(rest()).rejects.toMatchObject({
      reason: 'ObjectMissing',
      message: expect.stringContaining('another version') as string,
    });
  });
});

/** One object written in one piece, one in parts. */
const sizes = [300_000, 66 * mib];
/** Whether the server can copy by itself. */
const ways = ['by the server', 'as a stream'] as const;
const cases = ways.flatMap((way) => sizes.map((size) => ({ way, size })));

describe('transfer and proof', () => {
  it.each(cases)('of $size bytes $way', async ({ way, size }) => {
    const { proof } = await copied(way, size);
    const byHash = way === 'as a stream' || size < mib;
    expect(proof.by).toBe(byHash ? 'hash' : 'target');
  });

  it.each(cases)('of $size bytes $way, read back on demand', async ({ way, size }) => {
    const { proof } = await copied(way, size, { readBack: true });
    expect(proof.by).toBe('target');
  });

  it.each(cases)(
    'of $size bytes $way without any word of the source: both are read',
    async ({ way, size }) => {
      const work = await started(way, size);
      const { etag: _etag, contentHash: _hash, ...rest } = work.from;
      const from: ObjectInfo = { ...rest, etag: work.from.etag };
      const blind: ObjectStore = { ...work.source, firstPartSize: () => Promise.resolve(undefined) };
      await transfer(work, undefined, hurried);
      const proof = await proveCopy({ ...work, source: blind, from, to: await store.head(work.key) });
      expect(proof).toMatchObject({
        by: 'both',
        checksum: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string,
      });
    },
  );

  it.each([
    ...cases.map((row) => ({ ...row, fault: { kind: 'swallow' } as Fault, reason: 'ObjectMissing' })),
    ...cases.map((row) => ({ ...row, fault: { kind: 'truncate' } as Fault, reason: 'ChecksumMismatch' })),
    ...cases.map((row) => ({ ...row, fault: { kind: 'flip' } as Fault, reason: 'ChecksumMismatch' })),
  ])('finds $fault.kind: $size bytes $way', async ({ way, size, fault, reason }) => {
    const work = await started(way, size);
    proxy.setFault(fault);
    const { streamed } = await transfer(work, undefined, hurried);
    proxy.setFault();
    const to = await store.head(work.key);
    expect(proxy.struck).toHaveLength(1);
    for (const readBack of [false, true]) {
      await expect(proveCopy({ ...work, to, streamed, readBack })).rejects.toMatchObject({ reason });
      await expect(proveCopy({ ...work, to, readBack })).rejects.toMatchObject({ reason });
    }
  });

  it.each(ways)('finds two that were exchanged, %s', async (way) => {
    const [one, other] = [await started(way, 1_000), await started(way, 1_000)];
    proxy.setFault({ kind: 'swap', times: 1 });
    await Promise.all([one, other].map((work) => transfer(work, undefined, hurried)));
    for (const work of [one, other]) {
      await expect(proveCopy({ ...work, to: await store.head(work.key) })).rejects.toMatchObject({
        reason: 'ChecksumMismatch',
        message: expect.stringContaining(work.from.key) as string,
      });
    }
  });

  it.each([9 * mib, 70 * mib])('begins a broken stream of %d bytes again', async (size) => {
    const work = await started('as a stream', size);
    proxy.setFault(
      { kind: 'answer', status: 503, code: 'SlowDown', verbs: ['put'], times: 2 },
      { kind: 'answer', status: 500, code: 'InternalError', verbs: ['part'], times: 7 },
    );
    const { streamed } = await transfer(work, undefined, hurried);
    await proveCopy({ ...work, to: await store.head(work.key), streamed });
    expect(await Array.fromAsync(afar.listUploads(work.key))).toEqual([]);
  });

  it('refuses a source that changed since it was listed', async () => {
    for (const way of ways) {
      const work = await started(way, 1_000);
      await afar.put(work.from.key, randomBytes(1_000));
      const outcome = transfer(work, undefined, hurried).then(async ({ streamed }) =>
        proveCopy({ ...work, to: await store.head(work.key), streamed }),
      );
      await expect(outcome).rejects.toMatchObject({
        reason:
          way === 'as a stream'
            ? 'ObjectMissing'
            : (expect.stringMatching(/ObjectMissing|ChecksumMismatch/) as string),
      });
    }
  });

  it.each(ways)('says that the source is gone, %s', async (way) => {
    const work = await started(way, 1_000);
    await afar.remove([work.from.key]);
    await expect(transfer(work, undefined, hurried)).rejects.toMatchObject({ reason: 'ObjectMissing' });
  });

  it('copies empty objects', async () => {
    for (const way of ways) expect(await copied(way, 0)).toMatchObject({ proof: { by: 'hash' } });
  });
});

type Work = { source: ObjectStore; from: ObjectInfo; target: ObjectStore; key: string };

async function started(way: (typeof ways)[number], size: number): Promise<Work> {
  const source = way === 'by the server' ? store : afar;
  const key = fresh();
  const { stream } = generated(size);
  await afar.put(key, { stream, size });
  const from = await source.head(key);
  if (!from) throw new Error('no source');
  expect(await store.canCopyFrom(source)).toBe(way === 'by the server');
  return { source, from, target: store, key: fresh() };
}

async function copied(
  way: (typeof ways)[number],
  size: number,
  options: { readBack?: boolean } = {},
): Promise<{ proof: Proof }> {
  const work = await started(way, size);
  const { streamed } = await transfer(work, undefined, hurried);
  expect(streamed !== undefined).toBe(way === 'as a stream');
  return { proof: await proveCopy({ ...work, to: await store.head(work.key), streamed, ...options }) };
}

async function content(key: string): Promise<string | undefined> {
  const found = await afar.get(key);
  return found && String(await buffer(found.body));
}
