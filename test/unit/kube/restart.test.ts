// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import { judgeEnd, Silence, type Next } from '../../../src/kube/restart.ts';

const backoff = { minMs: 800, maxMs: 30_000 };
const api = (status: number, reason = 'x', retryAfter?: number): ApiError =>
  new ApiError('x', { status, reason, retryAfter });
const refused = api(403, 'Forbidden');
const network = new Error('ECONNRESET');

type Row = [name: string, end: { failure: unknown; livedMs: number; failures: number }, next: Partial<Next>];

const rows: Row[] = [
  [
    'an end in good order goes on at once',
    { failure: undefined, livedMs: 5000, failures: 2 },
    { why: 'ended', waitMs: 0, relist: false, failures: 2 },
  ],
  [
    'an end at once is a failure all the same',
    { failure: undefined, livedMs: 10, failures: 0 },
    { why: 'ended', waitMs: 800, relist: false, failures: 1 },
  ],
  [
    'a connection that broke is taken up from where it was',
    { failure: network, livedMs: 10, failures: 0 },
    { why: 'failed', waitMs: 800, relist: false, failures: 1 },
  ],
  [
    'each failure waits twice as long',
    { failure: network, livedMs: 10, failures: 3 },
    { waitMs: 6400, failures: 4, relist: false },
  ],
  ['but not for ever', { failure: network, livedMs: 10, failures: 40 }, { waitMs: 30_000, relist: false }],
  [
    'a healthy minute forgets what was before',
    { failure: network, livedMs: 60_000, failures: 9 },
    { waitMs: 800, failures: 1 },
  ],
  [
    'silence is a failure of the connection',
    { failure: new Silence('x'), livedMs: 90_000, failures: 0 },
    { why: 'silent', waitMs: 800, relist: false },
  ],
  [
    'what is gone is listed at once',
    { failure: api(410, 'Expired'), livedMs: 10, failures: 0 },
    { why: 'gone', waitMs: 0, relist: true },
  ],
  [
    'but not over and over',
    { failure: api(410, 'Expired'), livedMs: 10, failures: 1 },
    { why: 'gone', waitMs: 1600, relist: true },
  ],
  [
    'a busy server says when to come again',
    { failure: api(429, 'TooManyRequests', 7), livedMs: 10, failures: 0 },
    { why: 'throttled', waitMs: 7000, relist: false },
  ],
  [
    'but not sooner than the backoff',
    { failure: api(429, 'TooManyRequests', 1), livedMs: 10, failures: 4 },
    { waitMs: 12_800 },
  ],
  [
    'and not in a day',
    { failure: api(429, 'TooManyRequests', 86_400), livedMs: 10, failures: 0 },
    { waitMs: 300_000 },
  ],
  [
    'busy however often is no reason to list',
    { failure: api(429, 'TooManyRequests', 1), livedMs: 10, failures: 9 },
    { relist: false },
  ],
  ['one refusal may pass', { failure: refused, livedMs: 10, failures: 0 }, { why: 'failed', relist: false }],
  [
    'the third one is listed',
    { failure: refused, livedMs: 10, failures: 2 },
    { why: 'failed', relist: true },
  ],
  [
    'so is what cannot be read',
    { failure: api(0, 'Unreadable'), livedMs: 10, failures: 2 },
    { relist: true },
  ],
  [
    'an unreachable server is not: its answer may be the same',
    { failure: api(0, 'Unreachable'), livedMs: 10, failures: 9 },
    { why: 'failed', relist: false },
  ],
];

describe('after a watch', () => {
  it.each(rows)('%s', (_name, end, next) => {
    expect(judgeEnd(end, backoff, 0)).toMatchObject(next);
  });

  it('spreads the waits', () => {
    const end = { failure: network, livedMs: 10, failures: 0 };
    expect(judgeEnd(end, backoff, 1).waitMs).toBe(600);
  });
});
