// SPDX-License-Identifier: Apache-2.0
// A time zone as stretches of time between two changes of its clock, learnt from Intl: for the slots of a schedule and
// for the days and years of retention. Nobody else computes offsets.

/** Instants from `from` to before `to`, throughout which a local clock shows the instant plus `offset`. Milliseconds. */
export type Stretch = { from: number; to: number; offset: number };

export type Zone = {
  /** Undefined outside of what dates can say. */
  stretchAt(ms: number): Stretch | undefined;
  /**
   * The local time that the clock had reached before the stretch began. More than its beginning shows: the clock was
   * put back. Less: it was put forward.
   */
  reachedBefore(stretch: Stretch): number;
};

/** What a clock on the wall shows, as if it were UTC, and how far it is ahead of UTC. Milliseconds. */
export type WallTime = { shown: number; offset: number };

const dayMs = 86_400_000;
const blockMs = 32 * dayMs;
/** No clock was ever changed twice in less than a week. */
const probeMs = 4 * dayMs;
/** Further back than any clock was ever put. */
const lookBackMs = 2 * dayMs;
const latestMs = 8.64e15 - blockMs;
const mostBlocks = 2000;

const zones = new Map<string, Zone>();

/** Shared, because a zone is slow to learn and never changes while the process lives. Throws for an unknown name. */
export function zoneOf(name: string): Zone {
  const zone = zones.get(name) ?? learn(new Intl.DateTimeFormat('en-US', { timeZone: name, ...offsetOnly }));
  zones.set(name, zone);
  return zone;
}

/** Throws a RangeError for an unknown name: whoever lets people name zones asks first. */
export function wallClock(timeZone: string): (ms: number) => WallTime {
  const zone = zoneOf(timeZone);
  return (ms) => {
    const offset = zone.stretchAt(ms)?.offset ?? 0;
    return { shown: ms + offset, offset };
  };
}

const offsetOnly = { timeZoneName: 'longOffset' } as const;

function learn(format: Intl.DateTimeFormat): Zone {
  const blocks = new Map<number, Stretch[]>();
  const offsetAt = (ms: number): number => offsetOf(format.format(ms));
  const blockOf = (block: number): Stretch[] => {
    const known = blocks.get(block);
    if (known) return known;
    if (blocks.size >= mostBlocks) blocks.clear();
    const stretches = stretchesOf(block * blockMs, offsetAt);
    blocks.set(block, stretches);
    return stretches;
  };
  const stretchAt = (ms: number): Stretch | undefined =>
    Math.abs(ms) < latestMs
      ? blockOf(Math.floor(ms / blockMs)).find(({ from, to }) => from <= ms && ms < to)
      : undefined;
  return {
    stretchAt,
    reachedBefore({ from, offset }) {
      let reached = Number.NEGATIVE_INFINITY;
      let before = stretchAt(from - 1);
      while (before && before.to > from - lookBackMs) {
        reached = Math.max(reached, before.to + before.offset);
        before = stretchAt(before.from - 1);
      }
      return Number.isFinite(reached) ? reached : from + offset;
    },
  };
}

/** One block, cut where the offset changes. */
function stretchesOf(start: number, offsetAt: (ms: number) => number): Stretch[] {
  const end = start + blockMs;
  const stretches: Stretch[] = [];
  let open: Stretch = { from: start, to: end, offset: offsetAt(start) };
  for (let probe = start + probeMs; probe <= end; probe += probeMs) {
    const offset = offsetAt(Math.min(probe, end - 1));
    if (offset === open.offset) continue;
    const change = changeBetween(Math.max(open.from, probe - probeMs), probe, open.offset, offsetAt);
    stretches.push({ ...open, to: change });
    open = { from: change, to: end, offset };
  }
  return [...stretches, open];
}

/** The first second at which the offset is no longer `offset`: so at `high`, not so at `low`. */
function changeBetween(low: number, high: number, offset: number, offsetAt: (ms: number) => number): number {
  let [before, after] = [Math.floor(low / 1000), Math.floor(high / 1000)];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offsetAt(middle * 1000) === offset) before = middle;
    else after = middle;
  }
  return after * 1000;
}

/** The end of what Intl writes: GMT, GMT+05:30, in the nineteenth century GMT+00:53:28. */
function offsetOf(text: string): number {
  const [, sign, hours = 0, minutes = 0, seconds = 0] =
    /GMT(?:([+-])(\d\d):(\d\d)(?::(\d\d))?)?$/.exec(text) ?? [];
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -size : size;
}
