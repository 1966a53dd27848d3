// SPDX-License-Identifier: Apache-2.0
// The way to object storage goes through the proxies that the environment names.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { openS3Store } from '../../../src/store/s3.ts';

let proxy: Server;
let address: string;
let asked: string[];

beforeEach(async () => {
  asked = [];
  proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(200, { 'content-length': '3', etag: '"e"' }).end();
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterEach(() => {
  proxy.close();
  proxy.closeAllConnections();
});

function open(enabled: boolean, proxies: Record<string, string>): ReturnType<typeof openS3Store> {
  const credentials = async () => ({ accessKeyId: 'a', secretAccessKey: 'b' });
  const tls = { enabled, insecureSkipVerify: false };
  const place = {
    provider: 'Minio',
    endpoint: 'store.invalid:9000',
    bucket: 'b',
    addressing: 'Auto',
  } as const;
  return openS3Store({ ...place, tls, credentials, concurrency: 1, proxies }, systemClock);
}

it.each(['HTTP_PROXY', 'http_proxy'])('plain HTTP by %s', async (name) => {
  const store = open(false, { [name]: address });
  expect(await store.head('key')).toMatchObject({ size: 3 });
  expect(asked).toEqual(['HEAD http://store.invalid:9000/b/key']);
  store.close();
});

it('TLS by HTTPS_PROXY, through a tunnel', async () => {
  const store = open(true, { HTTPS_PROXY: address });
  await expect(store.head('key', AbortSignal.timeout(1000))).rejects.toThrow();
  expect(asked[0]).toBe('CONNECT store.invalid:9000');
  store.close();
});

it('not for those whom NO_PROXY names', async () => {
  const store = open(false, { HTTP_PROXY: address, NO_PROXY: 'store.invalid' });
  await expect(store.head('key', AbortSignal.timeout(1000))).rejects.toThrow();
  expect(asked).toEqual([]);
  store.close();
});
