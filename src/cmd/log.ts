// SPDX-License-Identifier: Apache-2.0
// Logs: JSON lines on stderr, cleaned of secrets. stdout belongs to results and events.
import { pino } from 'pino';
import type { Logger } from '../engine/engine.ts';
import type { Secrets } from './secrets.ts';

/** `write` gets whole lines with their newline. */
export function createLogger(level: string, secrets: Secrets, write: (line: string) => void): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => cleaned(fields, secrets, 0) as Record<string, unknown>,
    },
  };
  const logger = pino(options, { write });
  // Text by text before they are encoded: masking an encoded line could eat the backslash before a quote.
  const at =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (fields: Record<string, unknown>, message: string): void =>
      logger[level](fields, secrets.clean(message));
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

const deepest = 6;

function cleaned(value: unknown, secrets: Secrets, depth: number): unknown {
  if (typeof value === 'string') return secrets.clean(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '...';
  if (value instanceof Error) {
    const { name, message, stack } = value;
    return cleaned({ ...Object.fromEntries(Object.entries(value)), name, message, stack }, secrets, depth);
  }
  if (Array.isArray(value)) return value.map((element) => cleaned(element, secrets, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, element]) => [key, cleaned(element, secrets, depth + 1)]),
  );
}
