// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ExpectedObject } from '../../../src/engine/expected.ts';
import { mergeSorted } from '../../../src/engine/sorted-merge.ts';
import type { ObjectInfo } from '../../../src/store/contract.ts';

const dir = 'backup/nightly/';

async function* listing(keys: readonly string[]): AsyncGenerator<ObjectInfo> {
  for (const key of keys) yield { key: dir + key, size: 1, etag: 'e' };
}

function wanted(keys: readonly string[]): ExpectedObject[] {
  return keys.map((key) => ({ key, size: 1 }));
}

async function differences(want: readonly string[], have: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { expected, listed } of mergeSorted(wanted(want), listing(have), dir)) {
    if (!listed) found.push(`-${expected!.key}`);
    if (!expected) found.push(`+${listed!.key.slice(dir.length)}`);
  }
  return found;
}

describe('mergeSorted', () => {
  it.each([
    ['nothing and nothing', [], [], []],
    ['the same', ['a', 'b'], ['a', 'b'], []],
    ['one missing at the end', ['a', 'b'], ['a'], ['-b']],
    ['one missing at the beginning', ['a', 'b'], ['b'], ['-a']],
    ['one too many', ['b'], ['a', 'b', 'c'], ['+a', '+c']],
    ['all others', ['a', 'c'], ['b', 'd'], ['-a', '+b', '-c', '+d']],
  ])('%s', async (_name, want, have, expected) => {
    expect(await differences(want, have)).toEqual(expected);
  });

  it('finds exactly what a set would find', async () => {
    const keys = fc.uniqueArray(fc.stringMatching(/^[a-c/]{1,4}$/)).map((all) => all.toSorted());
    await fc.assert(
      fc.asyncProperty(keys, keys, async (want, have) => {
        const expected = [
          ...want.filter((key) => !have.includes(key)).map((key) => `-${key}`),
          ...have.filter((key) => !want.includes(key)).map((key) => `+${key}`),
        ];
        expect((await differences(want, have)).toSorted()).toEqual(expected.toSorted());
      }),
    );
  });

  it.each([
    ['out of order', ['b', 'a']],
    ['a key twice', ['a', 'a']],
  ])('refuses a list with %s', async (_name, want) => {
    await expect(differences(want, [])).rejects.toMatchObject({ reason: 'BackupUnreadable' });
  });
});
