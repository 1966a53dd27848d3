// SPDX-License-Identifier: Apache-2.0
// Two corrections of what the SDK puts on the wire.
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

type WireRequest = { headers: Record<string, string>; query: Record<string, unknown>; body?: unknown };

/**
 * DeleteObjects carries a CRC32 whatever the settings say (aws-sdk-js-v3 #6819), which many servers ignore, demanding
 * the Content-MD5 of the original API instead. All of them take that one.
 */
export function withContentMd5(client: S3Client): void {
  client.middlewareStack.add(
    (next, context) => (args) => {
      if (context.commandName === 'DeleteObjectsCommand') useContentMd5(args.request as WireRequest);
      return next(args);
    },
    { name: 'contentMd5', step: 'build', priority: 'low' },
  );
}

function useContentMd5(request: WireRequest): void {
  for (const name of Object.keys(request.headers)) {
    if (/^x-amz-(sdk-)?checksum-/i.test(name)) delete request.headers[name];
  }
  request.headers['content-md5'] = createHash('md5')
    .update(request.body as string | Uint8Array)
    .digest('base64');
}

/** Leaves the SDK's x-id out of the query. */
export function withoutOperation(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      delete (args.request as WireRequest).query['x-id'];
      return next(args);
    },
    { name: 'withoutOperation', step: 'build', priority: 'low' },
  );
}
