// SPDX-License-Identifier: Apache-2.0
// Starts the test operator, bundled and with a pod's identity, as the real one is.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { InCluster } from '../../../../src/kube/service-account.ts';
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';
import { waitFor } from '../../../lab/wait.ts';
import type { OperatorOptions } from './operator.ts';

export type Said = { event: string; at: number; name?: string; size?: number; port?: number; why?: string };

export type Operator = {
  identity: string;
  said: Said[];
  /** The first of these that it says, or has said. */
  until: (event: string, matches?: (said: Said) => boolean, timeoutMs?: number) => Promise<Said>;
  signal: (name: NodeJS.Signals) => void;
  /** Its exit code, or the signal that ended it. */
  exit: () => Promise<number | string>;
  probe: (path: string) => Promise<{ status: number; text: string }>;
  /** Resident now, and at most so far, in MiB. */
  memory: () => { now: number; most: number };
  kill: () => Promise<void>;
};

/** The space for young objects grows to 32 MiB in the rush of a cold start and is never given back: 20 MiB for nothing. */
const smallYoungSpace = '--max-semi-space-size=4';

export async function bundleOperator(plane: ControlPlaneInfo): Promise<string> {
  const outfile = join(plane.folder, 'operator.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'operator.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
  });
  return outfile;
}

export function startOperator(
  plane: ControlPlaneInfo,
  bundle: string,
  options: Omit<OperatorOptions, 'source'> & { server?: string },
): Operator {
  const { server = plane.url, ...rest } = options;
  const source = { inCluster: writeServiceAccount(plane, server) };
  const given = JSON.stringify({ source, ...rest } satisfies OperatorOptions);
  const command = ['--pdeathsig', 'KILL', process.execPath, smallYoungSpace, bundle, given];
  const child = spawn('setpriv', command, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: Said[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(JSON.parse(line) as Said));
  createInterface({ input: child.stderr }).on('line', (line) => errors.push(line));
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  const until: Operator['until'] = (event, matches = () => true, timeoutMs = 60_000) =>
    waitFor(
      `${options.identity} to say "${event}"`,
      timeoutMs,
      () => said.find((one) => one.event === event && matches(one)),
      () => `it said ${JSON.stringify(said.slice(-10))}\n${errors.slice(-10).join('\n')}`,
    );
  return {
    identity: options.identity,
    said,
    until,
    signal: (name) => void child.kill(name),
    exit: () => exited,
    async probe(path) {
      const { port } = await until('listening');
      const answer = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: answer.status, text: await answer.text() };
    },
    memory: () => memoryOf(child),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** What a pod finds in its file system. */
function writeServiceAccount(plane: ControlPlaneInfo, server: string): InCluster {
  const folder = mkdtempSync(join(plane.folder, 'service-account-'));
  writeFileSync(join(folder, 'token'), plane.token, { mode: 0o600 });
  copyFileSync(plane.authority, join(folder, 'ca.crt'));
  const { hostname: host, port } = new URL(server);
  return { host, port, folder };
}

function memoryOf({ pid }: ChildProcess): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (field: string): number =>
    Number(new RegExp(`^${field}:\\s+(\\d+)`, 'm').exec(status)?.[1]) / 1024;
  return { now: of('VmRSS'), most: of('VmHWM') };
}
