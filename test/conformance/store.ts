// SPDX-License-Identifier: Apache-2.0
// What every object store must do, whatever driver and server stand behind it. Each test works below a prefix of its
// own, so that they do not see each other.
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { forEachConcurrent } from '../../src/base/backoff.ts';
import type { ListEntry, ObjectStore } from '../../src/store/contract.ts';

const mib = 1024 ** 2;

/** Two buckets. Handles are made anew for each test and closed by it. */
export type OpenStore = (bucket: 'first' | 'second') => ObjectStore;

const groups = {
  objects: objectTests,
  keys: keyTests,
  ranges: rangeTests,
  streams: streamTests,
  'conditional writes': conditionTests,
  listing: listTests,
  copies: copyTests,
  removal: removalTests,
  'open uploads': uploadTests,
  cancelling: cancelTests,
};

export type Group = keyof typeof groups;

/**
 * Registers the suite, or those groups of it that `only` names. `open` is called inside tests only, so the server may
 * start in a beforeAll.
 */
export function describeStore(
  name: string,
  open: OpenStore,
  only: readonly Group[] = Object.keys(groups) as Group[],
): void {
  describe(name, () => {
    for (const group of only) describe(group, () => groups[group](open));
  });
}

function objectTests(open: OpenStore): void {
  it('answers a check of a bucket that is there', async () => {
    using room = enter(open);
    await room.store.check();
  });

  it('gives back what was put, with size and content hash', async () => {
    using room = enter(open);
    const content = randomBytes(100_000);
    const outcome = await room.store.put(room.key('a'), content);
    expect(outcome).toMatchObject({ written: true });
    const info = await room.store.head(room.key('a'));
    expect(info).toMatchObject({ key: room.key('a'), size: 100_000 });
    expect(outcome).toHaveProperty('etag', info?.etag);
    if (info?.contentHash !== undefined) expect(info.contentHash).toBe(md5(content));
    const found = await room.store.get(room.key('a'));
    expect(found).toMatchObject({ key: room.key('a'), size: 100_000, etag: info?.etag });
    expect(await contentOf(found)).toEqual(content);
  });

  it('holds empty objects', async () => {
    using room = enter(open);
    await room.store.put(room.key('bytes'), Buffer.alloc(0));
    await room.store.put(room.key('stream'), { stream: Readable.from([]), size: 0 });
    for (const name of ['bytes', 'stream']) {
      expect(await room.store.head(room.key(name))).toMatchObject({ size: 0 });
      expect(await contentOf(await room.store.get(room.key(name)))).toHaveLength(0);
    }
  });

  it('overwrites', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('old content'));
    await room.store.put(room.key('a'), Buffer.from('new'));
    expect(String(await contentOf(await room.store.get(room.key('a'))))).toBe('new');
  });

  it('answers undefined for what is not there', async () => {
    using room = enter(open);
    expect(await room.store.head(room.key('absent'))).toBeUndefined();
    expect(await room.store.get(room.key('absent'))).toBeUndefined();
    expect(await room.store.firstPartSize(room.key('absent'))).toBeUndefined();
  });

  it('lets a reader leave early without holding its slot', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), randomBytes(4 * mib));
    for (let round = 0; round < 40; round++) {
      const found = await room.store.get(room.key('a'));
      found?.body.destroy();
    }
    for (let round = 0; round < 20; round++) {
      const found = await room.store.get(room.key('a'));
      for await (const _chunk of found?.body ?? []) break;
    }
    expect(await room.store.head(room.key('a'))).toMatchObject({ size: 4 * mib });
  });
}

const oddNames = [
  'with space',
  'plus+plus',
  'percent%41%',
  'question?x=1&y=2',
  'hash#mark',
  'dots..inside',
  'ümläut-日本-🚀',
  "quote'(star*)!",
  'semi;colon:at@comma,equals=dollar$',
  'amp&less<more>"quoted"',
  'tilde~bracket[x]{y}^`|',
];

