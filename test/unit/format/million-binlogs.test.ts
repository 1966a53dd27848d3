// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** The entries alone are 150 MB of text and far more as objects. */
const heapMegabytes = 32;

it('reads and writes a great many binlogs in little memory', () => {
  const script = new URL('million-binlogs.ts', import.meta.url).pathname;
  const counted = execFileSync(process.execPath, [`--max-old-space-size=${heapMegabytes}`, script], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  expect(JSON.parse(counted)).toEqual([1_000_000, 200_000]);
});
