// SPDX-License-Identifier: Apache-2.0
// A world that is held by the test: streams that remember, a clock that is moved, signals that are sent.
import { Writable } from 'node:stream';
import type { Output, World } from '../../../src/cmd/world.ts';

export type FakeWorld = World & {
  out: () => string;
  err: () => string;
  send: (signal: 'SIGTERM' | 'SIGINT') => void;
  exits: number[];
  pass: (ms: number) => void;
};

export function fakeWorld(options: { env?: Record<string, string>; isTTY?: boolean } = {}): FakeWorld {
  const stdout = memory();
  const stderr = memory();
  const handlers = new Map<string, () => void>();
  const exits: number[] = [];
  let now = Date.parse('2026-11-20T15:00:00Z');
  return {
    env: options.env ?? {},
    stdout: stdout.stream,
    stderr: Object.assign(stderr.stream, { isTTY: options.isTTY ?? false, columns: 120 }),
    clock: { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() },
    onSignal(signal, handler) {
      handlers.set(signal, handler);
      return () => handlers.delete(signal);
    },
    exit: (code) => void exits.push(code),
    out: stdout.text,
    err: stderr.text,
    send: (signal) => handlers.get(signal)?.(),
    exits,
    pass: (ms) => {
      now += ms;
    },
  };
}

function memory(): { stream: Output; text: () => string } {
  let text = '';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      text += chunk;
      done();
    },
  });
  return { stream, text: () => text };
}
