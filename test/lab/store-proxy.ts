// SPDX-License-Identifier: Apache-2.0
// An object store that misbehaves: a proxy on loopback before a real one. Requests pass byte for byte, Host header
// included, so that signatures stay valid. Damage is done behind the client's back: the write goes through honestly, with
// the store's own answer, and is then falsified with credentials of the proxy's own before that answer is passed on.
// Clients must use path addressing.
import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** What a request does. `part` covers parts that are uploaded and parts that are copied. */
export type Verb =
  | 'put'
  | 'copy'
  | 'part'
  | 'create'
  | 'complete'
  | 'abort'
  | 'get'
  | 'head'
  | 'list'
  | 'delete'
  | 'other';

/**
 * Which requests a fault strikes: every Nth (default each) of these verbs and keys, of listings of this prefix, signed by
 * this access key, at most `times`.
 */
type Aim = {
  every?: number;
  times?: number;
  keys?: RegExp;
  prefix?: RegExp;
  verbs?: readonly Verb[];
  login?: string;
};

export type Fault = Aim &
  (
    | { kind: 'swallow' }
    | { kind: 'truncate'; bytes?: number }
    | { kind: 'flip' }
    /** Exchanges the contents of the struck write and of the next; waits for that one at most `holdMs`. */
    | { kind: 'swap'; holdMs?: number }
    /** An answer of S3's form without asking the store: 503 SlowDown, 403 AccessDenied, an error in a 200. */
    | { kind: 'answer'; status: number; code: string }
    /** Of each `every` requests the last `burst` get 503 SlowDown. */
    | { kind: 'slowDown'; burst?: number }
    | { kind: 'denyWrites' }
    /** Cuts the connection after so many bytes of the answer's body. */
    | { kind: 'reset'; afterBytes?: number }
    /** Lets the store do it and cuts the connection instead of answering. */
    | { kind: 'loseAnswer' }
    | { kind: 'delay'; ms: number }
    /** Passes it on when that has come. */
    | { kind: 'hold'; until: Promise<unknown> }
  );

export type ProxyOptions = {
  /** host:port of the real store. */
  upstream: string;
  listen?: { host?: string; port?: number };
  /** The proxy's own login at the store, needed by swallow, truncate, flip and swap. */
  credentials?: { accessKeyId: string; secretAccessKey: string };
  faults?: Fault[];
};

export type StoreProxy = {
  /** host:port for clients. */
  endpoint: string;
  /** Requests seen, by verb. */
  counts: Record<Verb, number>;
  /** How often a write of a key (`bucket/key`) succeeded: put, copy and completed upload. */
  byKey: Map<string, number>;
  /** What the faults have hit, in order. */
  struck: { kind: Fault['kind']; verb: Verb; key: string }[];
  /** Replaces the faults; none: an honest proxy. */
  setFault(...faults: Fault[]): void;
  close(): Promise<void>;
};

const writes: readonly Verb[] = ['put', 'copy', 'complete'];
const changes: readonly Verb[] = [...writes, 'part', 'create', 'abort', 'delete'];

const aims: Partial<Record<Fault['kind'], readonly Verb[]>> = {
  swallow: writes,
  truncate: writes,
  flip: writes,
  swap: writes,
  denyWrites: changes,
  reset: ['get'],
  loseAnswer: writes,
};

type Asked = { verb: Verb; bucket: string; key: string; prefix: string };
type Call = Asked & { request: IncomingMessage; response: ServerResponse };

