// SPDX-License-Identifier: Apache-2.0
// How the wall time of one command divides between Milvus, the store and us, taken from outside: the command tells each
// change of step on stdout, and at each of these lines its CPU time is read from /proc.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

type Owner = 'Milvus' | 'store' | 'us';

/** Whom a step waits for. Steps about both ends, such as Preflight, are short. */
const owners: Record<string, Owner> = {
  starting: 'us',
  Planning: 'us',
  Preflight: 'Milvus',
  Metadata: 'Milvus',
  Flushing: 'Milvus',
  CreatingDatabases: 'Milvus',
  CreatingCollection: 'Milvus',
  Importing: 'Milvus',
  Indexing: 'Milvus',
  Counting: 'Milvus',
  Renaming: 'Milvus',
  Finishing: 'Milvus',
};

export const method = [
  'How: a step lasts from the line on stdout that names it to the line that names the next. While a step lasts, the',
  'CPU time of the command, of all its threads, is us; the rest of the step is waiting: for Milvus in the steps about',
  'metadata, flush, import, index and names, for the store in every other. The start of Node.js is us. What we do',
  'while Milvus or the store works for us anyway counts as us too, so our share is an upper bound.',
];

export type Step = { name: string; seconds: number; cpu: number };
export type Shares = { wall: number; cpu: number; steps: Step[] };

/** Runs the command, which must be told `--report json`. Only on Linux, as the lab. */
export async function measure(args: string[]): Promise<Shares> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const steps: Step[] = [];
  const start = { at: performance.now(), cpu: 0 };
  let last = { name: 'starting', ...start };
  const change = (name: string): void => {
    const now = { at: performance.now(), cpu: cpuOf(child) ?? last.cpu };
    steps.push({ name: last.name, seconds: (now.at - last.at) / 1000, cpu: now.cpu - last.cpu });
    last = { name, ...now };
  };
  await finish(child, (line) => {
    const { event, step } = JSON.parse(line) as { event: string; step?: string };
    if (event === 'result') change('ending');
    else if (event === 'progress' && step !== undefined && step !== last.name) change(step);
  });
  change('ended');
  return { wall: (performance.now() - start.at) / 1000, cpu: last.cpu, steps };
}

/** Seconds, user and system; undefined once it has ended. Linux counts hundredths. */
function cpuOf({ pid }: ChildProcess): number | undefined {
  try {
    // The name, in parentheses, may hold anything; fields 14 and 15 of the line are the 12th and 13th behind it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return undefined;
  }
}

export function finish(child: ChildProcess, onLine: (line: string) => void = () => undefined): Promise<void> {
  const said: string[] = [];
  child.stderr?.on('data', (chunk: Buffer) => said.push(chunk.toString('utf8')));
  if (child.stdout) createInterface({ input: child.stdout }).on('line', onLine);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`exit code ${code}: ${said.join('')}`));
    });
  });
}

/** Seconds by owner; together the wall time. */
export function divide({ wall, steps }: Shares): Record<Owner, number> {
  const seconds = { Milvus: 0, store: 0, us: 0 };
  for (const step of steps) {
    const cpu = Math.min(step.cpu, step.seconds);
    seconds.us += cpu;
    seconds[owners[step.name] ?? 'store'] += step.seconds - cpu;
  }
  const told = seconds.Milvus + seconds.store + seconds.us;
  return { ...seconds, us: seconds.us + Math.max(0, wall - told) };
}

export function show(what: string, shares: Shares): void {
  const { wall, cpu, steps } = shares;
  const parts = Object.entries(divide(shares)).map(
    ([owner, seconds]) => `${owner} ${((100 * seconds) / wall).toFixed(0)} % (${seconds.toFixed(1)} s)`,
  );
  console.log(`\n${what}: ${wall.toFixed(1)} s of wall time, ${cpu.toFixed(1)} s of CPU`);
  console.log(`  ${parts.join(', ')}`);
  const times = [...Map.groupBy(steps, ({ name }) => name)].map(
    ([name, list]) => `${name} ${list.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(1)}`,
  );
  console.log(`  seconds by step: ${times.join(', ')}`);
}