function keyTests(open: OpenStore): void {
  it.each(oddNames)('takes %s as a name', async (name) => {
    using room = enter(open);
    const [from, to] = [room.key(`${name}/a ${name}`), room.key(`${name}/b ${name}`)];
    await room.store.put(from, Buffer.from(name));
    await room.store.copy(room.store, { key: from, size: Buffer.byteLength(name) }, to);
    expect(String(await contentOf(await room.store.get(to)))).toBe(name);
    expect(await room.store.head(from)).toMatchObject({ key: from });
    expect(namesOf(await listed(room.store, room.key(`${name}/`)))).toEqual([from, to]);
    expect(namesOf(await listed(room.store, room.key(''), '/'))).toEqual([room.key(`${name}/`)]);
    await room.store.remove([from, to]);
    expect(await listed(room.store, room.key(''))).toEqual([]);
  });
}

function rangeTests(open: OpenStore): void {
  it.each([
    { start: 0, end: 0 },
    { start: 0, end: 999 },
    { start: 10, end: 19 },
    { start: 999, end: 999 },
    { start: 990, end: 5_000 },
  ])('reads $start to $end of 1000', async ({ start, end }) => {
    using room = enter(open);
    const content = randomBytes(1_000);
    await room.store.put(room.key('a'), content);
    const found = await room.store.get(room.key('a'), { range: { start, end } });
    expect(found).toMatchObject({ size: 1_000 });
    expect(await contentOf(found)).toEqual(content.subarray(start, end + 1));
  });

  it('refuses a range behind the end', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('abc'));
    await expect(room.store.get(room.key('a'), { range: { start: 3, end: 4 } })).rejects.toMatchObject({
      reason: 'StoreError',
    });
  });
}

function streamTests(open: OpenStore): void {
  it.each([1, 7 * mib, 8 * mib + 1, 20 * mib, 64 * mib])('writes a stream of %d bytes', async (size) => {
    using room = enter(open);
    const { stream, hash } = generated(size);
    expect(await room.store.put(room.key('a'), { stream, size })).toMatchObject({ written: true });
    expect(await room.store.head(room.key('a'))).toMatchObject({ size });
    expect(await hashOf(await room.store.get(room.key('a')))).toBe(hash());
  });

  it.each([64 * mib + 1, 100 * mib])('writes a stream of %d bytes in parts', async (size) => {
    using room = enter(open);
    const { stream, hash } = generated(size);
    const outcome = await room.store.put(room.key('a'), { stream, size });
    const info = await room.store.head(room.key('a'));
    expect(info).toMatchObject({ size, etag: outcome.written ? outcome.etag : '' });
    expect(info?.contentHash).toBeUndefined();
    expect(await room.store.firstPartSize(room.key('a'))).toBe(16 * mib);
    expect(await hashOf(await room.store.get(room.key('a')))).toBe(hash());
  });

  it('writes bytes in parts', async () => {
    using room = enter(open);
    const content = Buffer.alloc(70 * mib, 'abcdefg');
    await room.store.put(room.key('a'), content);
    expect(await hashOf(await room.store.get(room.key('a')))).toBe(md5(content));
  });

  it('writes several large streams at once', async () => {
    using room = enter(open);
    const size = 80 * mib;
    await Promise.all(
      [1, 2, 3].map(async (number) => {
        const { stream, hash } = generated(size);
        await room.store.put(room.key(`${number}`), { stream, size });
        expect(await hashOf(await room.store.get(room.key(`${number}`)))).toBe(hash());
      }),
    );
  });

  it.each([
    { announced: 3, real: 2 },
    { announced: 2, real: 3 },
    { announced: 10 * mib, real: 9 * mib },
    { announced: 10 * mib, real: 11 * mib },
    { announced: 70 * mib, real: 69 * mib },
    { announced: 70 * mib, real: 71 * mib },
  ])('stores nothing of a stream of $real bytes announced as $announced', async ({ announced, real }) => {
    using room = enter(open);
    const { stream } = generated(real);
    await expect(room.store.put(room.key('a'), { stream, size: announced })).rejects.toMatchObject({
      reason: 'StoreError',
    });
    expect(stream.destroyed).toBe(true);
    expect(await room.store.head(room.key('a'))).toBeUndefined();
    expect(await uploadsOf(room.store, room.key('a'))).toEqual([]);
  });

  it.each([5 * mib, 20 * mib, 70 * mib])('passes on the error of a source of %d bytes', async (size) => {
    using room = enter(open);
    const stream = Readable.from(
      (function* () {
        yield Buffer.alloc(3 * mib);
        throw new Error('the source broke');
      })(),
    );
    await expect(room.store.put(room.key('a'), { stream, size })).rejects.toThrow('the source broke');
    expect(await room.store.head(room.key('a'))).toBeUndefined();
    expect(await uploadsOf(room.store, room.key('a'))).toEqual([]);
  });
}

