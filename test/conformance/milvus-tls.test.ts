// SPDX-License-Identifier: Apache-2.0
// TLS between our client and a server, right and wrong, with certificates made for the occasion.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/base/clock.ts';
import { openMilvus } from '../../src/milvus/client.ts';
import type { MilvusOptions } from '../../src/milvus/contract.ts';
import { makeAuthority, makeCertificate } from '../lab/certificates.ts';
import { optionsFor } from './milvus-target.ts';
import { standard, startStub, type Stub } from './milvus-stub.ts';

type TLS = MilvusOptions['tls'];

let folder: string;
let one: Stub;
let mutual: Stub;
const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'milvus-tls-'));
  await makeAuthority(folder, 'ca', 'ours');
  await makeAuthority(folder, 'other', 'theirs');
  await makeCertificate(folder, 'ca', 'server', {
    subject: '/CN=server',
    names: ['localhost', 'milvus.example'],
  });
  await makeCertificate(folder, 'ca', 'client', { subject: '/CN=client' });
  const pair = {
    private_key: readFileSync(file('server.key')),
    cert_chain: readFileSync(file('server.crt')),
  };
  one = await startStub(standard, { credentials: ServerCredentials.createSsl(null, [pair]) });
  mutual = await startStub(standard, {
    credentials: ServerCredentials.createSsl(readFileSync(file('ca.crt')), [pair], true),
  });
});

afterAll(() => {
  one.stop();
  mutual.stop();
  rmSync(folder, { recursive: true });
});

async function version(stub: Stub, tls: TLS): Promise<string> {
  const address = stub.address.replace('127.0.0.1', 'localhost');
  const milvus = await openMilvus({ ...optionsFor({ address }), tls, timeoutMs: 5000 }, systemClock);
  await milvus.close();
  return milvus.server.version;
}

const ca = () => ({ caFile: file('ca.crt') });
const ours = () => ({ ...ca(), certFile: file('client.crt'), keyFile: file('client.key') });

describe('TLS', () => {
  it('is agreed with the CA named', async () => {
    expect(await version(one, { mode: 'Server', ...ca() })).toBe('v2.4.23');
    expect(await version(one, { mode: 'Server', ...ca(), serverName: 'milvus.example' })).toBe('v2.4.23');
    expect(await version(mutual, { mode: 'Mutual', ...ours() })).toBe('v2.4.23');
  });

  it.each<[string, () => [Stub, TLS], RegExp]>([
    ['plain against TLS', () => [one, { mode: 'Disabled' }], /speaks TLS, while our TLS mode is Disabled/],
    ['plain against mutual TLS', () => [mutual, { mode: 'Disabled' }], /speaks TLS/],
    ['no CA named', () => [one, { mode: 'Server' }], /of a CA that we do not trust/],
    [
      'another CA named',
      () => [one, { mode: 'Server', caFile: file('other.crt') }],
      /of a CA that we do not trust/,
    ],
    [
      'another name',
      () => [one, { mode: 'Server', ...ca(), serverName: 'wrong.example' }],
      /is for another name.*wrong\.example/,
    ],
    ['no client certificate', () => [mutual, { mode: 'Server', ...ca() }], /wants TLS mode Mutual/],
    ['no key named', () => [mutual, { mode: 'Mutual', ...ca() }], /needs a client certificate and its key/],
    [
      'no such file',
      () => [one, { mode: 'Server', caFile: file('none.crt') }],
      /CA certificate .* cannot be read: ENOENT/,
    ],
    [
      'a key for a certificate',
      () => [mutual, { mode: 'Mutual', ...ours(), certFile: file('client.key') }],
      /cannot be used/,
    ],
  ])('is refused with words for %s', async (_, wrong, words) => {
    await expect(version(...wrong())).rejects.toMatchObject({
      reason: 'TLSFailed',
      message: expect.stringMatching(words),
    });
  });
});
