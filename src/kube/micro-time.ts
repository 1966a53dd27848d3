// SPDX-License-Identifier: Apache-2.0

/**
 * A time with exactly six fractional digits, as Lease and events.k8s.io demand. A Date writes three, and the server
 * answers 400 to those (kubernetes#141204).
 */
export function microTime(ms: number): string {
  const micros = Math.round((ms - Math.floor(ms)) * 1000);
  const whole = new Date(Math.floor(ms) + (micros === 1000 ? 1 : 0)).toISOString();
  return whole.replace('Z', `${String(micros % 1000).padStart(3, '0')}Z`);
}
