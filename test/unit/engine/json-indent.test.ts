// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indentJson } from '../../../src/engine/json-indent.ts';

describe('indentJson', () => {
  it('leaves ids of 18 digits as they are', () => {
    expect(indentJson('{"collection_id":461234567890123457}')).toBe(
      '{\n    "collection_id": 461234567890123457\n}',
    );
  });

  it('keeps empty objects and lists on their line, as Go does', () => {
    expect(indentJson('{"a":{},"b":[]}')).toBe('{\n    "a": {},\n    "b": []\n}');
  });

  it('does not look into texts', () => {
    const text = String.raw`{"a":"x,{y}:[\"z\\\"],"}`;
    expect(indentJson(text)).toBe(`{\n    "a": ${text.slice(5, -1)}\n}`);
  });

  it('says what JSON.stringify says with the same indent', () => {
    fc.assert(
      fc.property(fc.oneof(fc.object(), fc.array(fc.jsonValue())), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(indentJson(JSON.stringify(plain))).toBe(JSON.stringify(plain, undefined, 4));
      }),
    );
  });
});
