// SPDX-License-Identifier: Apache-2.0
// What becomes of each way in which a store can refuse, be absent or be something else: the reason, and a text that
// names the place and holds no secret.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/base/error.ts';
import type { Reason } from '../../src/base/reason.ts';
import type { Credentials, ObjectStore } from '../../src/store/contract.ts';
import { transfer } from '../../src/store/transfer.ts';
import { hurried, startMinio, type Minio } from './store-minio.ts';

let minio: Minio;
let secure: Minio;

beforeAll(async () => {
  [minio, secure] = await Promise.all([startMinio(), startMinio({ isTls: true })]);
  for (const bucket of ['private', 'readable', 'listable']) await minio.createBucket(bucket);
  await secure.createBucket('private');
  for (const bucket of ['private', 'readable']) {
    const store = minio.open(bucket);
    await store.put('there', Buffer.from('hello'));
    store.close();
  }
  await minio.allowAnonymous('readable', {
    bucket: ['s3:ListBucket', 's3:GetBucketLocation', 's3:ListBucketMultipartUploads'],
    objects: ['s3:GetObject'],
  });
  await minio.allowAnonymous('listable', { bucket: ['s3:ListBucket'], objects: ['s3:PutObject'] });
});

afterAll(() => Promise.all([minio.close(), secure.close()]));

const anonymous = (): Promise<Credentials> => Promise.resolve('anonymous');

/** Every verb, as something that can be tried against any store. */
const verbs: Record<string, (store: ObjectStore) => Promise<unknown>> = {
  check: (store) => store.check(),
  list: (store) => Array.fromAsync(store.list('')),
  head: (store) => store.head('there'),
  get: async (store) => (await store.get('there'))?.body.destroy(),
  put: (store) => store.put('new', Buffer.from('x')),
  stream: (store) => store.put('new', { stream: Readable.from([Buffer.alloc(9 << 20)]), size: 9 << 20 }),
  copy: (store) => store.copy(store, { key: 'there', size: 5 }, 'new'),
  remove: (store) => store.remove(['there']),
  listUploads: (store) => Array.fromAsync(store.listUploads('')),
  abortUpload: (store) => store.abortUpload({ key: 'there', uploadId: 'x' }),
};
const reads = ['check', 'list', 'head', 'get', 'listUploads'];
const changes = ['put', 'stream', 'copy', 'remove'];

async function failure(store: ObjectStore, verb: string): Promise<OperatorError> {
  try {
    await verbs[verb]?.(store);
  } catch (error) {
    if (error instanceof OperatorError) return error;
    throw error;
  } finally {
    store.close();
  }
  throw new Error(`${verb} succeeded`);
}

