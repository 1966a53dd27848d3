// SPDX-License-Identifier: Apache-2.0
// Reads event lines and results of a Job's pod. All of it is untrusted: bounded, checked field by field, never thrown
// at. What does not fit is undefined, which the reader treats as not said.
import { isReason, type Reason } from '../base/reason.ts';
import { amount, choice, count, flag, list, record, text, type Check } from './check.ts';
import { createSteps, restoreSteps, type Event, type ListName, type Step } from './event.ts';
import { maxLineBytes, maxMessageLength, maxResultBytes } from './protocol.ts';
import type { Result } from './result.ts';

const time = text(40, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/);
const sha256 = text(64, /^[0-9a-f]{64}$/);
const name = text(1024);
const reason: Check<Reason> = (value) => (typeof value === 'string' && isReason(value) ? value : undefined);
const warning = record({ reason, message: text(maxMessageLength) }, {});
const listDigest = record({ count, sha256 }, {});

const listDigests = {
  failures: listDigest,
  warnings: listDigest,
  plan: listDigest,
  collections: listDigest,
  backups: listDigest,
  folders: listDigest,
} satisfies Record<ListName, typeof listDigest>;

const result: Check<Result> = record(
  {
    v: choice(1),
    command: text(64),
    outcome: choice('Succeeded', 'PartiallyFailed', 'Failed'),
    reason,
    message: text(maxMessageLength),
    engineVersion: text(64),
  },
  {
    runId: text(128),
    attempt: count,
    backupName: text(128),
    path: name,
    manifestDigest: sha256,
    collections: record(
      { total: count, succeeded: count, dropped: count, skipped: count, failed: count },
      {},
    ),
    failures: list(200, record({ name, reason, message: text(maxMessageLength) }, {})),
    rows: record({}, { planned: count, imported: count, live: count }),
    dryRun: flag,
    drops: listDigest,
    size: record({ bytes: count, objects: count }, {}),
    milvusVersion: text(128),
    formatVersion: text(64),
    consistencyTimestamp: text(20, /^\d+$/),
    startTime: time,
    endTime: time,
    warnings: list(200, warning),
    runningImports: list(1000, text(64)),
    lists: record({}, listDigests),
    storageMatches: choice('True', 'False', 'Unknown'),
    isWritable: flag,
    backups: record({ count, bytes: count }, {}),
    inventory: record({ found: count, incomplete: count, leftOut: count }, {}),
  },
);

const progress = record(
  {
    step: choice<Step>(...createSteps, ...restoreSteps, 'Deleting', 'Checking'),
    percent: amount,
    collectionsDone: count,
    collectionsTotal: count,
    objectsDone: count,
    objectsTotal: count,
    bytesDone: count,
    bytesTotal: count,
    bytesPerSecond: amount,
    time,
  },
  { collection: name, etaSeconds: amount },
);

/** A termination message. Undefined: ResultUnreadable. */
export function parseResult(message: string): Result | undefined {
  return result(parseJson(message, maxResultBytes + 96));
}

/** The result as the last line of stdout. */
export function parseResultLine(line: string): Result | undefined {
  const value = parseJson(line, maxResultBytes + 96);
  return eventOf(value) === 'result' ? result(value) : undefined;
}

/** One line of stdout. Undefined: neither progress nor a warning nor an item; a result line is not one of them. */
export function parseEvent(line: string): Event | undefined {
  const value = parseJson(line, maxLineBytes - 1);
  switch (eventOf(value)) {
    case 'progress':
      return withEvent('progress', progress(value));
    case 'warning':
      return withEvent('warning', record({ reason, message: name }, {})(value));
    case 'item':
      return withEvent(
        'item',
        record(
          { list: choice<ListName>(...(Object.keys(listDigests) as ListName[])), item: freeRecord },
          {},
        )(value),
      );
    default:
      return undefined;
  }
}

/** Any object; whoever reads the list checks its elements. */
const freeRecord: Check<Record<string, unknown>> = (value) =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;

function withEvent<E extends string, T extends object>(
  event: E,
  value: T | undefined,
): ({ event: E } & T) | undefined {
  return value && { event, ...value };
}

function eventOf(value: unknown): unknown {
  return freeRecord(value)?.['event'];
}

function parseJson(line: string, maxBytes: number): unknown {
  if (Buffer.byteLength(line) > maxBytes) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
