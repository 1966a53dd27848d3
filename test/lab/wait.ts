// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until there is an answer; at the end of its patience it says what it waited for and the last error. */
export async function waitFor<T>(
  what: string,
  timeoutMs: number,
  probe: () => T | undefined | Promise<T | undefined>,
  explain: () => string | Promise<string> = () => '',
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let last: unknown;
  for (;;) {
    try {
      const answer = await probe();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    if (performance.now() > end) break;
    await sleep(100);
  }
  const reason = last instanceof Error ? `; last error: ${last.message}` : '';
  throw new Error(`waited ${timeoutMs / 1000} s in vain for ${what}${reason}\n${await explain()}`.trim(), {
    cause: last,
  });
}
