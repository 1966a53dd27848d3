// SPDX-License-Identifier: Apache-2.0
// Runs the built command as a Job or a person would: a configuration file, arguments, and what came out.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { inject } from 'vitest';

export { labConfig, type ConfigDocument } from './config.ts';

export type Line = { event: string; step?: string; [field: string]: unknown };

export type Ended = {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  /** Lines of stdout as events, with --report json. */
  events: Line[];
  /** The result, where one was told. */
  result: Line | undefined;
};

export type Running = { child: ChildProcess; ended: Promise<Ended> };

/** A folder with configuration files, removed by `close`. */
export type Desk = {
  config(document: unknown): string;
  start(config: string, args: string[], onLine?: (line: Line, child: ChildProcess) => void): Running;
  run(config: string, args: string[]): Promise<Ended>;
  close(): void;
};

export function openDesk(): Desk {
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-desk-'));
  let files = 0;
  const desk: Desk = {
    config(document) {
      const file = join(folder, `backup-${++files}.yaml`);
      // JSON is YAML.
      writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
      return file;
    },
    start: (config, args, onLine) => start(folder, ['--config', config, ...args], onLine),
    run: (config, args) => start(folder, ['--config', config, ...args]).ended,
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
  return desk;
}

function start(cwd: string, args: string[], onLine?: (line: Line, child: ChildProcess) => void): Running {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: cwd };
  const child = spawn(process.execPath, [inject('command'), ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out: string[] = [];
  const err: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString('utf8')));
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => {
    out.push(line);
    const parsed = parseLine(line);
    if (parsed) onLine?.(parsed, child);
  });
  const ended = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => {
      const events = out.map(parseLine).filter((line) => line !== undefined);
      const result = events.find((line) => line.event === 'result');
      resolve({ code, signal, stdout: out.join('\n'), stderr: err.join(''), events, result });
    });
  });
  return { child, ended };
}

function parseLine(line: string): Line | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Line;
  } catch {
    return undefined;
  }
}
