// SPDX-License-Identifier: Apache-2.0
// Points in time: as Kubernetes writes them, and which of several comes first.

export { timeText } from '../base/clock.ts';

/** NaN never comes out: what cannot be read, or is not there, is undefined. */
export function timeMs(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

/** The earliest of those that are still ahead; what has passed, or never comes, needs no waking for. */
export function nextOf(now: number, ...times: (number | undefined)[]): number | undefined {
  const ahead = times.filter((time) => Number.isFinite(time) && time! > now) as number[];
  return ahead.length === 0 ? undefined : Math.min(...ahead, now + longestPauseMs);
}

/** Clocks jump: whoever waits looks again at least every hour. */
export const longestPauseMs = 3_600_000;
