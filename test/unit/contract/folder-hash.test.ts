// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  folderHash,
  folderHashLength,
  hashesPerLine,
  joinHashes,
  splitHashes,
} from '../../../src/contract/folder-hash.ts';
import { encodeEvent } from '../../../src/contract/protocol.ts';
import { parseEvent } from '../../../src/contract/protocol-parse.ts';

const names = Array.from({ length: 5000 }, (_, i) => `nightly_${i}`);

describe('hashes of folders', () => {
  it('are short, the same each time, and differ', () => {
    const hashes = names.map(folderHash);
    expect(new Set(hashes).size).toBe(names.length);
    expect(hashes.every((hash) => hash.length === folderHashLength)).toBe(true);
    expect(folderHash('nightly_1')).toBe(hashes[1]);
  });

  it('are joined and taken apart again, a cut one left out', () => {
    const hashes = names.slice(0, 3).map(folderHash);
    expect(splitHashes(joinHashes(hashes))).toEqual(hashes);
    expect(splitHashes(`${joinHashes(hashes)}abc`)).toEqual(hashes);
    expect(splitHashes('')).toEqual([]);
  });

  it('fit a line uncut', () => {
    const hashes = joinHashes(names.slice(0, hashesPerLine).map(folderHash));
    const item = { hashes };
    expect(parseEvent(encodeEvent({ event: 'item', list: 'folders', item }))).toMatchObject({ item });
  });
});
