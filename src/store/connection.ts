// SPDX-License-Identifier: Apache-2.0
// The SDK's client and what it is made of: sockets, time-outs, TLS, credentials. Made at the first request, because
// credentials and the CA are read from files; made anew when the store rejects the credentials and they have changed.
import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import { OperatorError, messageOf } from '../base/error.ts';
import type { Credentials, StoreOptions } from './contract.ts';
import { withContentMd5, withoutOperation } from './middleware.ts';
import type { Quirks } from './quirks.ts';

export type Connection = {
  client(): Promise<S3Client>;
  /** Reads the credentials anew after they were rejected on `failed`. True if another try may fare better. */
  renew(failed: S3Client): Promise<boolean>;
  /** Who this is, as far as it can be compared: two connections of one login see the same. */
  login(): Promise<string>;
  /** What must not appear in any message. */
  secrets(): string[];
  close(): void;
};

const connectMs = 10_000;
/** Without a byte either way. Longer than any store takes over one part of a copy. */
const idleMs = 60_000;

type Session = { client: S3Client; credentials: Credentials | undefined };
type Agents = { httpAgent: HttpAgent; httpsAgent: HttpsAgent };

export function openConnection(options: StoreOptions, quirks: Quirks): Connection {
  let agents: Promise<Agents> | undefined;
  let session: Promise<Session> | undefined;
  const known = new Set<string>();

  const start = async (): Promise<Session> => {
    const credentials = await options.credentials();
    for (const secret of secretsOf(credentials)) known.add(secret);
    agents ??= openAgents(options);
    return { client: openClient(options, quirks, credentials, await agents), credentials };
  };
  // A failed start (an unreadable file) is not kept: the next request tries again.
  const current = (): Promise<Session> => {
    session ??= start().catch((error: unknown) => {
      session = undefined;
      agents = undefined;
      throw error;
    });
    return session;
  };

  return {
    client: async () => (await current()).client,
    async renew(failed) {
      const before = await current();
      if (before.client !== failed) return true;
      session = undefined;
      const after = await current();
      return after.credentials === undefined || !areSame(before.credentials, after.credentials);
    },
    async login() {
      const { credentials } = await current();
      if (credentials === undefined) return 'chain';
      return credentials === 'anonymous' ? credentials : `key:${credentials.accessKeyId}`;
    },
    secrets: () => [...known],
    close() {
      void agents?.then(destroyAgents, () => undefined);
    },
  };
}

function destroyAgents({ httpAgent, httpsAgent }: Agents): void {
  httpAgent.destroy();
  httpsAgent.destroy();
}

function secretsOf(credentials: Credentials | undefined): string[] {
  if (credentials === undefined || credentials === 'anonymous') return [];
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  return [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
}

function areSame(one: Credentials | undefined, other: Credentials | undefined): boolean {
  return secretsOf(one).join('\n') === secretsOf(other).join('\n') && typeof one === typeof other;
}

async function openAgents(options: StoreOptions): Promise<Agents> {
  const { caFile, insecureSkipVerify } = options.tls;
  const proxyEnv = options.proxies === undefined ? {} : { proxyEnv: options.proxies };
  const common = { keepAlive: true, maxSockets: options.concurrency, ...proxyEnv };
  const ca = caFile === undefined ? {} : { ca: [...getCACertificates('default'), await readCa(caFile)] };
  return {
    httpAgent: new HttpAgent(common),
    httpsAgent: new HttpsAgent({ ...common, ...ca, rejectUnauthorized: !insecureSkipVerify }),
  };
}

async function readCa(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new OperatorError(
      'TLSFailed',
      `The CA file ${file} cannot be read (${messageOf(error)}). Check its path.`,
    );
  }
}

function openClient(
  options: StoreOptions,
  quirks: Quirks,
  credentials: Credentials | undefined,
  agents: Agents,
): S3Client {
  const address = options.endpoint ?? quirks.defaultEndpoint;
  const scheme = options.tls.enabled ? 'https' : 'http';
  const region = options.region ?? (address === undefined ? undefined : 'us-east-1');
  const client = new S3Client({
    ...(address === undefined ? { tls: options.tls.enabled } : { endpoint: `${scheme}://${address}` }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: quirks.addressing === 'Path',
    // request.ts repeats; two layers of it would multiply.
    maxAttempts: 1,
    // The defaults add CRC32 trailers and aws-chunked bodies, which half of the providers refuse.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // With it the SDK opens a connection of its own for every large body.
    expectContinueHeader: false,
    requestHandler: { connectionTimeout: connectMs, socketTimeout: idleMs, ...agents },
    customUserAgent: 'milvus-backup-operator',
    logger: silent,
    ...loginOf(credentials),
  });
  withContentMd5(client);
  if (!quirks.operationInQuery) withoutOperation(client);
  return client;
}

// The SDK's default logger writes warnings to the console; what matters arrives as an error.
const silent = { debug() {}, info() {}, warn() {}, error() {} };

function loginOf(credentials: Credentials | undefined): Partial<S3ClientConfig> {
  if (credentials === undefined) return {};
  if (credentials !== 'anonymous') return { credentials };
  return {
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: (request) => Promise.resolve(request) },
  };
}
