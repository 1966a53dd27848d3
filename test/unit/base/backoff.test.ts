// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { backoffMs, forEachConcurrent, retrying } from '../../../src/base/backoff.ts';
import type { Clock } from '../../../src/base/clock.ts';
import { OperatorError } from '../../../src/base/error.ts';
import { redact } from '../../../src/base/redact.ts';

const backoff = { attempts: 4, minMs: 100, maxMs: 300 };

function fakeClock(): Clock & { slept: number[] } {
  const slept: number[] = [];
  return { slept, now: () => 0, monotonic: () => 0, sleep: async (ms) => void slept.push(ms) };
}

describe('backoff', () => {
  it.each([
    [1, 100],
    [2, 200],
    [3, 300],
    [9, 300],
  ])('waits before repetition %i at most %i ms', (attempt, ms) => {
    expect(backoffMs(backoff, attempt, 0)).toBe(ms);
    expect(backoffMs(backoff, attempt, 1)).toBe(ms * 0.75);
  });

  it('repeats what may succeed and gives up after the last attempt', async () => {
    const clock = fakeClock();
    let calls = 0;
    const failing = retrying(
      async () => Promise.reject(new OperatorError('StoreError', `no ${++calls}`)),
      backoff,
      clock,
    );
    await expect(failing).rejects.toThrow('no 4');
    expect(clock.slept).toHaveLength(3);
  });

  it.each(['BucketNotFound', 'Fenced'] as const)('never repeats %s', async (reason) => {
    const clock = fakeClock();
    await expect(
      retrying(() => Promise.reject(new OperatorError(reason, 'x')), backoff, clock),
    ).rejects.toThrow('x');
    expect(clock.slept).toEqual([]);
  });
});

describe('forEachConcurrent', () => {
  it('never runs more than the limit and visits every item', async () => {
    let running = 0;
    let most = 0;
    const seen: number[] = [];
    await forEachConcurrent([1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(n);
      running--;
    });
    expect(most).toBe(3);
    expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it('stops reading at the first failure and throws it after the others have settled', async () => {
    const started: number[] = [];
    let settled = false;
    const work = forEachConcurrent([1, 2, 3, 4, 5, 6, 7, 8], 2, async (n) => {
      started.push(n);
      if (n === 2) throw new Error('two');
      await new Promise((resolve) => setImmediate(resolve));
      if (n === 1) settled = true;
    });
    await expect(work).rejects.toThrow('two');
    expect(settled).toBe(true);
    expect(started.length).toBeLessThan(8);
  });
});

describe('redact', () => {
  it.each([
    ['login root:Milvus-1 failed', ['Milvus-1'], 'login root:****** failed'],
    ['PUT https://s3/b?X-Amz-Signature=abc123&x=1', [], 'PUT https://s3/b?X-Amz-Signature=******&x=1'],
    ['{"secretAccessKey":"minioadmin"}', [], '{"secretAccessKey":"******"}'],
    ['http://user:pass@proxy:3128/', [], 'http://******@proxy:3128/'],
    ['bucket milvus-source at minio:9000', [], 'bucket milvus-source at minio:9000'],
  ])('%s', (text, secrets, clean) => {
    expect(redact(text, secrets)).toBe(clean);
  });
});
