// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** The list itself takes some 130 MB; what the meta says of the same objects would not fit beside it. */
const heapMegabytes = 224;

it('compares a million objects of one collection in bounded memory', { timeout: 120_000 }, () => {
  const script = new URL('million-objects.ts', import.meta.url).pathname;
  const compared = execFileSync(process.execPath, [`--max-old-space-size=${heapMegabytes}`, script], {
    encoding: 'utf8',
    timeout: 110_000,
  });
  expect(JSON.parse(compared)).toEqual({ same: 1_000_012, different: 0 });
});
