// SPDX-License-Identifier: Apache-2.0
// A MinIO of the suite's own on loopback, gone with its data when the suite ends.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, openSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  ListBucketsCommand,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { systemClock, type Clock } from '../../src/base/clock.ts';
import type { ObjectStore, StoreOptions } from '../../src/store/contract.ts';
import { openS3Store } from '../../src/store/s3.ts';
import { buildGoTool } from '../lab/go-build.ts';
import { waitFor } from '../lab/wait.ts';

export type Minio = {
  /** host:port */
  endpoint: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
  /** The certificate it serves, if it serves TLS. */
  caFile: string;
  /** For what the contract has no words for. */
  client: S3Client;
  createBucket(bucket: string): Promise<void>;
  /** Lets everybody do `actions` without a login. */
  allowAnonymous(bucket: string, actions: { bucket: string[]; objects: string[] }): Promise<void>;
  /** Waits between repetitions are left out. */
  open(bucket: string, options?: Partial<StoreOptions>): ObjectStore;
  close(): Promise<void>;
};

/** No waits between repetitions, but a turn of the event loop. */
export const hurried: Clock = {
  ...systemClock,
  sleep: (_ms, signal) => systemClock.sleep(1, signal),
};

const credentials = { accessKeyId: 'conformance', secretAccessKey: 'conformance-secret' };

export async function startMinio({ isTls = false } = {}): Promise<Minio> {
  const { folder: binaries } = await buildGoTool('minio', (text) => process.stderr.write(`MinIO: ${text}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-minio-'));
  const port = await freePort();
  const endpoint = `127.0.0.1:${port}`;
  const certificates = join(folder, 'certs');
  mkdirSync(certificates);
  if (isTls) makeCertificate(certificates);
  const log = openSync(join(folder, 'log'), 'w');
  const server = spawn(
    join(binaries, 'minio'),
    ['server', '--quiet', '--address', endpoint, '--certs-dir', certificates, join(folder, 'data')],
    {
      stdio: ['ignore', log, log],
      env: {
        HOME: folder,
        MINIO_ROOT_USER: credentials.accessKeyId,
        MINIO_ROOT_PASSWORD: credentials.secretAccessKey,
        MINIO_BROWSER: 'off',
        MINIO_UPDATE: 'off',
      },
    },
  );
  const caFile = join(certificates, 'public.crt');
  const client = adminClient(endpoint, isTls ? caFile : undefined);
  const close = async (): Promise<void> => {
    client.destroy();
    await stop(server);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await waitFor(
      'MinIO',
      30_000,
      () => isReady(client),
      () => readFileSync(join(folder, 'log'), 'utf8'),
    );
  } catch (error) {
    await close();
    throw error;
  }
  return {
    endpoint,
    credentials,
    caFile,
    client,
    async createBucket(bucket) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    },
    async allowAnonymous(bucket, actions) {
      const allow = (Action: string[], Resource: string): object => ({
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action,
        Resource: [Resource],
      });
      const Statement = [
        ...(actions.bucket.length > 0 ? [allow(actions.bucket, `arn:aws:s3:::${bucket}`)] : []),
        ...(actions.objects.length > 0 ? [allow(actions.objects, `arn:aws:s3:::${bucket}/*`)] : []),
      ];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    },
    open: (bucket, options = {}) =>
      openS3Store(
        {
          provider: 'Minio',
          endpoint,
          bucket,
          addressing: 'Auto',
          tls: { enabled: isTls, insecureSkipVerify: false, ...(isTls ? { caFile } : {}) },
          credentials: () => Promise.resolve(credentials),
          concurrency: 16,
          ...options,
        },
        hurried,
      ),
    close,
  };
}

function adminClient(endpoint: string, caFile: string | undefined): S3Client {
  return new S3Client({
    endpoint: `${caFile === undefined ? 'http' : 'https'}://${endpoint}`,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials,
    ...(caFile === undefined ? {} : { requestHandler: { httpsAgent: { ca: readFileSync(caFile) } } }),
  });
}

async function isReady(client: S3Client): Promise<true> {
  await client.send(new ListBucketsCommand({}));
  return true;
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const exit = once(server, 'exit');
  server.kill('SIGKILL');
  await exit;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function makeCertificate(folder: string): void {
  const subject = ['-subj', '/CN=conformance', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', join(folder, 'private.key'), '-out', join(folder, 'public.crt')];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, '-days', '2', ...subject, ...files], { stdio: 'ignore' });
}
