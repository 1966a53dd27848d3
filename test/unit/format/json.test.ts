// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  parseJson,
  quote,
  smallDocument,
  stringifyJson,
  stringifyMap,
} from '../../../src/format/json.ts';
import { isRawNumber, isRecord } from '../../../src/format/numeral.ts';
import { readTree } from '../../../src/format/tree.ts';

const roundTrip = (text: string): string => stringifyJson(parseJson(text, 'x.json'));

describe('numbers', () => {
  it.each([
    ['0', 0],
    ['-0', 0],
    ['9007199254740991', 9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', 9223372036854775807n],
    ['18446744073709551615', 18446744073709551615n],
  ])('%s is exact', (text, value) => {
    expect(parseJson(text, 'x')).toBe(value);
    expect(parseJson(`[${text}]`, 'x')).toEqual([value]);
  });

  it.each(['1.0', '1e3', '-0.5', '1E+2'])('%s keeps its spelling and is no integer', (text) => {
    const [value] = parseJson(`[${text}]`, 'x') as unknown[];
    expect(isRawNumber(value)).toBe(true);
    expect(isRecord(value)).toBe(false);
    expect(roundTrip(`{"a":${text}}`)).toBe(`{"a":${text}}`);
  });

  it.each([Number.NaN, 0.5, 2 ** 53])('%s cannot be written as a number', (value) => {
    expect(() => stringifyJson(value)).toThrow(RangeError);
  });
});

describe('texts as encoding/json writes them', () => {
  it.each([
    ['<a>&b', String.raw`"\u003ca\u003e\u0026b"`],
    ['\u2028\u2029', String.raw`"\u2028\u2029"`],
    ['"\\/', String.raw`"\"\\/"`],
    ['\b\f\n\r\t', String.raw`"\b\f\n\r\t"`],
    ['\u0000\u001f\u007f', '"\\u0000\\u001f\u007f"'],
    ['größe 向量 😀', '"größe 向量 😀"'],
    ['\ud800', '"\ufffd"'],
  ])('%j', (text, written) => {
    expect(quote(text)).toBe(written);
  });

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseJson(quote(text), 'x')).toBe(text.toWellFormed());
      }),
    );
  });
});

describe('objects', () => {
  it('keep the order of their keys, maps are sorted by bytes', () => {
    expect(stringifyJson({ b: 1, a: [true, null, 2n], c: undefined })).toBe('{"b":1,"a":[true,null,2]}');
    expect(stringifyMap({ b: '1', a: '2', B: '3' })).toBe('{"B":"3","a":"2","b":"1"}');
  });

  it('sorts by UTF-8, not by UTF-16', () => {
    expect(['😀', '\uffee'].sort()).toEqual(['😀', '\uffee']);
    expect(['😀', '\uffee'].sort(compareBytes)).toEqual(['\uffee', '😀']);
  });

  it('holds __proto__ like any other key', () => {
    expect(roundTrip('{"__proto__":{"a":1}}')).toBe('{"__proto__":{"a":1}}');
    expect(stringifyJson(readTree('{"__proto__":{"a":1}}', 'x'))).toBe('{"__proto__":{"a":1}}');
  });

  it('refuses what has no JSON', () => {
    expect(() => stringifyJson(() => 0)).toThrow(TypeError);
  });
});

describe('anything but JSON', () => {
  it.each(['', '{', '{"a":1,}', '{"a":01}', 'nul', '{"a":1} x', "{'a':1}", '\uFEFF{}'])('%j', (text) => {
    expect(() => parseJson(text, 'meta/x.json')).toThrow(
      expect.objectContaining({
        reason: 'BackupUnreadable',
        message: expect.stringContaining('meta/x.json'),
      }),
    );
    expect(() => readTree(text, 'meta/x.json')).toThrow(
      expect.objectContaining({
        reason: 'BackupUnreadable',
        message: expect.stringContaining('meta/x.json'),
      }),
    );
  });

  it('is refused when nested too deeply', () => {
    expect(() => readTree('['.repeat(100_000), 'x')).toThrow(/nested deeper/);
  });
});

describe('the two parsers', () => {
  it('agree, so that size does not change what is read', () => {
    const tree = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.string({ unit: 'grapheme' }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n }).map((big) => {
          const small = Number(big);
          return Number.isSafeInteger(small) ? small : big;
        }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.array(tree), (value) => {
        const text = stringifyJson(value);
        expect(parseJson(text, 'x')).toEqual(value);
        expect(readTree(text, 'x')).toEqual(value);
      }),
      { numRuns: 200 },
    );
  });

  it('switch at one MiB', () => {
    const text = `{"a":"${'x'.repeat(smallDocument)}","b":9223372036854775807}`;
    expect(roundTrip(text)).toBe(text);
  });
});
