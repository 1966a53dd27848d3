// SPDX-License-Identifier: Apache-2.0
// Durations as specs write them (90s, 6h, 1h30m) and as statuses show them.
import { OperatorError } from '../base/error.ts';

/** Milliseconds. The CRD lets nothing else through than what this reads. */
export function durationMs(text: string): number {
  const [whole, hours = '0', minutes = '0', seconds = '0'] =
    /^(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,6})s)?$/.exec(text) ?? [];
  if (whole === undefined || whole === '') {
    throw new OperatorError(
      'InvalidConfiguration',
      `${JSON.stringify(text)} is no duration such as 90s, 6h or 1h30m`,
    );
  }
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000;
}

/** For people: 45s, 12m30s, 3h5m. Rounded to seconds, and to minutes from an hour on. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${seconds % 60 === 0 ? '' : `${seconds % 60}s`}`;
  return `${Math.floor(minutes / 60)}h${minutes % 60 === 0 ? '' : `${minutes % 60}m`}`;
}
