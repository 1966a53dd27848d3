// SPDX-License-Identifier: Apache-2.0
// What has been parsed is kept: a schedule is looked at again and again, and its expression hardly ever changes.
import { parseCron } from './cron.ts';

type Parsed = ReturnType<typeof parseCron>;

const known = new Map<string, Parsed>();
/** Whoever has more pays for parsing again. */
const mostKnown = 1000;

/** As `parseCron`. */
export function parsedCron({ cron, timeZone }: { cron: string; timeZone: string }): Parsed {
  const key = `${timeZone} ${cron}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size >= mostKnown) known.clear();
  const parsed = parseCron(cron, timeZone);
  known.set(key, parsed);
  return parsed;
}