/** Starts the proxy on a free port of loopback, if not told otherwise. */
export async function startStoreProxy(options: ProxyOptions): Promise<StoreProxy> {
  const [host = '127.0.0.1', port = '80'] = options.upstream.split(':');
  const agent = new Agent({ keepAlive: true });
  const tampering = openTampering(options);
  const counts = Object.fromEntries(
    [...changes, 'get', 'head', 'list', 'other'].map((verb) => [verb, 0]),
  ) as Record<Verb, number>;
  const byKey = new Map<string, number>();
  const struck: StoreProxy['struck'] = [];
  let pick = openAim(options.faults ?? []);

  const serve = async (call: Call): Promise<void> => {
    counts[call.verb] += 1;
    const faults = pick(call);
    for (const { kind } of faults) struck.push({ kind, verb: call.verb, key: `${call.bucket}/${call.key}` });
    const find = <K extends Fault['kind']>(kind: K) =>
      faults.find((fault): fault is Extract<Fault, { kind: K }> => fault.kind === kind);

    const delay = find('delay');
    if (delay) await sleep(delay.ms);
    await find('hold')?.until;
    const canned = cannedAnswer(faults);
    if (canned) return answer(call, canned);

    const falsify = await tampering.prepare(call, faults);
    const upstream = request({
      host,
      port,
      agent,
      method: call.request.method,
      path: call.request.url,
      headers: call.request.rawHeaders,
      setHost: false,
    });
    const reply = await forward(call, upstream);
    // The answer to a copy or a completion begins before it is done: only its end says that the object stands there.
    const body = isWritten(call, reply) ? await buffer(reply) : undefined;
    if (body && !body.includes('<Error>')) {
      byKey.set(`${call.bucket}/${call.key}`, (byKey.get(`${call.bucket}/${call.key}`) ?? 0) + 1);
      await falsify();
    }
    if (find('loseAnswer')) {
      if (!body) await buffer(reply);
      call.response.destroy();
      return;
    }
    const reset = find('reset');
    call.response.writeHead(reply.statusCode ?? 502, reply.statusMessage, reply.rawHeaders);
    if (reset) await cutAfter(reset.afterBytes ?? 1, reply, call.response);
    else if (body) call.response.end(body);
    else reply.pipe(call.response);
  };

  const server = createServer((request, response) => {
    const call = { ...readCall(request), request, response };
    serve(call).catch(() => response.destroy());
  });
  server.requestTimeout = 0;
  server.listen(options.listen?.port ?? 0, options.listen?.host ?? '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  return {
    endpoint: `${address.address}:${address.port}`,
    counts,
    byKey,
    struck,
    setFault(...faults) {
      pick = openAim(faults);
    },
    async close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      tampering.close();
      await once(server, 'close');
    },
  };
}

/** Counts the matching requests of each fault and says which faults strike this one. */
function openAim(faults: Fault[]): (call: Call) => Fault[] {
  const states = faults.map((fault) => ({ fault, seen: 0, hits: 0 }));
  return (call) =>
    states
      .filter((state) => {
        const { fault } = state;
        const verbs = fault.verbs ?? aims[fault.kind];
        if (verbs && !verbs.includes(call.verb)) return false;
        if (fault.keys && !fault.keys.test(call.key)) return false;
        if (fault.prefix && !fault.prefix.test(call.prefix)) return false;
        if (fault.login !== undefined && fault.login !== loginOf(call)) return false;
        state.seen += 1;
        const every = fault.every ?? 1;
        const burst = fault.kind === 'slowDown' ? (fault.burst ?? 1) : 1;
        const isDue = (state.seen - 1) % every >= every - burst && state.hits < (fault.times ?? Infinity);
        if (isDue) state.hits += 1;
        return isDue;
      })
      .map(({ fault }) => fault);
}

/** Access key of the request's signature. */
function loginOf({ request: { headers } }: Call): string | undefined {
  return /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1];
}

