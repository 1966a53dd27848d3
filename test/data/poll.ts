// SPDX-License-Identifier: Apache-2.0
import { setTimeout } from 'node:timers/promises';

export async function poll(what: string, timeoutMs: number, isDone: () => Promise<boolean>): Promise<void> {
  const start = performance.now();
  while (!(await isDone())) {
    if (performance.now() - start > timeoutMs)
      throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}`);
    await setTimeout(200);
  }
}