function conditionTests(open: OpenStore): void {
  // Below and above the size that is written in parts: another request carries the condition.
  const sizes = [10, 65 * mib];

  it('says whether it has them', () => {
    using room = enter(open);
    expect(typeof room.store.capabilities.conditionalWrites).toBe('boolean');
  });

  it.each(sizes)('If-None-Match writes once, %d bytes', async (size) => {
    using room = enter(open);
    const condition = { ifNoneMatch: '*' } as const;
    const first = room.store.put(room.key('a'), Buffer.alloc(size, 1), condition);
    if (!room.store.capabilities.conditionalWrites)
      return expect(first).rejects.toThrow('no conditional writes');
    expect(await first).toMatchObject({ written: true });
    expect(await room.store.put(room.key('a'), Buffer.alloc(size, 2), condition)).toEqual({ written: false });
    expect((await contentOf(await room.store.get(room.key('a')))).at(-1)).toBe(1);
    expect(await uploadsOf(room.store, room.key('a'))).toEqual([]);
  });

  it.each(sizes)('If-Match writes over exactly that version, %d bytes', async (size) => {
    using room = enter(open);
    const first = await room.store.put(room.key('a'), Buffer.alloc(size, 1));
    if (!first.written) throw new Error('unconditional');
    const write = (fill: number, etag: string) =>
      room.store.put(room.key('a'), Buffer.alloc(size, fill), { ifMatch: etag });
    if (!room.store.capabilities.conditionalWrites) {
      return expect(write(2, first.etag)).rejects.toThrow('no conditional writes');
    }
    const second = await write(2, first.etag);
    expect(second).toMatchObject({ written: true });
    expect(await write(3, first.etag)).toEqual({ written: false });
    expect((await contentOf(await room.store.get(room.key('a')))).at(-1)).toBe(2);
    expect(await uploadsOf(room.store, room.key('a'))).toEqual([]);
  });

  it('If-Match writes nothing where nothing stands', async () => {
    using room = enter(open);
    const write = room.store.put(room.key('a'), Buffer.from('x'), { ifMatch: md5(Buffer.from('y')) });
    if (!room.store.capabilities.conditionalWrites)
      return expect(write).rejects.toThrow('no conditional writes');
    expect(await write).toEqual({ written: false });
    expect(await room.store.head(room.key('a'))).toBeUndefined();
  });

  it('lets one of many writers win', async () => {
    using room = enter(open);
    if (!room.store.capabilities.conditionalWrites) return;
    const writers = Array.from({ length: 12 }, (_, number) =>
      room.store.put(room.key('a'), Buffer.from(`writer ${number}`), { ifNoneMatch: '*' }),
    );
    const outcomes = await Promise.all(writers);
    const winners = outcomes.flatMap(({ written }, number) => (written ? [`writer ${number}`] : []));
    expect(winners).toHaveLength(1);
    expect(winners).toEqual([String(await contentOf(await room.store.get(room.key('a'))))]);
  });
}

