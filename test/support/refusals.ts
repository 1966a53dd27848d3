// SPDX-License-Identifier: Apache-2.0
// What an object says of a run that cannot go on: the reason, what was found, where, and what to do; and whether another
// attempt follows.
import { expect } from 'vitest';
import { conditionOf } from './objects.ts';
import { untilPhase, untilTold, type RunSeen } from './runs.ts';
import type { World } from './world.ts';

/** The reason, and what the message says. */
export type Words = [reason: string, ...says: (string | RegExp)[]];

/** Its first attempt failed, and another follows. */
export async function expectRetried(world: World, what: string, [reason, ...says]: Words): Promise<RunSeen> {
  const seen = await world.objects.until<RunSeen>(what, (run) => {
    if (run.status.phase === 'Failed') throw new Error(`${what} is given up: ${JSON.stringify(run.status)}`);
    const first = run.status.attempts?.[0];
    return first?.endTime !== undefined && conditionOf(run, 'Reconciling')?.reason === first.reason;
  });
  expect(seen.status.attempts).toMatchObject([{ number: 1, reason, exitCode: 1 }]);
  const condition = conditionOf(seen, 'Reconciling');
  expect(condition).toMatchObject({ status: 'True', reason });
  expectWords(condition?.message, [...says, /Attempt 2 follows at/]);
  await untilTold(world.objects, seen, reason);
  return seen;
}

/** No other attempt can help: what it left is put away, and it is over. */
export async function expectStopped(world: World, what: string, [reason, ...says]: Words): Promise<RunSeen> {
  const seen = await untilPhase(world.objects, what, 'Failed');
  for (const [type, status] of [
    ['Ready', 'False'],
    ['Stalled', 'True'],
    ['Succeeded', 'False'],
  ] as const) {
    const condition = conditionOf(seen, type);
    expect(condition, `${type} of ${what}`).toMatchObject({ status, reason });
    expectWords(condition?.message, says);
  }
  expect(seen.status.attempts?.length ?? 0).toBeLessThanOrEqual(1);
  await untilTold(world.objects, seen, reason);
  return seen;
}

function expectWords(message = '', says: readonly (string | RegExp)[]): void {
  for (const said of says) {
    if (typeof said === 'string') expect(message).toContain(said);
    else expect(message).toMatch(said);
  }
}
