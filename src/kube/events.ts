// SPDX-License-Identifier: Apache-2.0
// Tells people news by Events. Never part of a reconcile: what cannot be written is dropped and counted. The same news
// again is counted in memory and written as one number now and then, so that a thousand failures are a few writes.
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/error.ts';
import { ApiError, isTooManyRequests, pauseMsOf } from './api-error.ts';
import { whenAborted } from './deadline.ts';
import {
  events,
  namespaceOf,
  newEvent,
  seriesOf,
  type Event,
  type News,
  type Reporter,
} from './event-object.ts';
import type { Log } from './log.ts';
import { keyOf } from './resource.ts';
import type { Rest } from './rest.ts';

export type RecorderOptions = {
  rest: Pick<Rest, 'create' | 'patch'>;
  reporter: Reporter;
  fieldManager: string;
  clock: Clock;
  log: Log;
  random?: () => number;
  observer?: (outcome: 'written' | 'dropped') => void;
};

/** News that repeats itself. */
type Series = {
  news: News;
  /** As the server has it; undefined until it was written. */
  event: Event | undefined;
  count: number;
  /** What the server has been told. */
  told: number;
  lastSeen: number;
  lastSeenMonotonic: number;
};

/** More than this waiting or remembered at once is a storm, and nobody reads those. */
const mostSeries = 1000;
/** Different texts for one object and reason; what comes beyond is counted with the latest of them. */
const mostNotes = 10;
const countEveryMs = 60_000;
/** Six minutes, as other recorders have it: the same news later is new. */
const forgetMs = 360_000;
const attempts = 3;
const retryMs = 1000;

export class EventRecorder {
  readonly #options: RecorderOptions;
  /** By object, type, reason and action; within it by note. */
  readonly #groups = new Map<string, Series[]>();
  readonly #pending = new Set<Series>();
  #size = 0;
  #sweptAt = -Infinity;
  #wake = new AbortController();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Takes note and returns at once. Never throws. */
  record(news: News): void {
    const { clock, observer } = this.#options;
    const group = this.#groups.get(groupOf(news)) ?? [];
    const known = group.find((series) => series.news.note === news.note);
    const series = known ?? (group.length >= mostNotes ? group.at(-1) : undefined);
    const seen = { lastSeen: clock.now(), lastSeenMonotonic: clock.monotonic() };
    if (series) {
      Object.assign(series, seen, { count: series.count + 1 });
    } else if (this.#size >= mostSeries) {
      observer?.('dropped');
    } else {
      const first = { news, event: undefined, count: 1, told: 0, ...seen };
      this.#groups.set(groupOf(news), [...group, first]);
      this.#size += 1;
      this.#pending.add(first);
      this.#wake.abort();
    }
  }

  /** Writes what is recorded, until `signal` aborts. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wake.abort(), { once: true });
    while (!signal.aborted) {
      this.#wake = new AbortController();
      await this.#writePending(signal);
      if (this.#options.clock.monotonic() - this.#sweptAt >= countEveryMs) await this.#sweep(signal);
      if (this.#pending.size === 0 && !signal.aborted) await this.#pause(this.#wake.signal);
    }
  }

  /** Before the end: what still waits, and the counts that nobody has been told. */
  async drain(signal: AbortSignal): Promise<void> {
    await this.#writePending(signal);
    await this.#sweep(signal);
  }

  /** Until there is something new, or counts may be due; with nothing remembered there is nothing to wake up for. */
  async #pause(wake: AbortSignal): Promise<void> {
    if (this.#size === 0) return whenAborted(wake);
    const { clock } = this.#options;
    const due = this.#sweptAt + countEveryMs - clock.monotonic();
    await clock.sleep(Math.max(due, 0), wake).catch(() => undefined);
  }

  async #writePending(signal: AbortSignal): Promise<void> {
    for (const series of this.#pending) {
      if (signal.aborted) return;
      this.#pending.delete(series);
      await this.#write(series, signal);
    }
  }

  async #write(series: Series, signal: AbortSignal): Promise<void> {
    const { rest, reporter, fieldManager, clock, random = Math.random } = this.#options;
    const now = clock.now();
    const suffix = Math.floor(now).toString(16) + Math.floor(random() * 2 ** 32).toString(16);
    const event = newEvent(series.news, { reporter, now, suffix });
    series.told = 1;
    const isWritten = await this.#try(async () => {
      series.event = await rest.create(events, event, { fieldManager }, signal);
    }, signal);
    if (!isWritten) this.#forget(series);
  }

  /** Tells the counts that grew and forgets what has not come again. */
  async #sweep(signal: AbortSignal): Promise<void> {
    this.#sweptAt = this.#options.clock.monotonic();
    for (const series of [...this.#groups.values()].flat()) {
      if (series.count > Math.max(series.told, 1)) await this.#tellCount(series, signal);
      else if (this.#sweptAt - series.lastSeenMonotonic >= forgetMs) this.#forget(series);
    }
  }

  async #tellCount(series: Series, signal: AbortSignal): Promise<void> {
    const { rest, fieldManager } = this.#options;
    const { event, count, lastSeen } = series;
    if (!event) return;
    const name = { namespace: namespaceOf(series.news), name: event.metadata.name };
    const options = { fieldManager, body: seriesOf(count, lastSeen) };
    const isWritten = await this.#try(() => rest.patch(events, name, options, signal), signal);
    if (isWritten) series.told = count;
    // Events live for an hour or so: gone, or refused, it is news again when it comes again.
    else this.#forget(series);
  }

  /** Whether it was written, in the end. */
  async #try(action: () => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
    const { clock, log, observer } = this.#options;
    for (let attempt = 1; ; attempt++) {
      try {
        await action();
        observer?.('written');
        return true;
      } catch (error) {
        if (attempt >= attempts || signal.aborted || !mayPass(error)) {
          log.debug({ error: messageOf(error) }, 'event dropped');
          observer?.('dropped');
          return false;
        }
        await clock.sleep(Math.max(pauseMsOf(error), retryMs), signal).catch(() => undefined);
      }
    }
  }

  #forget(series: Series): void {
    const key = groupOf(series.news);
    const rest = (this.#groups.get(key) ?? []).filter((other) => other !== series);
    if (rest.length === 0) this.#groups.delete(key);
    else this.#groups.set(key, rest);
    this.#size -= 1;
  }
}

function groupOf(news: News): string {
  const { kind, metadata } = news.regarding;
  return [namespaceOf(news), kind, metadata.uid ?? keyOf(metadata), news.type, news.reason, news.action].join(
    '|',
  );
}

/** Busy, broken or away: another attempt may pass. */
function mayPass(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500 || isTooManyRequests(error));
}