function listTests(open: OpenStore): void {
  it('streams more than two pages in key order', async () => {
    using room = enter(open);
    const names = Array.from({ length: 2_300 }, (_, number) =>
      room.key(`many/${String(number).padStart(5, '0')}`),
    );
    await forEachConcurrent(names, 16, async (key) => void (await room.store.put(key, Buffer.from('x'))));
    expect(namesOf(await listed(room.store, room.key('many/')))).toEqual(names);
    expect(namesOf(await listed(room.store, room.key('many/0100')))).toEqual(names.slice(1000, 1010));
    expect(await room.store.remove(names)).toBe(2_300);
    expect(await listed(room.store, room.key('many/'))).toEqual([]);
  });

  it('pages through prefixes and objects of one level', async () => {
    using room = enter(open);
    const names = Array.from({ length: 1_300 }, (_, number) => {
      const name = String(number).padStart(5, '0');
      return room.key(number % 2 ? name : `${name}/in/side`);
    });
    await forEachConcurrent(names, 16, async (key) => void (await room.store.put(key, Buffer.alloc(0))));
    const level = await listed(room.store, room.key(''), '/');
    expect(namesOf(level)).toEqual(names.map((key) => key.replace('/in/side', '/')));
    expect(level.filter(({ kind }) => kind === 'prefix')).toHaveLength(650);
    await room.store.remove(names);
  });

  it('gives size, etag and hash as head does', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('hello'));
    const before = Date.now();
    const [entry] = await listed(room.store, room.key(''));
    const { modified, ...rest } = entry as ListEntry & { kind: 'object' };
    expect(rest).toEqual({ kind: 'object', ...(await room.store.head(room.key('a'))) });
    // Stores tell whole seconds, by a clock of their own.
    expect(Math.abs(modified! - before)).toBeLessThan(60_000);
  });

  it('takes a prefix as text, not as a folder', async () => {
    using room = enter(open);
    for (const name of ['a/x', 'a/y/z', 'ab', 'b']) await room.store.put(room.key(name), Buffer.from('1'));
    const inside = (names: string[]) => names.map((name) => room.key(name));
    expect(namesOf(await listed(room.store, room.key('a')))).toEqual(inside(['a/x', 'a/y/z', 'ab']));
    expect(namesOf(await listed(room.store, room.key('a'), '/'))).toEqual(inside(['a/', 'ab']));
    expect(namesOf(await listed(room.store, room.key('a/')))).toEqual(inside(['a/x', 'a/y/z']));
    expect(namesOf(await listed(room.store, room.key('a/'), '/'))).toEqual(inside(['a/x', 'a/y/']));
    expect(namesOf(await listed(room.store, room.key('a/x'), '/'))).toEqual(inside(['a/x']));
    expect(await listed(room.store, room.key('c'))).toEqual([]);
  });

  it('lists the whole bucket from the empty prefix', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('1'));
    expect(namesOf(await listed(room.store, ''))).toContain(room.key('a'));
  });

  it('stops where the reader stops', async () => {
    using room = enter(open);
    for (const name of ['a', 'b', 'c']) await room.store.put(room.key(name), Buffer.from('1'));
    for await (const entry of room.store.list(room.key(''))) {
      expect(entry).toMatchObject({ key: room.key('a') });
      break;
    }
  });
}

function copyTests(open: OpenStore): void {
  it('knows what it can copy from', async () => {
    using room = enter(open);
    using other = enter(open, 'second');
    expect(await room.store.canCopyFrom(room.store)).toBe(true);
    expect(await room.store.canCopyFrom(other.store)).toBe(true);
  });

  it.each([0, 1, 5 * mib])('copies %d bytes between buckets', async (size) => {
    using room = enter(open);
    using other = enter(open, 'second');
    const content = randomBytes(size);
    await room.store.put(room.key('a'), content);
    const { etag } = await other.store.copy(room.store, { key: room.key('a'), size }, other.key('b'));
    expect(await other.store.head(other.key('b'))).toMatchObject({ size, etag });
    expect(await contentOf(await other.store.get(other.key('b')))).toEqual(content);
  });

  it('overwrites', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('new'));
    await room.store.put(room.key('b'), Buffer.from('old content'));
    await room.store.copy(room.store, { key: room.key('a'), size: 3 }, room.key('b'));
    expect(String(await contentOf(await room.store.get(room.key('b'))))).toBe('new');
  });

  it('copies by parts, or whole where the store has none, beyond 500 MiB', async () => {
    using room = enter(open);
    using other = enter(open, 'second');
    const size = 501 * mib + 7;
    const { stream, hash } = generated(size);
    await room.store.put(room.key('a'), { stream, size });
    await other.store.copy(room.store, { key: room.key('a'), size }, other.key('b'));
    const info = await other.store.head(other.key('b'));
    expect(info).toMatchObject({ size });
    expect(info?.etag.endsWith('-4')).toBe(other.store.capabilities.partCopy);
    expect(await hashOf(await other.store.get(other.key('b')))).toBe(hash());
    expect(await uploadsOf(other.store, other.key('b'))).toEqual([]);
    await room.store.remove([room.key('a')]);
    await other.store.remove([other.key('b')]);
  });

  it('says that the source is missing', async () => {
    using room = enter(open);
    const copy = (size: number) =>
      room.store.copy(room.store, { key: room.key('absent'), size }, room.key('b'));
    await expect(copy(5)).rejects.toMatchObject({ reason: 'ObjectMissing' });
    await expect(copy(501 * mib)).rejects.toMatchObject({ reason: 'ObjectMissing' });
    expect(await room.store.head(room.key('b'))).toBeUndefined();
    expect(await uploadsOf(room.store, room.key('b'))).toEqual([]);
  });
}

