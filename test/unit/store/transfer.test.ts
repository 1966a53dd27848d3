// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import type { StoreOptions } from '../../../src/store/contract.ts';
import { openS3Store } from '../../../src/store/s3.ts';
import { transfer } from '../../../src/store/transfer.ts';

// Nothing listens there: what is asked of the store shows in the error, which is all these cases need.
const options: StoreOptions = {
  provider: 'Minio',
  endpoint: '127.0.0.1:1',
  bucket: 'here',
  addressing: 'Path',
  tls: { enabled: false, insecureSkipVerify: false },
  credentials: async () => ({ accessKeyId: 'a', secretAccessKey: 'b' }),
  concurrency: 1,
};

const target = openS3Store(options, systemClock);
const elsewhere = openS3Store({ ...options, endpoint: '127.0.0.2:1' }, systemClock);
const from = { key: 'k', size: 1, etag: 'e' };

describe('transfer.mode', () => {
  it('direct is refused where no server-side copy is possible, naming both ends', async () => {
    await expect(transfer({ source: elsewhere, from, target, key: 'k', mode: 'direct' })).rejects.toThrow(
      /transfer\.mode is direct, but s3:\/\/here at .*127\.0\.0\.1.* cannot copy from s3:\/\/here at .*127\.0\.0\.2/,
    );
  });

  it.each([
    ['auto', 'copy'],
    ['direct', 'copy'],
    ['streaming', 'get'],
  ] as const)('%s within one store begins with a %s', async (mode, verb) => {
    const asked: string[] = [];
    const source = { ...target, get: async () => (asked.push('get'), Promise.reject(new Error('get'))) };
    const spy = {
      ...target,
      canCopyFrom: async () => true,
      copy: async () => (asked.push('copy'), Promise.reject(new Error('copy'))),
    };
    await expect(transfer({ source, from, target: spy, key: 'k', mode })).rejects.toThrow(verb);
    expect(asked).toEqual([verb]);
  });
});
