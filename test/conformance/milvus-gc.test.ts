// SPDX-License-Identifier: Apache-2.0
// The management port, as 2.3.5, 2.4 to 2.6.7, and 2.6.8 on answer there.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { gcCalls } from '../../src/milvus/gc.ts';

let server: Server;
const asked: string[] = [];

async function serve(status: number, body: string): Promise<string> {
  asked.length = 0;
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.close();
});

const path = '/management/datacoord/garbage_collection';

describe('garbage collection', () => {
  it('cannot be paused on 2.3.5', async () => {
    const managementAddress = await serve(404, '404 page not found');
    expect(await gcCalls({ managementAddress, timeoutMs: 1000 }, false).pauseGC(60)).toBeUndefined();
  });

  it('is paused for all below 2.6.8, whatever collection is named', async () => {
    const managementAddress = `${await serve(200, '{"msg": "OK"}')}/`;
    expect(await gcCalls({ managementAddress, timeoutMs: 1000 }, false).pauseGC(60, 7n)).toBe('instance');
    expect(asked).toEqual([`GET ${path}/pause?pause_seconds=60`]);
  });

  it('is paused for a collection by ticket from 2.6.8 on', async () => {
    const managementAddress = await serve(200, '{"msg":"OK","ticket":"a+b/c="}');
    const gc = gcCalls({ managementAddress, timeoutMs: 1000 }, true);
    const ticket = await gc.pauseGC(60, 470597564859948221n);
    expect(ticket).toEqual({ collectionId: 470597564859948221n, ticket: 'a+b/c=' });
    await gc.resumeGC({ collectionId: 1n, ticket: 'a+b/c=' });
    expect(asked).toEqual([
      `GET ${path}/pause?pause_seconds=60&collection_id=470597564859948221`,
      `GET ${path}/resume?ticket=a%2Bb%2Fc%3D`,
    ]);
  });

  it('is said to fail with the words of the server', async () => {
    const managementAddress = await serve(500, '{"msg": "failed to pause garbage collection"}');
    await expect(gcCalls({ managementAddress, timeoutMs: 1000 }, true).pauseGC(60)).rejects.toMatchObject({
      reason: 'MilvusError',
      message: expect.stringMatching(/HTTP 500: .*failed to pause/),
    });
  });

  it('is out of reach where nothing listens', async () => {
    const managementAddress = await serve(200, '');
    await new Promise((resolve) => server.close(resolve));
    await expect(gcCalls({ managementAddress, timeoutMs: 1000 }, true).pauseGC(60)).rejects.toMatchObject({
      reason: 'Unreachable',
      message: expect.stringMatching(/management port of Milvus at http:.*ECONNREFUSED/),
    });
  });

  it('is not paused without an address', async () => {
    expect(await gcCalls({ timeoutMs: 1000 }, true).pauseGC(60)).toBeUndefined();
  });
});