function removalTests(open: OpenStore): void {
  it('removes what is there and does not mind what is not', async () => {
    using room = enter(open);
    await room.store.put(room.key('a'), Buffer.from('1'));
    expect(await room.store.remove([room.key('absent'), room.key('a')])).toBe(2);
    expect(await room.store.head(room.key('a'))).toBeUndefined();
    expect(await room.store.remove([])).toBe(0);
  });

  it('takes keys from a listing while it runs', async () => {
    using room = enter(open);
    const names = Array.from({ length: 30 }, (_, number) => room.key(`${number}`));
    for (const key of names) await room.store.put(key, Buffer.from('1'));
    const keys = async function* (): AsyncGenerator<string> {
      for await (const entry of room.store.list(room.key(''))) if (entry.kind === 'object') yield entry.key;
    };
    expect(await room.store.remove(keys())).toBe(30);
    expect(await listed(room.store, room.key(''))).toEqual([]);
  });
}

function uploadTests(open: OpenStore): void {
  it('finds an upload that was left open, and aborts it', async () => {
    using room = enter(open);
    const key = room.key('folder/left');
    // A source that stands still after the first part keeps the upload open for as long as we look.
    const { promise: still, reject } = Promise.withResolvers<never>();
    const stream = Readable.from(
      (async function* () {
        yield Buffer.alloc(17 * mib);
        await still;
      })(),
    );
    const put = room.store.put(key, { stream, size: 70 * mib }).catch((error: unknown) => error);
    const found = await vi.waitUntil(async () => (await uploadsOf(room.store, key))[0], { timeout: 10_000 });
    expect(found).toMatchObject({ key });
    expect(await uploadsOf(room.store, room.key('folder/'))).toEqual([found]);
    expect(await uploadsOf(room.store, room.key('elsewhere/'))).toEqual([]);
    await room.store.abortUpload(found);
    expect(await uploadsOf(room.store, room.key(''))).toEqual([]);
    await room.store.abortUpload(found);
    reject(new Error('the source broke'));
    expect(await put).toMatchObject({ message: 'the source broke' });
  });
}

