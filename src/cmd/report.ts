// SPDX-License-Identifier: Apache-2.0
// What every way of reporting offers the engine and the command that runs it.
import type { Result } from '../contract/result.ts';
import type { Reporter } from '../engine/engine.ts';

export type Report = Reporter & {
  /** Lines that a command was asked for (a listing, a check's findings). */
  print(line: string): void;
  /** A log line with its newline, put where it does not tear the progress display. */
  log(line: string): void;
  /** The last word. */
  finish(result: Result): void;
};

/** Least time between two progress lines that begin no step. */
export const progressIntervalMs = 5000;