describe('credentials', () => {
  const wrongSecret = 'this-secret-is-wrong';
  const wrong = (): Promise<Credentials> =>
    Promise.resolve({ accessKeyId: minio.credentials.accessKeyId, secretAccessKey: wrongSecret });
  const unknown = (): Promise<Credentials> =>
    Promise.resolve({ accessKeyId: 'unknown-access-key', secretAccessKey: wrongSecret });

  it.each([...reads, ...changes])('a wrong secret: %s', async (verb) => {
    const error = await failure(minio.open('private', { credentials: wrong }), verb);
    expect(error.reason).toBe('CredentialsRejected');
    expect(error.message).toMatch(/the credentials were rejected \(SignatureDoesNotMatch/);
    expect(error.message).toContain(`s3://private`);
    expect(error.message).toContain(minio.endpoint);
    expect(error.message).not.toContain(wrongSecret);
    expect(error.message).not.toContain(minio.credentials.accessKeyId);
  });

  it.each(reads)('an unknown access key: %s', async (verb) => {
    const error = await failure(minio.open('private', { credentials: unknown }), verb);
    expect(error.reason).toBe('CredentialsRejected');
    expect(error.message).toContain('InvalidAccessKeyId');
    expect(error.message).not.toContain('unknown-access-key');
  });

  it('are read anew once when they are rejected', async () => {
    let reads = 0;
    const rotating = (): Promise<Credentials> =>
      ++reads === 1 ? wrong() : Promise.resolve(minio.credentials);
    const store = minio.open('private', { credentials: rotating });
    await Promise.all([store.head('there'), store.head('there'), store.check()]);
    expect(reads).toBe(2);
    await store.head('there');
    expect(reads).toBe(2);
    store.close();
  });

  it('that were renewed under a stream let the transfer begin again', async () => {
    let reads = 0;
    const rotating = (): Promise<Credentials> =>
      ++reads === 1 ? wrong() : Promise.resolve(minio.credentials);
    const source = minio.open('private', { region: 'elsewhere' });
    const size = 9 << 20;
    await source.put('large', Buffer.alloc(size, 7));
    const from = await source.head('large');
    const target = minio.open('readable', { credentials: rotating });
    if (!from) throw new Error('no source');
    await transfer({ source, from, target, key: 'large' }, undefined, hurried);
    expect(await target.head('large')).toMatchObject({ size, contentHash: from.contentHash });
    await target.remove(['large']);
    source.close();
    target.close();
  });

  it('that cannot be read are the reader’s own error', async () => {
    const missing = new OperatorError('SecretNotFound', 'no such Secret');
    const store = minio.open('private', { credentials: () => Promise.reject(missing) });
    await expect(store.check()).rejects.toBe(missing);
    store.close();
  });
});

// Invariant: each cause has its own reason, and names where it was met.
describe('[FM-23] permissions', () => {
  it.each(reads)('none at all: %s', async (verb) => {
    const error = await failure(minio.open('private', { credentials: anonymous }), verb);
    expect(error.reason).toBe('CredentialsRejected');
    expect(error.message).toMatch(/access was denied, s3:\w+ is missing/);
  });

  it.each(['check', 'list', 'head', 'get'])('to read: %s works', async (verb) => {
    const store = minio.open('readable', { credentials: anonymous });
    await verbs[verb]?.(store);
    store.close();
  });

  it.each(changes)('only to read: %s', async (verb) => {
    const error = await failure(minio.open('readable', { credentials: anonymous }), verb);
    expect(error.reason).toBe('TargetReadOnly');
    expect(error.message).toMatch(
      verb === 'remove' ? 's3:DeleteObject is missing' : 's3:PutObject is missing',
    );
    if (verb === 'remove') expect(error.message).toContain('s3://readable/there');
  });

  it('to write but not to read the source of a copy: the source is named', async () => {
    const target = minio.open('listable', { credentials: anonymous });
    const source = minio.open('private', { credentials: anonymous });
    await target.put('own', Buffer.from('x'));
    const copy = target.copy(source, { key: 'there', size: 5 }, 'copied');
    await expect(copy).rejects.toMatchObject({
      reason: 'CredentialsRejected',
      message: expect.stringContaining('Could not read s3://private/there') as string,
    });
    source.close();
    target.close();
  });
});

describe('buckets', () => {
  it.each(['check', 'list', 'get', 'put', 'stream', 'copy', 'remove', 'listUploads'])(
    'that do not exist: %s',
    async (verb) => {
      const error = await failure(minio.open('nowhere'), verb);
      expect(error.reason).toBe('BucketNotFound');
      expect(error.message).toContain('there is no bucket nowhere');
    },
  );

  it('with illegal names', async () => {
    expect(await failure(minio.open('No_Bucket'), 'check')).toMatchObject({ reason: 'InvalidConfiguration' });
  });
});

// Invariant: each cause has its own reason: names, ports, time-outs.
describe('[FM-23] routes', () => {
  it.each<[string, string, Reason, RegExp]>([
    ['an unknown host', 'no-such-host.invalid:9000', 'Unreachable', /host name is not known \(E/],
    ['a closed port', '127.0.0.1:1', 'Unreachable', /the connection was refused \(ECONNREFUSED/],
  ])('%s', async (_name, endpoint, reason, text) => {
    for (const verb of [...reads, ...changes]) {
      const error = await failure(minio.open('private', { endpoint }), verb);
      expect(error.reason).toBe(reason);
      expect(error.message).toMatch(text);
      expect(error.message).toContain(endpoint);
    }
  });

  it('repeats five times before it gives up', async () => {
    let connections = 0;
    await using server = await serve((_request, response) => {
      connections += 1;
      response.destroy();
    });
    const store = minio.open('private', { endpoint: server.endpoint });
    expect(await failure(store, 'head')).toMatchObject({ reason: 'Unreachable' });
    expect(connections).toBe(6);
  });
});

describe('TLS', () => {
  const tls = { enabled: true, insecureSkipVerify: false };

  it('spoken to a server without', async () => {
    const error = await failure(minio.open('private', { tls }), 'check');
    expect(error.reason).toBe('TLSFailed');
    expect(error.message).toContain('tls.enabled: false');
  });

  it.each(['check', 'head', 'get', 'put', 'remove'])('not spoken to a server with: %s', async (verb) => {
    const error = await failure(secure.open('private', { tls: { ...tls, enabled: false } }), verb);
    expect(error.reason).toBe('TLSFailed');
    expect(error.message).toContain('tls.enabled: true');
  });

  it('by an unknown authority', async () => {
    const error = await failure(secure.open('private', { tls }), 'check');
    expect(error.reason).toBe('TLSFailed');
    expect(error.message).toMatch(/certificate is not trusted \(DEPTH_ZERO_SELF_SIGNED_CERT/);
  });

  it('by an authority that the file names', async () => {
    const store = secure.open('private');
    await store.put('a', Buffer.alloc(9 << 20));
    expect(await store.head('a')).toMatchObject({ size: 9 << 20 });
    store.close();
  });

  it('unverified, if that is wanted', async () => {
    const store = secure.open('private', { tls: { ...tls, insecureSkipVerify: true } });
    await store.check();
    store.close();
  });

  it('with a CA file that is not there, and once it is', async () => {
    const options = { ...tls, caFile: '/nowhere/ca.crt' };
    const store = secure.open('private', { tls: options });
    await expect(store.check()).rejects.toMatchObject({
      reason: 'TLSFailed',
      message: expect.stringContaining('/nowhere/ca.crt') as string,
    });
    options.caFile = secure.caFile;
    await store.check();
    store.close();
  });

  it('under another host name than the certificate’s', async () => {
    const endpoint = secure.endpoint.replace('127.0.0.1', 'localhost');
    const tls = { enabled: true, insecureSkipVerify: false, caFile: secure.caFile };
    const error = await failure(secure.open('private', { endpoint, tls }), 'check');
    expect(error).toMatchObject({ reason: 'TLSFailed' });
    expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });
});

describe('something that is no object store', () => {
  // An empty list would read as an empty bucket, a missing ETag as a write that went well.
  it.each(['check', 'list', 'head', 'get', 'put', 'stream', 'copy'])('a web page: %s', async (verb) => {
    await using server = await serve((request, response) => {
      request.resume();
      response.setHeader('content-type', 'text/html');
      response.end('<html><body>welcome</body></html>');
    });
    const error = await failure(minio.open('private', { endpoint: server.endpoint }), verb);
    expect(error.reason).toBe('StoreError');
    expect(error.message).toContain('no object store');
  });
});

async function serve(
  handler: Parameters<typeof createServer>[1] & {},
): Promise<{ endpoint: string; [Symbol.asyncDispose](): Promise<void> }> {
  const server: Server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