function cancelTests(open: OpenStore): void {
  it('does nothing under a signal that is aborted already', async () => {
    using room = enter(open);
    const signal = AbortSignal.abort(new Error('cancelled'));
    await expect(room.store.check(signal)).rejects.toThrow('cancelled');
    await expect(room.store.head(room.key('a'), signal)).rejects.toThrow('cancelled');
    await expect(room.store.get(room.key('a'), {}, signal)).rejects.toThrow('cancelled');
    await expect(room.store.put(room.key('a'), Buffer.from('x'), undefined, signal)).rejects.toThrow(
      'cancelled',
    );
    const { stream } = generated(10 * mib);
    await expect(
      room.store.put(room.key('a'), { stream, size: 10 * mib }, undefined, signal),
    ).rejects.toThrow('cancelled');
    expect(stream.destroyed).toBe(true);
    await expect(
      room.store.copy(room.store, { key: room.key('a'), size: 1 }, room.key('b'), signal),
    ).rejects.toThrow('cancelled');
    await expect(room.store.remove([room.key('a')], signal)).rejects.toThrow('cancelled');
    await expect(Array.fromAsync(room.store.list('', {}, signal))).rejects.toThrow('cancelled');
    expect(await room.store.head(room.key('a'))).toBeUndefined();
  });

  it.each([4 * mib, 20 * mib, 70 * mib])('ends a put of %d bytes whose source stands still', async (size) => {
    using room = enter(open);
    const controller = new AbortController();
    const stream = new Readable({ read() {} });
    stream.push(Buffer.alloc(1 * mib));
    const put = room.store.put(room.key('a'), { stream, size }, undefined, controller.signal);
    setTimeout(() => controller.abort(new Error('cancelled')), 100);
    await expect(put).rejects.toThrow('cancelled');
    expect(stream.destroyed).toBe(true);
    expect(await room.store.head(room.key('a'))).toBeUndefined();
    expect(await uploadsOf(room.store, room.key('a'))).toEqual([]);
  });

  it('ends a read in the middle', async () => {
    using room = enter(open);
    const { stream } = generated(30 * mib);
    await room.store.put(room.key('a'), { stream, size: 30 * mib });
    const controller = new AbortController();
    const found = await room.store.get(room.key('a'), {}, controller.signal);
    const read = async (): Promise<void> => {
      for await (const _chunk of found?.body ?? []) controller.abort(new Error('cancelled'));
    };
    await expect(read()).rejects.toThrow('cancelled');
    expect(await room.store.head(room.key('a'))).toMatchObject({ size: 30 * mib });
  });

  it('ends a listing between its pages', async () => {
    using room = enter(open);
    const names = Array.from({ length: 1_001 }, (_, number) => room.key(`${number}`));
    await forEachConcurrent(names, 16, async (key) => void (await room.store.put(key, Buffer.alloc(0))));
    const controller = new AbortController();
    const read = async (): Promise<void> => {
      for await (const _entry of room.store.list(room.key(''), {}, controller.signal)) {
        controller.abort(new Error('cancelled'));
      }
    };
    await expect(read()).rejects.toThrow('cancelled');
    await room.store.remove(names);
  });
}

type Room = { store: ObjectStore; key(name: string): string; [Symbol.dispose](): void };

let rooms = 0;

/** A handle and a prefix for one test. */
function enter(open: OpenStore, bucket: 'first' | 'second' = 'first'): Room {
  const store = open(bucket);
  const prefix = `room-${++rooms}/`;
  return { store, key: (name) => prefix + name, [Symbol.dispose]: () => store.close() };
}

export function md5(content: Uint8Array): string {
  return createHash('md5').update(content).digest('hex');
}

/** A stream of so many bytes that are the same nowhere, and the MD5 of what was read of it. */
export function generated(size: number): { stream: Readable; hash: () => string } {
  const hash = createHash('md5');
  const block = randomBytes(mib);
  const stream = Readable.from(
    (function* () {
      for (let left = size, number = 0; left > 0; left -= mib, number++) {
        const chunk = Buffer.from(block.subarray(0, Math.min(left, mib)));
        if (chunk.length >= 4) chunk.writeUInt32LE(number);
        hash.update(chunk);
        yield chunk;
      }
    })(),
    { objectMode: false, highWaterMark: mib },
  );
  return { stream, hash: () => hash.copy().digest('hex') };
}

async function contentOf(found: { body: Readable } | undefined): Promise<Buffer> {
  if (!found) throw new Error('there is no object');
  return buffer(found.body);
}

async function hashOf(found: { body: Readable } | undefined): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of found?.body ?? []) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function listed(store: ObjectStore, prefix: string, delimiter?: '/'): Promise<ListEntry[]> {
  return Array.fromAsync(store.list(prefix, delimiter ? { delimiter } : {}));
}

function namesOf(entries: ListEntry[]): string[] {
  return entries.map((entry) => (entry.kind === 'object' ? entry.key : entry.prefix));
}

async function uploadsOf(store: ObjectStore, prefix: string): Promise<{ key: string; uploadId: string }[]> {
  return Array.fromAsync(store.listUploads(prefix));
}
