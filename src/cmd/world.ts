// SPDX-License-Identifier: Apache-2.0
// What the command line touches besides stores and Milvus: streams, environment, signals, its own end. One object, so
// that tests can hold all of it.
import { systemClock, type Clock } from '../base/clock.ts';

export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

export type World = {
  env: Readonly<Record<string, string | undefined>>;
  stdout: Output;
  stderr: Output;
  clock: Clock;
  onSignal(signal: 'SIGTERM' | 'SIGINT', handler: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
};

export function realWorld(): World {
  // Whoever reads us may go first (`| head`); that is no reason to leave a backup half done.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  return {
    env: process.env,
    stdout: process.stdout,
    stderr: process.stderr,
    clock: systemClock,
    onSignal(signal, handler) {
      process.on(signal, handler);
      return () => process.off(signal, handler);
    },
    exit: (code) => process.exit(code),
  };
}
