// SPDX-License-Identifier: Apache-2.0
// Runs other programs. Each one leads a process group of its own and is on record while it runs, with its owner's
// identity, so that nothing it started stays behind when the owner is killed: the next `up` or `down` sweeps.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cacheFolder } from './cache-folder.ts';
import { mark } from './mark.ts';
import { identify, isAlive, ownIdentity } from './process-identity.ts';

export type CommandOptions = {
  env?: Record<string, string>;
  cwd?: string;
  input?: string;
  /** Called with each line of standard error, for progress. */
  onLine?: (line: string) => void;
  timeoutMs?: number;
};

/** The record is written by the child itself, before it becomes the program: no moment is left uncovered. */
const recorder = 'echo "$$ $(cut -d" " -f22 /proc/$$/stat)|$1" > "$0/$$" && shift && exec "$@"';

/** Runs a program to its end and gives its standard output; a failure carries the last lines that it wrote. */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const folder = recordFolder();
  const child = spawn('sh', ['-c', recorder, folder, ownIdentity(), command, ...args], {
    cwd: options.cwd,
    env: { [mark]: process.env['LAB_NAME'] ?? 'main', ...process.env, ...options.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  const output: string[] = [];
  const tail: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => output.push(chunk));
  createInterface({ input: child.stderr }).on('line', (line) => {
    options.onLine?.(line);
    tail.push(line);
    if (tail.length > 20) tail.shift();
  });
  // A program that ends without reading its input closes the pipe; its exit code tells the story.
  child.stdin.on('error', () => undefined).end(options.input ?? '');
  const code = await new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (exit, signal) => resolve(exit ?? signal ?? 'unknown'));
  });
  if (child.pid !== undefined) rmSync(join(folder, String(child.pid)), { force: true });
  if (code === 0) return output.join('');
  const said = [...tail, ...(tail.length === 0 ? output.join('').split('\n').slice(-20) : [])].join('\n');
  throw new Error(`${[command, ...args].join(' ').slice(0, 300)} ended with ${code}:\n${said.trim()}`);
}

/** As `run`, for a program whose failure is an answer too. */
export async function succeeds(
  command: string,
  args: string[],
  options: CommandOptions = {},
): Promise<boolean> {
  return run(command, args, options).then(
    () => true,
    () => false,
  );
}

/** Kills, by its recorded process group, whatever was left running by owners that are gone (or by `owner`). */
export function sweepCommands(owner?: string): number {
  let killed = 0;
  const folder = recordFolder();
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    const [child = '', by = ''] = readRecord(file).split('|');
    if (by === '' || (by.trim() !== owner && isAlive(by))) continue;
    if (isAlive(child)) killed += killGroup(Number(name));
    rmSync(file, { force: true });
  }
  return killed;
}

function killGroup(pid: number): number {
  try {
    process.kill(-pid, 'SIGKILL');
    return 1;
  } catch {
    return identify(pid) === undefined ? 0 : 1;
  }
}

function readRecord(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function recordFolder(): string {
  const folder = join(cacheFolder(), 'running');
  mkdirSync(folder, { recursive: true });
  return folder;
}
