// SPDX-License-Identifier: Apache-2.0
// Collects the messages that tests see on objects. With MILVUS_BACKUP_RECORD=1 they go into docs/reasons.json, from which
// `npm run generate` makes docs/reasons.md; otherwise what this very file recorded must still be said, where the test plays
// the kubelet. In the cluster messages hold words of real servers, which differ from run to run.
import { mkdirSync, rmdirSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, expect } from 'vitest';
import { readReasonBook, reasonBookFile } from '../../scripts/reasons-page.ts';
import { isReason } from '../../src/base/reason.ts';
import {
  addSightings,
  differencesFrom,
  isTold,
  maskMessage,
  sightingsOf,
  type Sighting,
  type Source,
  type Suite,
} from './reason-book.ts';

const root = join(import.meta.dirname, '../..');

export type ReasonRecorder = {
  /** Notes all that the status of an object of ours says now: each condition, each attempt. Gives back what it was given. */
  record: <T>(object: T) => T;
  /** Notes one message that stands elsewhere, such as in an Event. */
  recordReason: (reason: string, message: string, where: string) => void;
};

/** To be called once, at the top of a test file. */
export function recordReasons(suite: Suite): ReasonRecorder {
  // Each once: whoever waits for something looks often.
  const seen = new Map<string, Sighting>();
  let test = '';
  const note = (sightings: Sighting[]): void => {
    test ||= relative(root, expect.getState().testPath ?? '');
    for (const sighting of sightings) seen.set(JSON.stringify(sighting), sighting);
  };
  afterAll(() => {
    if (seen.size > 0) close([...seen.values()], { suite, test });
  });
  return {
    record(object) {
      if (isTold(object)) note(sightingsOf(object));
      return object;
    },
    recordReason(reason, message, where) {
      if (isReason(reason)) note([{ reason, message: maskMessage(message), where }]);
    },
  };
}

function close(seen: Sighting[], source: Source): void {
  if (process.env['MILVUS_BACKUP_RECORD'] === '1') {
    writeSightings(root, seen, source);
    return;
  }
  if (source.suite === 'cluster') return;
  const differences = differencesFrom(readReasonBook(root), seen, source.test);
  const advice = 'If that is meant, run the test with MILVUS_BACKUP_RECORD=1, then npm run generate.';
  expect(differences, advice).toEqual([]);
}

/** Adds them to docs/reasons.json below `folder`. Suites run side by side, and each writes the one file. */
export function writeSightings(
  folder: string,
  seen: readonly Sighting[],
  source: Source,
  patienceMs = 10_000,
): void {
  const file = reasonBookFile(folder);
  whileLocked(`${file}.lock`, patienceMs, () => {
    const book = addSightings(readReasonBook(folder), seen, source);
    writeFileSync(`${file}.new`, `${JSON.stringify(book, undefined, 2)}\n`);
    renameSync(`${file}.new`, file);
  });
}

function whileLocked(lock: string, patienceMs: number, action: () => void): void {
  const until = Date.now() + patienceMs;
  while (!tryToMake(lock)) {
    if (Date.now() > until) throw new Error(`${lock} is held by another test; if there is none, remove it`);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
  }
  try {
    action();
  } finally {
    rmdirSync(lock);
  }
}

function tryToMake(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