function readCall({ method = '', url = '', headers }: IncomingMessage): Asked {
  const [path = '', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const [, bucket = '', ...rest] = path.split('/');
  const key = decodeURIComponent(rest.join('/'));
  return {
    verb: verbOf(method, query, { hasKey: key !== '', isCopy: 'x-amz-copy-source' in headers }),
    bucket,
    key,
    prefix: query.get('prefix') ?? '',
  };
}

function verbOf(method: string, query: URLSearchParams, about: { hasKey: boolean; isCopy: boolean }): Verb {
  const hasUpload = query.has('uploadId');
  switch (method) {
    case 'PUT':
      if (hasUpload) return 'part';
      if (!about.hasKey) return 'other';
      return about.isCopy ? 'copy' : 'put';
    case 'POST':
      if (query.has('delete')) return 'delete';
      if (query.has('uploads')) return 'create';
      return hasUpload ? 'complete' : 'other';
    case 'DELETE':
      if (hasUpload) return 'abort';
      return about.hasKey ? 'delete' : 'other';
    case 'GET':
      return about.hasKey ? 'get' : 'list';
    case 'HEAD':
      return 'head';
    default:
      return 'other';
  }
}

function cannedAnswer(faults: Fault[]): { status: number; code: string } | undefined {
  for (const fault of faults) {
    if (fault.kind === 'answer') return fault;
    if (fault.kind === 'slowDown') return { status: 503, code: 'SlowDown' };
    if (fault.kind === 'denyWrites') return { status: 403, code: 'AccessDenied' };
  }
  return undefined;
}

/** Takes the body first: an answer before its end would look like a broken connection to some clients. */
async function answer(call: Call, { status, code }: { status: number; code: string }): Promise<void> {
  call.request.resume();
  if (!call.request.readableEnded) await once(call.request, 'end');
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>said the proxy</Message></Error>`;
  call.response.writeHead(status, {
    'content-type': 'application/xml',
    'content-length': Buffer.byteLength(body),
  });
  call.response.end(call.request.method === 'HEAD' ? undefined : body);
}

async function forward({ request, response }: Call, upstream: ClientRequest): Promise<IncomingMessage> {
  request.pipe(upstream);
  // Whoever goes away takes the other side along, so that a half-sent object is not stored.
  response.once('close', () => {
    if (!response.writableEnded) upstream.destroy();
  });
  const [reply] = (await once(upstream, 'response')) as [IncomingMessage];
  return reply;
}

function isWritten({ verb }: Call, { statusCode = 0 }: IncomingMessage): boolean {
  return writes.includes(verb) && statusCode >= 200 && statusCode < 300;
}

async function cutAfter(bytes: number, reply: IncomingMessage, response: ServerResponse): Promise<void> {
  let left = bytes;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    await new Promise((resolve) => {
      response.write(piece, resolve);
    });
    if (left > 0) continue;
    // Let the bytes arrive before the cut.
    await sleep(20);
    response.destroy();
    return;
  }
  response.end();
}

type Place = { bucket: string; key: string };

/** Two writes that change places. */
type Pair = { first: PromiseWithResolvers<Place>; done: PromiseWithResolvers<void>; holdMs: number };

function openPair(holdMs = 2_000): Pair {
  return { first: Promise.withResolvers(), done: Promise.withResolvers(), holdMs };
}

type Tampering = {
  /** Looks at what stands there before the write; the result falsifies what it has written. */
  prepare(call: Call, faults: Fault[]): Promise<() => Promise<void>>;
  close(): void;
};

function openTampering({ upstream, credentials }: ProxyOptions): Tampering {
  const client = new S3Client({
    endpoint: `http://${upstream}`,
    region: 'us-east-1',
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    ...(credentials ? { credentials } : {}),
  });
  const read = async ({ bucket, key }: Place): Promise<Buffer | undefined> => {
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Body && Buffer.from(await Body.transformToByteArray());
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return undefined;
      throw error;
    }
  };
  const write = async ({ bucket, key }: Place, body: Buffer | undefined): Promise<void> => {
    const target = { Bucket: bucket, Key: key };
    await (body
      ? client.send(new PutObjectCommand({ ...target, Body: body }))
      : client.send(new DeleteObjectCommand(target)));
  };
  const change = async (place: Place, falsify: (body: Buffer) => Buffer): Promise<void> => {
    const body = await read(place);
    if (body) await write(place, falsify(body));
  };

  // A write waits for another to change places with, from before it is made: the other may be done first.
  let open: Pair | undefined;
  const join = async (pair: Pair, place: Place): Promise<void> => {
    open = undefined;
    const first = await Promise.race([pair.first.promise, sleep(pair.holdMs)]);
    if (first) {
      const [one, other] = [await read(first), await read(place)];
      await write(first, other);
      await write(place, one);
    }
    pair.done.resolve();
  };
  const lead = async (pair: Pair, place: Place): Promise<void> => {
    pair.first.resolve(place);
    await Promise.race([pair.done.promise, sleep(pair.holdMs)]);
    if (open === pair) open = undefined;
  };

  return {
    async prepare(call, faults) {
      const isSwallowed = faults.some(({ kind }) => kind === 'swallow');
      const before = isSwallowed ? await read(call) : undefined;
      const swap = faults.find((fault) => fault.kind === 'swap');
      const pair = swap && !open ? openPair(swap.holdMs) : undefined;
      open ??= pair;
      return async () => {
        for (const fault of faults) {
          if (fault.kind === 'swallow') await write(call, before);
          if (fault.kind === 'truncate') await change(call, (body) => body.subarray(0, -(fault.bytes ?? 1)));
          if (fault.kind === 'flip') await change(call, flipped);
        }
        if (pair) await lead(pair, call);
        else if (open) await join(open, call);
      };
    },
    close: () => client.destroy(),
  };
}

function flipped(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  return copy;
}
