// SPDX-License-Identifier: Apache-2.0
// --report text: for people. stdout carries what was asked for and one closing line; progress, warnings and errors go
// to stderr, progress as a bar where that is a terminal.
import type { Progress } from '../contract/event.ts';
import { bytesText, secondsText } from '../contract/amounts.ts';
import { closingLine, failureLines } from './closing.ts';
import { createProgressState } from './progress-state.ts';
import { progressIntervalMs, type Report } from './report.ts';
import type { Secrets } from './secrets.ts';
import type { World } from './world.ts';

/** Shows where a run is; the bar and the plain lines are two of these. */
export type Display = {
  show(progress: Progress, isNewStep: boolean): void;
  /** Writes a line past the display. */
  above(line: string): void;
  stop(): void;
};

export type TextReportOptions = {
  world: Pick<World, 'stdout' | 'stderr' | 'clock'>;
  secrets: Secrets;
  display: Display;
};

export function createTextReport({ world, secrets, display }: TextReportOptions): Report {
  const { stdout, stderr, clock } = world;
  const state = createProgressState(clock);
  return {
    progress(update) {
      const isNew = state.merge(update);
      display.show(state.current(), isNew);
    },
    warn: ({ reason, message }) => display.above(secrets.clean(`Warning: ${message} (${reason})`)),
    item(list, item) {
      if (list === 'failures') display.above(secrets.clean(`Skipped ${factsOf(item)}`));
      if (list === 'plan') stdout.write(`${secrets.clean(factsOf(item))}\n`);
    },
    print: (line) => void stdout.write(`${secrets.clean(line)}\n`),
    log: (line) => display.above(line.trimEnd()),
    finish(result) {
      display.stop();
      if (result.outcome === 'Failed') {
        for (const line of failureLines(result)) stderr.write(`${secrets.clean(line)}\n`);
      } else {
        const line = closingLine(result);
        if (line !== undefined) stdout.write(`${secrets.clean(line)}\n`);
      }
    },
  };
}

/** Without a terminal: a line at each step's beginning and every five seconds. */
export function createLineDisplay({ stderr, clock }: Pick<World, 'stderr' | 'clock'>): Display {
  const begun = new Set<string>();
  let saidAt = -Infinity;
  return {
    show(progress) {
      // Collections are in different steps at once: a line for each change would drown the rest.
      const isNew = !begun.has(progress.step);
      if (!isNew && clock.monotonic() - saidAt < progressIntervalMs) return;
      begun.add(progress.step);
      saidAt = clock.monotonic();
      stderr.write(`${progressLine(progress)}\n`);
    },
    above: (line) => void stderr.write(`${line}\n`),
    stop: () => {},
  };
}

export function progressLine(progress: Progress): string {
  const { step, collection, percent, collectionsDone, collectionsTotal } = progress;
  const { bytesDone, bytesTotal, bytesPerSecond, etaSeconds } = progress;
  const parts = [
    step + (collection === undefined ? '' : ` ${collection}`),
    ...(percent > 0 ? [`${percent} %`] : []),
    ...(collectionsTotal > 0 ? [`collections ${collectionsDone}/${collectionsTotal}`] : []),
    ...(bytesTotal > 0 ? [`${bytesText(bytesDone)} of ${bytesText(bytesTotal)}`] : []),
    ...(bytesPerSecond > 0 && bytesDone < bytesTotal ? [`${bytesText(bytesPerSecond)}/s`] : []),
    ...(etaSeconds === undefined || bytesDone >= bytesTotal ? [] : [`${secondsText(etaSeconds)} left`]),
  ];
  return parts.join(', ');
}

function factsOf(item: Record<string, unknown>): string {
  return Object.entries(item)
    .map(([key, value]) => (key === 'name' ? String(value) : `${key}: ${plain(value)}`))
    .join(', ');
}

function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}
