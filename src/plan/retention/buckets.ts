// SPDX-License-Identifier: Apache-2.0
// Hours, days, ISO weeks, months and years as the clocks of a zone show them. Two backups are in the same bucket if
// their keys are the same; that a later one has another key is all that is asked of a key.
import type { WallTime } from '../zone.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** 1970-01-01 was a Thursday: the fourth day of its week. */
const daysBeforeFirst = 3;

/** The key of the bucket that an instant is in, by the rule that asks. */
export const bucketKeys = {
  /** An hour that the clocks show twice is two: the offset tells them apart. */
  keepHourly: ({ shown, offset }: WallTime) => `${Math.floor(shown / hourMs)}@${offset}`,
  keepDaily: ({ shown }: WallTime) => `${Math.floor(shown / dayMs)}`,
  /** From Monday to Sunday, across the turn of a year too. */
  keepWeekly: ({ shown }: WallTime) => `${Math.floor((Math.floor(shown / dayMs) + daysBeforeFirst) / 7)}`,
  keepMonthly: ({ shown }: WallTime) => new Date(shown).toISOString().slice(0, -17),
  keepYearly: ({ shown }: WallTime) => new Date(shown).toISOString().slice(0, -20),
} as const;

export type BucketRule = keyof typeof bucketKeys;
