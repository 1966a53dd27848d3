// SPDX-License-Identifier: Apache-2.0
// A real 2.3.5 that asks for logins and client certificates: started for this file, gone with it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openMilvus } from '../../src/milvus/client.ts';
import type { Login, MilvusClient, MilvusOptions } from '../../src/milvus/contract.ts';
import { makeAuthority, makeCertificate } from '../lab/certificates.ts';
import { startMilvus, up, type ExtraMilvus } from '../lab/lab.ts';
import { optionsFor } from './milvus-target.ts';

let folder: string;
let server: ExtraMilvus;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  const { namespace } = await up();
  folder = mkdtempSync(join(tmpdir(), 'milvus-secured-'));
  const host = `milvus-secured.${namespace}.svc`;
  await makeAuthority(folder, 'ca', 'secured');
  await makeCertificate(folder, 'ca', 'server', { subject: '/CN=server', names: [host] });
  await makeCertificate(folder, 'ca', 'client', { subject: '/CN=client' });
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  const tls = { certificate: read('server.crt'), key: read('server.key'), authority: read('ca.crt') };
  const spec = { name: 'milvus-secured', bucket: 'milvus-secured', rootPath: 'files', auth: true, tls };
  server = await startMilvus(spec);
});

afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});

const right = { user: 'root', password: 'Milvus' };

async function open(
  login: Login | undefined,
  change: Partial<MilvusOptions['tls']> = {},
): Promise<MilvusClient> {
  const files = { caFile: file('ca.crt'), certFile: file('client.crt'), keyFile: file('client.key') };
  const tls = { mode: 'Mutual', ...files, ...change } as const;
  return openMilvus({ ...optionsFor(server), tls, login: async () => login, timeoutMs: 10_000 }, systemClock);
}

describe('a real server with logins and mutual TLS', () => {
  it.each([
    ['user and password', right],
    ['a token', { token: 'root:Milvus' }],
  ])('lets %s in', async (_, login) => {
    const milvus = await open(login);
    expect(await milvus.listDatabases()).toEqual(['default']);
    await milvus.close();
  });

  it.each([
    ['a wrong password', { ...right, password: 'secret-and-wrong' }, /refused the login: auth check failure/],
    ['an unknown user', { ...right, user: 'nobody' }, /refused the login: auth check failure/],
    ['a wrong token', { token: 'root:secret-and-wrong' }, /refused the login: auth check failure/],
    ['no login', undefined, /refused the login: missing authorization/],
  ])('refuses %s', async (_, login, words) => {
    const failure = await open(login).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'CredentialsRejected', message: expect.stringMatching(words) });
    expect(String(failure)).not.toContain('secret-and-wrong');
  });

  it.each([
    ['no certificate', { mode: 'Server' }, /wants TLS mode Mutual/],
    ['no TLS', { mode: 'Disabled' }, /speaks TLS, while our TLS mode is Disabled/],
  ] as const)('refuses %s', async (_, change, words) => {
    await expect(open(right, change)).rejects.toMatchObject({
      reason: 'TLSFailed',
      message: expect.stringMatching(words),
    });
  });
});
