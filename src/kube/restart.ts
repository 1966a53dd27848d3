// SPDX-License-Identifier: Apache-2.0
// After a watch has ended: where to go on from, and when. Pure.
import { backoffMs } from '../base/backoff.ts';
import { ApiError, isGone, isTooManyRequests, pauseMsOf } from './api-error.ts';

export type Restart = 'ended' | 'silent' | 'gone' | 'throttled' | 'failed';

/** Nothing came on a watch for too long. */
export class Silence extends Error {}

export type End = {
  /** What was thrown; undefined when the server ended the watch in good order. */
  failure: unknown;
  livedMs: number;
  /** How many went wrong before this one since the last healthy one. */
  failures: number;
};

export type Next = { why: Restart; failures: number; relist: boolean; waitMs: number };

/** A watch that lived so long was healthy: what went wrong before it is forgotten. */
const healthyMs = 60_000;
/** A server that ends a watch sooner is not well, however politely it does so. */
const shortestMs = 1000;
/** So many refusals in a row of a watch from one point: it is not the moment that is wrong, but the point. */
const mostRefusals = 3;
/** A server may ask for a pause, not for blindness. */
const longestPauseMs = 300_000;

export function judgeEnd(end: End, backoff: { minMs: number; maxMs: number }, random: number): Next {
  const { failure, livedMs } = end;
  const why = whyOf(failure);
  const before = livedMs >= healthyMs ? 0 : end.failures;
  if (why === 'ended' && livedMs >= shortestMs) return { why, failures: before, relist: false, waitMs: 0 };
  const failures = before + 1;
  const relist = why === 'gone' || (isRefusal(failure) && failures >= mostRefusals);
  // What was compacted away is gone for good: there is nothing to wait for, unless it goes on like that.
  if (why === 'gone' && failures === 1) return { why, failures, relist, waitMs: 0 };
  const own = backoffMs({ attempts: Infinity, ...backoff }, failures, random);
  return { why, failures, relist, waitMs: Math.max(own, Math.min(pauseMsOf(failure), longestPauseMs)) };
}

function whyOf(failure: unknown): Restart {
  if (failure === undefined) return 'ended';
  if (failure instanceof Silence) return 'silent';
  if (isGone(failure)) return 'gone';
  return isTooManyRequests(failure) ? 'throttled' : 'failed';
}

/** The server's answer, as opposed to none; and not for being busy. */
function isRefusal(failure: unknown): boolean {
  if (!(failure instanceof ApiError) || isTooManyRequests(failure)) return false;
  return failure.status !== 0 || failure.reason === 'Unreadable';
}
