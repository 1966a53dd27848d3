// SPDX-License-Identifier: Apache-2.0
// Where this room writes its lines to. Any logger of this shape will do; the process hands in its own.

type Write = (fields: Record<string, unknown>, message: string) => void;

export type Log = { debug: Write; info: Write; warn: Write; error: Write };

/** The same log with `fixed` in each line. */
export function logWith(log: Log, fixed: Record<string, unknown>): Log {
  const at =
    (level: keyof Log): Write =>
    (fields, message) =>
      log[level]({ ...fixed, ...fields }, message);
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
