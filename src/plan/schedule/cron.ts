// SPDX-License-Identifier: Apache-2.0
// When a schedule's slots are: an expression in a time zone. Pure; the caller says from when on.
//
// Where the clock is changed:
// - Each local time counts once per local day. One that the clock skips comes at the first instant after the gap, one
//   that it shows twice comes the first time.
// - An expression that names every hour goes on by elapsed time, as a CronJob does: "every 15 minutes" shall not pause
//   for an hour because the clock shows it again, nor is there anything to make up where an hour is skipped.
//
// cron-parser is asked for the fields alone and never for a time: its own stepping through zones loses days and stops
// for good at some transitions.
import { calendarOf, type Calendar } from './calendar.ts';
import { readCron } from './cron-text.ts';
import { zoneProblem } from './zone-name.ts';
import { zoneOf, type Stretch, type Zone } from '../zone.ts';

export type Cron = {
  /** The first slot after this instant; undefined where dates end. */
  next(afterMs: number): number | undefined;
  /** The last slot before this instant. */
  previous(beforeMs: number): number | undefined;
  /** How many slots lie after `afterMs` and not after `toMs`; at most `limit`, at which counting stops. */
  count(afterMs: number, toMs: number, limit: number): number;
  /** The longest pause between two slots in ordinary years: whoever waited longer has missed one. */
  intervalMs: number;
};

/** 29 February comes at least once in eight years: what has not come by then never does. */
const horizonMs = 9 * 366 * 86_400_000;

type Parsed = { cron: Cron } | { problem: string };

/** The same for the same question, and asked at each look at a schedule. */
const known = new Map<string, Parsed>();
const mostKnown = 1000;

/** The problem says what was found and what to write instead. */
export function parseCron(text: string, timeZone: string): Parsed {
  const key = JSON.stringify([text, timeZone]);
  const before = known.get(key);
  if (before) return before;
  if (known.size >= mostKnown) known.clear();
  const parsed = parse(text, timeZone);
  known.set(key, parsed);
  return parsed;
}

function parse(text: string, timeZone: string): Parsed {
  const read = readCron(text);
  if ('problem' in read) return read;
  const problem = zoneProblem(timeZone);
  if (problem !== undefined) return { problem };
  const calendar = calendarOf(read.fields);
  const slots = slotsOf(calendar, zoneOf(timeZone), read.fields.hours.length === 24);
  return { cron: { ...slots, intervalMs: calendar.longestMs } };
}

function slotsOf(calendar: Calendar, zone: Zone, byElapsedTime: boolean): Omit<Cron, 'intervalMs'> {
  const pieceOf = (stretch: Stretch): Piece => {
    const start = stretch.from + stretch.offset;
    const reached = byElapsedTime ? start : zone.reachedBefore(stretch);
    return { ...stretch, fresh: Math.max(start, reached), hasOpening: holds(calendar, reached, start) };
  };
  return {
    next(afterMs) {
      const start = Math.floor(afterMs) + 1;
      const end = start + horizonMs;
      for (let at = zone.stretchAt(start); at && at.from < end; at = zone.stretchAt(at.to)) {
        const slot = firstIn(pieceOf(at), calendar, start);
        if (slot !== undefined) return slot;
      }
      return undefined;
    },
    previous(beforeMs) {
      const end = Math.ceil(beforeMs);
      const start = end - horizonMs;
      for (let at = zone.stretchAt(end - 1); at && at.to > start; at = zone.stretchAt(at.from - 1)) {
        const slot = lastIn(pieceOf(at), calendar, end);
        if (slot !== undefined) return slot;
      }
      return undefined;
    },
    count(afterMs, toMs, limit) {
      const [start, end] = [Math.floor(afterMs) + 1, Math.floor(toMs) + 1];
      let sum = 0;
      for (let at = zone.stretchAt(start); at && at.from < end; at = zone.stretchAt(at.to)) {
        sum += countIn(pieceOf(at), calendar, start, end);
        if (sum >= limit) return limit;
      }
      return sum;
    },
  };
}

/**
 * A stretch with what counts in it: local times from `fresh` on, and its first instant, if the clock skipped a slot
 * there.
 */
type Piece = Stretch & { fresh: number; hasOpening: boolean };

/** Not where the first instant after the gap is a slot of its own: that would be the same one twice. */
function holds(calendar: Calendar, from: number, to: number): boolean {
  return from < to && calendar.first(from, to) !== undefined && calendar.first(to, to + 1) === undefined;
}

function firstIn({ from, to, offset, fresh, hasOpening }: Piece, calendar: Calendar, start: number) {
  if (hasOpening && from >= start) return from;
  const wall = calendar.first(Math.max(fresh, start + offset), to + offset);
  return wall === undefined ? undefined : wall - offset;
}

function lastIn({ from, to, offset, fresh, hasOpening }: Piece, calendar: Calendar, end: number) {
  const wall = calendar.last(fresh, Math.min(to, end) + offset);
  if (wall !== undefined) return wall - offset;
  return hasOpening && from < end ? from : undefined;
}

function countIn(piece: Piece, calendar: Calendar, start: number, end: number): number {
  const { from, to, offset, fresh, hasOpening } = piece;
  const opening = hasOpening && from >= start && from < end ? 1 : 0;
  return opening + calendar.count(Math.max(fresh, start + offset), Math.min(to, end) + offset);
}
