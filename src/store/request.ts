// SPDX-License-Identifier: Apache-2.0
// The one door to the store: every request waits for a slot here, is repeated here and nowhere else, gets new
// credentials here, and leaves as an OperatorError if it fails for good.
import type { S3Client } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { backoffMs, type Backoff } from '../base/backoff.ts';
import type { Clock } from '../base/clock.ts';
import { OperatorError } from '../base/error.ts';
import type { Connection } from './connection.ts';
import { toOperatorError, type Place, type Situation } from './errors.ts';
import { kindOf, readFailure, type Kind } from './failure.ts';
import { openGate, type Gate } from './gate.ts';

/** One try: sends with this client and these options. It may be called again unless the task says `isOnce`. */
export type Attempt<T> = (client: S3Client, options: { abortSignal?: AbortSignal }) => Promise<T>;

export type Task<T> = Situation & {
  attempt: Attempt<T>;
  /** The body is a stream, which cannot be sent again. */
  isOnce?: boolean;
  /** The response's body: it keeps the socket, and so the slot, until it is closed. */
  bodyOf?: (result: T) => Readable | undefined;
};

export type Requester = {
  readonly place: Place;
  request<T>(task: Task<T>, signal?: AbortSignal): Promise<T>;
};

/** How often it was tried, and with which client the last time. */
type Tries = { client: S3Client; count: number; since: number; isRenewed: boolean };

const final: Kind = { reason: 'StoreError' };

const backoff: Backoff = { attempts: 6, minMs: 200, maxMs: 5_000 };
/** No try begins later than this after the first: six time-outs in a row would be minutes. */
const patienceMs = 90_000;

type Parts = { place: Place; connection: Connection; clock: Clock; concurrency: number };

export function openRequester(parts: Parts): Requester {
  // Time in the agent's own queue counts against the connection time-out, so nothing may wait there.
  const slots = openGate(parts.concurrency);
  return {
    place: parts.place,
    async request(task, signal) {
      const since = parts.clock.monotonic();
      let isRenewed = false;
      for (let count = 1; ; count++) {
        signal?.throwIfAborted();
        const client = await parts.connection.client();
        try {
          return await send(slots, task, client, signal);
        } catch (error) {
          signal?.throwIfAborted();
          const next = await judge(parts, error, task, { client, count, since, isRenewed });
          if (next === 'now') isRenewed = true;
          else await parts.clock.sleep(backoffMs(backoff, count, Math.random()), signal);
        }
      }
    },
  };
}

async function send<T>(slots: Gate, task: Task<T>, client: S3Client, signal?: AbortSignal): Promise<T> {
  const release = await slots(1, signal);
  let body: Readable | undefined;
  try {
    const result = await task.attempt(client, signal ? { abortSignal: signal } : {});
    body = task.bodyOf?.(result);
    return result;
  } finally {
    if (body && !body.closed) body.once('close', release);
    else release();
  }
}

/** When to try again; throws the final error if not at all. */
async function judge(
  { connection, place, clock }: Parts,
  error: unknown,
  task: Situation & { isOnce?: boolean },
  tries: Tries,
): Promise<'now' | 'later'> {
  const { isLogin, isTransient } = error instanceof OperatorError ? final : kindOf(readFailure(error));
  const isRenewed = isLogin && !tries.isRenewed && (await connection.renew(tries.client));
  const failure = toOperatorError(error, place, task, connection.secrets());
  // Whoever owns the stream begins again, with the credentials that have just been read.
  if (task.isOnce) throw isRenewed ? new OperatorError('CredentialsRejected', failure.message) : failure;
  if (isRenewed) return 'now';
  const isLast = tries.count >= backoff.attempts || clock.monotonic() - tries.since > patienceMs;
  if (!isTransient || isLast) throw failure;
  return 'later';
}
