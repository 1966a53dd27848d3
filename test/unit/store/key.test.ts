// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { conditionHeaders, isRefused } from '../../../src/store/condition.ts';
import { bareEtag, copySource, hashOfEtag, partsOfEtag } from '../../../src/store/key.ts';

const md5 = '5d41402abc4b2a76b9719d911017c592';

describe('copy source', () => {
  it.each([
    ['a/b', 'bucket/a/b'],
    ['a b+c', 'bucket/a%20b%2Bc'],
    ['50%/?#', 'bucket/50%25/%3F%23'],
    ["!'()*", 'bucket/%21%27%28%29%2A'],
    ['ü🚀', 'bucket/%C3%BC%F0%9F%9A%80'],
    ['a//b/', 'bucket/a//b/'],
  ])('of %s is %s', (key, source) => {
    expect(copySource('bucket', key)).toBe(source);
  });

  it('decodes to what it was made of and is plain ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (key) => {
        const source = copySource('bucket', key);
        expect(source).toMatch(/^[\w.~%/-]+$/);
        expect(decodeURIComponent(source)).toBe(`bucket/${key}`);
      }),
    );
  });
});

describe('ETags', () => {
  it('lose their quotes', () => {
    expect([bareEtag(`"${md5}"`), bareEtag(md5), bareEtag(undefined)]).toEqual([md5, md5, '']);
  });

  it.each([
    [md5, md5, undefined],
    [md5.toUpperCase(), md5, undefined],
    [`${md5}-7`, undefined, 7],
    [`${md5}-10000`, undefined, 10_000],
    ['', undefined, undefined],
    ['not an md5', undefined, undefined],
    [`${md5}0`, undefined, undefined],
  ])('%s: hash %s, parts %s', (etag, hash, parts) => {
    expect(hashOfEtag(etag)).toBe(hash);
    expect(partsOfEtag(etag)).toBe(parts);
  });
});

describe('conditions', () => {
  it('become headers', () => {
    expect(conditionHeaders(undefined)).toEqual({});
    expect(conditionHeaders({ ifNoneMatch: '*' })).toEqual({ IfNoneMatch: '*' });
    expect(conditionHeaders({ ifMatch: md5 })).toEqual({ IfMatch: `"${md5}"` });
  });

  it.each([
    [412, 'PreconditionFailed', true, true],
    [412, '', true, true],
    [404, 'NoSuchKey', false, true],
    [404, 'NoSuchBucket', false, false],
    [404, 'NoSuchUpload', false, false],
    [409, 'ConditionalRequestConflict', false, false],
    [403, 'AccessDenied', false, false],
    [500, 'InternalError', false, false],
  ])('status %d %s refuses If-None-Match: %s, If-Match: %s', (status, name, none, match) => {
    const error = { name, message: '', $metadata: { httpStatusCode: status } };
    expect(isRefused(error, undefined)).toBe(false);
    expect(isRefused(error, { ifNoneMatch: '*' })).toBe(none);
    expect(isRefused(error, { ifMatch: md5 })).toBe(match);
  });
});
