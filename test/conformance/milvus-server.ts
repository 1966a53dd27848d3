// SPDX-License-Identifier: Apache-2.0
// Cases: reaching the server, or not, and what it says of itself.
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openMilvus } from '../../src/milvus/client.ts';
import type { MilvusOptions } from '../../src/milvus/contract.ts';
import { optionsFor, type Scene } from './milvus-target.ts';

export function serverCases(scene: () => Scene): void {
  const open = (change: Partial<MilvusOptions>) =>
    openMilvus({ ...optionsFor(scene().target), ...change }, systemClock);

  describe('server', () => {
    it('says its version', () => {
      const { milvus, target } = scene();
      expect(milvus.server.version).toBe(target.version);
      expect(milvus.address).toBe(target.address);
    });

    it('accepts a login where it asks for none', async () => {
      const milvus = await open({ login: async () => ({ user: 'root', password: 'any' }) });
      expect(await milvus.listDatabases()).toContain('default');
      await milvus.close();
    });

    it('knows no host of a false name', async () => {
      await expect(open({ address: 'no-such-host.invalid:19530' })).rejects.toMatchObject({
        reason: 'Unreachable',
        message: expect.stringMatching(/no-such-host\.invalid:19530 cannot be resolved/),
      });
    });

    it('is not behind a port where nothing listens', async () => {
      const address = `127.0.0.1:${await freePort()}`;
      await expect(open({ address })).rejects.toMatchObject({
        reason: 'Unreachable',
        message: expect.stringContaining(`nothing listens at ${address} (connection refused)`),
      });
    });

    it('is not its management port', async () => {
      const { managementAddress } = scene().target;
      if (managementAddress === undefined) return;
      await expect(open({ address: new URL(managementAddress).host })).rejects.toMatchObject({
        reason: 'Unreachable',
        message: expect.stringContaining('is none of gRPC'),
      });
    });

    it('is told from a server with TLS', async () => {
      await expect(open({ tls: { mode: 'Server' } })).rejects.toMatchObject({
        reason: 'TLSFailed',
        message: expect.stringContaining('speaks plain text'),
      });
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
