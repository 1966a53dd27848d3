// SPDX-License-Identifier: Apache-2.0
// Starts the real operator, bundled and with a pod's identity, as a process of its own.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';
import { waitFor } from '../../../lab/wait.ts';

export type Line = Record<string, unknown> & { level: string; msg: string; time: string };

export type Operator = {
  /** What it has logged. */
  lines: Line[];
  until: (message: string, timeoutMs?: number) => Promise<Line>;
  signal: (name: NodeJS.Signals) => void;
  /** Its exit code, or the signal that ended it. */
  exit: () => Promise<number | string>;
  probe: (path: string) => Promise<{ status: number; text: string }>;
  /** Resident now, and at most so far, in MiB. */
  memory: () => { now: number; most: number };
  /** Spent on a processor so far, in milliseconds. */
  processorMs: () => number;
  kill: () => Promise<void>;
};

const root = join(import.meta.dirname, '../../../..');

/** Bundled once per control plane. */
export function bundle(plane: ControlPlaneInfo): string {
  const folder = join(plane.folder, 'dist');
  const entry = join(folder, 'milvus-backup.js');
  if (existsSync(entry)) return entry;
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.ts', folder], { cwd: root });
  if (status !== 0) throw new Error(`the bundle could not be made:\n${stderr.toString()}`);
  // What lies in the bundle needs no package, but Node looks for the type of a module.
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  return entry;
}

const settings = {
  image: 'engine:test',
  imagePullPolicy: 'IfNotPresent',
  resources: { limits: { memory: '1Gi' } },
};

export type Options = {
  namespaces?: string[];
  /** A proxy in front of the API server. */
  server?: string;
  /** Left out: the admin's. */
  token?: string;
  flags?: string[];
  /** Beside those that every Job needs. */
  settings?: object;
};

export function startOperator(plane: ControlPlaneInfo, options: Options = {}): Operator {
  const {
    namespaces = [],
    server = plane.url,
    token = plane.token,
    flags = [],
    settings: more = {},
  } = options;
  const folder = mkdtempSync(join(plane.folder, 'operator-'));
  writeFileSync(join(folder, 'settings.yaml'), JSON.stringify({ ...settings, ...more }));
  writeFileSync(join(folder, 'token'), token, { mode: 0o600 });
  writeFileSync(join(folder, 'namespace'), 'default');
  copyFileSync(plane.authority, join(folder, 'ca.crt'));
  const { hostname, port } = new URL(server);
  const args = [
    // The space for young objects grows in the rush of a cold start and is never given back.
    '--max-semi-space-size=4',
    bundle(plane),
    'operator',
    `--settings=${join(folder, 'settings.yaml')}`,
    `--service-account=${folder}`,
    '--probe-address=127.0.0.1:0',
    '--log-level=debug',
    ...(namespaces.length > 0 ? [`--namespaces=${namespaces.join(',')}`] : []),
    ...flags,
  ];
  const env = { PATH: process.env['PATH'], KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port };
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', process.execPath, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env,
  });
  return control(child);
}

function control(child: ChildProcess): Operator {
  const lines: Line[] = [];
  const raw: string[] = [];
  createInterface({ input: child.stderr! }).on('line', (line) => {
    raw.push(line);
    if (line.startsWith('{')) lines.push(JSON.parse(line) as Line);
  });
  // Not its exit: what it said last may then still be on its way.
  const exited = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  const until = (message: string, timeoutMs = 100_000): Promise<Line> =>
    waitFor(
      `the operator to say "${message}"`,
      timeoutMs,
      () => lines.find(({ msg }) => msg === message),
      () => raw.slice(-20).join('\n'),
    );
  return {
    lines,
    until,
    signal: (name) => void child.kill(name),
    exit: () => exited,
    async probe(path) {
      const { port } = await until('starting');
      const answer = await fetch(`http://127.0.0.1:${String(port)}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    memory: () => memoryOf(child),
    processorMs: () => processorMsOf(child),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

function memoryOf({ pid }: ChildProcess): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/** Clock ticks are hundredths of a second to everybody who asks (proc(5)). */
const tickMs = 10;

function processorMsOf({ pid }: ChildProcess): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // After the name of the command, which may hold anything: state is the third field, utime and stime 14 and 15.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}
