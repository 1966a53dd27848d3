// SPDX-License-Identifier: Apache-2.0
// The lab's buckets seen with full rights: what stands there, and what a test puts, damages and removes.
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  type ListObjectsV2CommandOutput,
} from '@aws-sdk/client-s3';
import type { LabInfo } from '../lab/lab.ts';

export type Buckets = {
  /** Key to ETag of everything below `prefix`: equal maps are equal contents. */
  etags(bucket: string, prefix: string): Promise<Map<string, string>>;
  /** Names of the folders directly below `prefix`. */
  folders(bucket: string, prefix: string): Promise<string[]>;
  read(bucket: string, key: string): Promise<Buffer>;
  write(bucket: string, key: string, body: Buffer | string): Promise<void>;
  remove(bucket: string, key: string): Promise<void>;
  empty(bucket: string, prefix: string): Promise<void>;
  make(bucket: string): Promise<void>;
  /** With all that is in it. */
  drop(bucket: string): Promise<void>;
  /** Lets everybody do these without a login, and nothing else. */
  allowAnonymous(bucket: string, actions: { bucket: string[]; objects: string[] }): Promise<void>;
  close(): void;
};

export function openBuckets({ minio }: LabInfo): Buckets {
  const client = new S3Client({
    endpoint: `http://${minio.endpoint}`,
    region: minio.region,
    forcePathStyle: true,
    credentials: { accessKeyId: minio.accessKey, secretAccessKey: minio.secretKey },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  });
  const pages = async function* (
    Bucket: string,
    Prefix: string,
    Delimiter?: string,
  ): AsyncGenerator<ListObjectsV2CommandOutput> {
    let ContinuationToken: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket, Prefix, Delimiter, ContinuationToken }),
      );
      yield page;
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
  };
  const buckets: Buckets = {
    async etags(bucket, prefix) {
      const found = new Map<string, string>();
      for await (const { Contents = [] } of pages(bucket, prefix)) {
        for (const { Key = '', ETag = '' } of Contents) found.set(Key, ETag);
      }
      return found;
    },
    async folders(bucket, prefix) {
      const found: string[] = [];
      for await (const { CommonPrefixes = [] } of pages(bucket, prefix, '/')) {
        found.push(...CommonPrefixes.map(({ Prefix = '' }) => Prefix.slice(prefix.length, -1)));
      }
      return found;
    },
    async read(bucket, key) {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
    async write(bucket, key, body) {
      // Told its length, since the client takes an empty body for a stream.
      const ContentLength = Buffer.byteLength(body);
      await client.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength }));
    },
    async remove(bucket, key) {
      await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },
    async empty(bucket, prefix) {
      for (const key of (await buckets.etags(bucket, prefix)).keys()) await buckets.remove(bucket, key);
    },
    async make(bucket) {
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
    },
    async drop(bucket) {
      await buckets.empty(bucket, '');
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
    },
    async allowAnonymous(bucket, actions) {
      const allow = (Action: string[], Resource: string): object => ({
        Effect: 'Allow',
        Principal: { AWS: ['*'] },
        Action,
        Resource: [Resource],
      });
      const Statement = [
        allow(actions.bucket, `arn:aws:s3:::${bucket}`),
        allow(actions.objects, `arn:aws:s3:::${bucket}/*`),
      ];
      const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
      await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
    },
    close: () => client.destroy(),
  };
  return buckets;
}

export type ReadOnlyBucket = { name: string; buckets: Buckets; close(): Promise<void> };

/** One that everybody may read, and nobody write without a login. */
export async function readOnlyBucket(lab: LabInfo, name: string): Promise<ReadOnlyBucket> {
  const buckets = openBuckets(lab);
  await buckets.make(name);
  await buckets.allowAnonymous(name, {
    bucket: ['s3:ListBucket', 's3:GetBucketLocation'],
    objects: ['s3:GetObject'],
  });
  return {
    name,
    buckets,
    async close() {
      await buckets.drop(name);
      buckets.close();
    },
  };
}
