// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  ApiError,
  apiErrorOf,
  apiErrorOfStatus,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isGone,
  isNotFound,
  isTooManyRequests,
  isUnreachable,
} from '../../../src/kube/api-error.ts';

const status = (code: number, reason: string, more: object = {}): string =>
  JSON.stringify({ kind: 'Status', status: 'Failure', code, reason, message: `because ${reason}`, ...more });

describe('predicates', () => {
  const checks = {
    isForbidden,
    isNotFound,
    isConflict,
    isAlreadyExists,
    isGone,
    isTooManyRequests,
    isUnreachable,
  };
  it.each([
    [403, 'Forbidden', 'isForbidden'],
    [404, 'NotFound', 'isNotFound'],
    [409, 'Conflict', 'isConflict'],
    [409, 'AlreadyExists', 'isAlreadyExists'],
    [410, 'Gone', 'isGone'],
    [410, 'Expired', 'isGone'],
    [429, 'TooManyRequests', 'isTooManyRequests'],
    [0, 'Unreachable', 'isUnreachable'],
    [0, 'Timeout', 'isUnreachable'],
    [500, 'InternalError', undefined],
  ])('%i %s is %s and nothing else', (code, reason, only) => {
    const error = new ApiError('x', { status: code, reason });
    const yes = Object.entries(checks).flatMap(([name, check]) => (check(error) ? [name] : []));
    expect(yes).toEqual(only === undefined ? [] : [only]);
  });

  it.each([undefined, 'text', new Error('404'), { status: 404 }])('%j is none of them', (thrown) => {
    expect(Object.values(checks).some((check) => check(thrown))).toBe(false);
  });
});

describe('what the server said', () => {
  it.each([
    ['a Status', 409, status(409, 'Conflict'), 'Conflict', 'GET /x: 409 Conflict: because Conflict'],
    [
      'a Status without a reason',
      422,
      status(422, '', { message: 'm' }),
      'Invalid',
      'GET /x: 422 Invalid: m',
    ],
    [
      "a proxy's page",
      503,
      '<html>\n  <b>busy</b></html>',
      'ServiceUnavailable',
      'GET /x: 503 ServiceUnavailable: <html> <b>busy</b></html>',
    ],
    ['other JSON', 500, '{"a":1}', 'InternalError', 'GET /x: 500 InternalError: {"a":1}'],
    ['nothing', 429, '', 'TooManyRequests', 'GET /x: 429 TooManyRequests'],
    ['an unknown status', 418, '', 'Unknown', 'GET /x: 418 Unknown'],
    ['null', 500, 'null', 'InternalError', 'GET /x: 500 InternalError: null'],
  ])('%s', (_name, code, body, reason, message) => {
    expect(apiErrorOf('GET /x', { status: code, body })).toMatchObject({ status: code, reason, message });
  });

  it('is bounded', () => {
    const long = apiErrorOf('GET /x', { status: 500, body: status(500, 'x', { message: 'y'.repeat(5000) }) });
    const page = apiErrorOf('GET /x', { status: 500, body: 'z'.repeat(5000) });
    expect(long.message).toHaveLength(1024);
    expect(page.message.length).toBeLessThan(250);
  });

  it.each([
    ['seconds', '7', 7],
    ['a date', 'Fri, 20 Nov 2026 12:00:05 GMT', 5],
    ['a date that is past', 'Fri, 20 Nov 2026 11:00:00 GMT', 0],
    ['nonsense', 'soon', undefined],
    ['nothing', undefined, undefined],
  ])('Retry-After of %s', (_name, retryAfter, seconds) => {
    const now = Date.parse('2026-11-20T12:00:00Z');
    expect(apiErrorOf('GET /x', { status: 429, body: '', retryAfter, now }).retryAfter).toBe(seconds);
  });

  it('takes the pause from the Status when no header names one', () => {
    const body = status(429, 'TooManyRequests', { details: { retryAfterSeconds: 3 } });
    expect(apiErrorOf('GET /x', { status: 429, body }).retryAfter).toBe(3);
    expect(apiErrorOf('GET /x', { status: 429, body, retryAfter: '9' }).retryAfter).toBe(9);
  });

  it.each([
    ['with its code', { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' }, 410, 'Expired'],
    ['without a code', { kind: 'Status', message: 'what?' }, 500, 'InternalError'],
    ['that is none', undefined, 500, 'InternalError'],
  ])('a Status inside a watch %s', (_name, object, code, reason) => {
    expect(apiErrorOfStatus('WATCH x', object)).toMatchObject({ status: code, reason });
  });
});
