// SPDX-License-Identifier: Apache-2.0
// What the driver puts on the wire, as a server of any provider sees it: half of them refuse what the SDK adds by itself.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import type { ObjectStore, StoreOptions } from '../../src/store/contract.ts';
import { openS3Store } from '../../src/store/s3.ts';

type Seen = {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: Buffer;
};

let server: Server;
let seen: Seen[];
let store: ObjectStore | undefined;
/** How the next answers are changed. */
let status: number;

const etag = '"5d41402abc4b2a76b9719d911017c592"';
const answers: Record<string, string> = {
  list: '<ListBucketResult><Name>wire</Name><IsTruncated>false</IsTruncated></ListBucketResult>',
  delete: '<DeleteResult></DeleteResult>',
  copy: `<CopyObjectResult><ETag>${etag}</ETag></CopyObjectResult>`,
};

beforeEach(async () => {
  seen = [];
  status = 200;
  server = createServer((request, response) => {
    void (async () => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://wire');
      const { method = '', headers } = request;
      const call = { method, path: pathname, query: searchParams, headers, body: await buffer(request) };
      seen.push(call);
      response.writeHead(status, { etag });
      response.end(method === 'HEAD' ? undefined : (answers[kindOf(call)] ?? ''));
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  store?.close();
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

function kindOf({ method, path, query, headers }: Seen): string {
  if (query.has('delete')) return 'delete';
  if ('x-amz-copy-source' in headers) return 'copy';
  return method === 'GET' && /^\/wire\/?$/.test(path) ? 'list' : '';
}

function open(options: Partial<StoreOptions> = {}, clock: Clock = systemClock): ObjectStore {
  store = openS3Store(
    {
      provider: 'Minio',
      endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
      bucket: 'wire',
      addressing: 'Auto',
      tls: { enabled: false, insecureSkipVerify: false },
      credentials: () => Promise.resolve({ accessKeyId: 'someone', secretAccessKey: 'something' }),
      concurrency: 4,
      ...options,
    },
    clock,
  );
  return store;
}

function only(): Seen {
  expect(seen).toHaveLength(1);
  if (!seen[0]) throw new Error('nothing arrived');
  return seen[0];
}

describe('on the wire', () => {
  it('bytes carry a length and a signed hash, and nothing that was not asked for', async () => {
    await open().put('a', Buffer.from('hello'));
    const { headers, body, path } = only();
    expect(path).toBe('/wire/a');
    expect(String(body)).toBe('hello');
    expect(headers).toMatchObject({
      'content-length': '5',
      'x-amz-content-sha256': createHash('sha256').update('hello').digest('hex'),
    });
    expect(unwanted(headers)).toEqual([]);
  });

  it('a stream carries a length and is not chunked', async () => {
    await open().put('a', { stream: Readable.from([Buffer.alloc(9 << 20)]), size: 9 << 20 });
    const { headers, body } = only();
    expect(body).toHaveLength(9 << 20);
    expect(headers).toMatchObject({
      'content-length': String(9 << 20),
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    });
    expect(unwanted(headers)).toEqual([]);
  });

  it('a removal of many carries Content-MD5', async () => {
    await open().remove(['a', 'b&<c>']);
    const { headers, body } = only();
    expect(headers['content-md5']).toBe(createHash('md5').update(body).digest('base64'));
    expect(unwanted(headers)).toEqual([]);
    expect(String(body)).toContain('<Key>b&amp;&lt;c&gt;</Key>');
  });

  it('a copy names its source encoded, and its region signs', async () => {
    const target = open({ region: 'eu-central-1' });
    await target.copy(target, { key: 'a b/ü+', size: 1 }, 'c');
    const { headers } = only();
    expect(headers['x-amz-copy-source']).toBe('wire/a%20b/%C3%BC%2B');
    expect(headers.authorization).toContain('/eu-central-1/s3/aws4_request');
  });

  it('nobody’s requests are not signed', async () => {
    await open({ credentials: () => Promise.resolve('anonymous') }).head('a');
    expect(only().headers.authorization).toBeUndefined();
  });

  it('GCS gets no parameter that it does not know', async () => {
    await open({ provider: 'GCS' }).put('a', Buffer.from('x'));
    expect([...only().query.keys()]).toEqual([]);
  });

  it('GCS gets its removals one by one', async () => {
    await open({ provider: 'GCS' }).remove(['a', 'b']);
    expect(seen.map(({ method, path }) => `${method} ${path}`).sort()).toEqual([
      'DELETE /wire/a',
      'DELETE /wire/b',
    ]);
  });

  it.each([
    ['Minio', 'list-type'],
    ['Ceph', undefined],
  ] as const)('%s is listed in its own way', async (provider, parameter) => {
    await Array.fromAsync(open({ provider }).list('x/'));
    const { query } = only();
    expect(query.get('prefix')).toBe('x/');
    expect(query.has('list-type')).toBe(parameter === 'list-type');
  });

  it('no more requests are under way than the concurrency says', async () => {
    let [under, highest] = [0, 0];
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      under += 1;
      highest = Math.max(highest, under);
      request.resume();
      setTimeout(() => {
        under -= 1;
        response.writeHead(200, { etag, 'content-length': 5 }).end();
      }, 20);
    });
    const target = open({ concurrency: 3 });
    await Promise.all(Array.from({ length: 20 }, (_, number) => target.head(`${number}`)));
    expect(highest).toBe(3);
  });

  it('gives up after its patience, not after six time-outs', async () => {
    status = 500;
    let now = 0;
    // A clock on which every try takes forty seconds.
    const clock: Clock = { ...systemClock, monotonic: () => (now += 40_000), sleep: () => Promise.resolve() };
    await expect(open({}, clock).put('a', Buffer.from('x'))).rejects.toMatchObject({ reason: 'StoreError' });
    expect(seen).toHaveLength(3);
  });
});

/** Headers that some provider refuses. */
function unwanted(headers: IncomingHttpHeaders): string[] {
  const refused =
    /^(expect|transfer-encoding|content-encoding|x-amz-trailer|x-amz-(sdk-)?checksum-.*|x-amz-decoded-.*)$/;
  return Object.keys(headers).filter((name) => refused.test(name));
}
