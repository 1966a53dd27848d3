// SPDX-License-Identifier: Apache-2.0
import type { Log } from '../../../src/kube/log.ts';

export type Line = { level: keyof Log; message: string; fields: Record<string, unknown> };

/** A log that keeps its lines. */
export function keepingLog(): Log & { lines: Line[] } {
  const lines: Line[] = [];
  const at = (level: keyof Log) => (fields: Record<string, unknown>, message: string) =>
    void lines.push({ level, message, fields });
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
