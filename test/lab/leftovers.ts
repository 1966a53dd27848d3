// SPDX-License-Identifier: Apache-2.0
// What a machine looks like from outside, taken before `up` and after `down`, and the difference between the two.
// Other programs of the machine come and go meanwhile: a new process, socket or cgroup counts only if it can be the lab's.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run } from './command.ts';
import { withoutBlocks } from './hosts-file.ts';
import { allInstances, stateRoot, type Instance } from './instance.ts';
import { places } from './mount-points.ts';
import { listProcesses, type Process } from './processes.ts';
import { listSockets } from './sockets.ts';

/** Kind of thing -> its entries. Of `counted` kinds only what is new matters, of the others also what is gone. */
export type Snapshot = Record<string, string[]>;

const newOnly = new Set(['process', 'cgroup', 'listening socket']);

const settings = [
  'vm/overcommit_memory',
  'kernel/panic',
  'kernel/panic_on_oops',
  'net/ipv4/ip_forward',
  'net/bridge/bridge-nf-call-iptables',
];

export async function takeSnapshot(instance: Instance): Promise<Snapshot> {
  const processes = listProcesses();
  const ours = new Map([...processes].filter(([, process]) => isOurs(process, processes, instance)));
  return {
    process: [...ours.values()].map(({ pid, command }) => `${pid} ${command}`),
    'listening socket': listSockets()
      .filter(({ owner }) => owner === undefined || ours.has(owner) || !processes.has(owner))
      .map(({ text }) => text),
    cgroup: listCgroups(ours),
    mount: read('/proc/self/mountinfo').split('\n').filter(Boolean),
    link: readdirSync('/sys/class/net'),
    route: (await run('ip', ['-4', 'route', 'show', 'table', 'all'])).split('\n').filter(Boolean),
    'iptables line': [...(await savedRules('iptables-save')), ...(await savedRules('ip6tables-save'))],
    'line of /etc/hosts': [hostsWithoutOthers(instance)],
    setting: settings.map((name) => `${name} = ${read(`/proc/sys/${name}`).trim()}`),
    folder: [...places, stateRoot, instance.folder].filter((path) => existsSync(path)),
  };
}

/** Lines such as `new process: 123 etcd` and `gone mount: ...`. */
export function compare(before: Snapshot, after: Snapshot): string[] {
  return Object.keys(before).flatMap((kind) => {
    const [old = [], now = []] = [before[kind], after[kind]];
    const added = now.filter((entry) => !old.includes(entry)).map((entry) => `new ${kind}: ${entry}`);
    const gone = old.filter((entry) => !now.includes(entry)).map((entry) => `gone ${kind}: ${entry}`);
    return newOnly.has(kind) ? added : [...added, ...gone];
  });
}

/** What differs from `before`. The kernel and other programs get a moment to settle. */
export async function findLeftovers(
  instance: Instance,
  before: Snapshot,
  patienceMs = 10_000,
): Promise<string[]> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const differences = compare(before, await takeSnapshot(instance));
    if (differences.length === 0 || performance.now() > end) return differences;
    await sleep(500);
  }
}

/** It, or a process that it comes from, carries the lab's mark; or nobody can say whom it belongs to, in CI. */
function isOurs(process: Process, all: Map<number, Process>, instance: Instance): boolean {
  for (let at: Process | undefined = process; at !== undefined; at = all.get(at.parent)) {
    if (at.mark !== undefined) return at.mark === instance.name;
  }
  // With nobody else at work on the machine, an orphan that nothing explains counts too.
  return globalThis.process.env['CI'] === 'true' && process.parent === 1;
}

/** Those that hold nobody else's processes. */
function listCgroups(ours: Map<number, Process>): string[] {
  const others = allInstances().map(({ cgroup }) => cgroup);
  const mounts = read('/proc/self/mounts')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '']) => path);
  const folders = mounts.flatMap((path) => foldersBelow(path, others));
  return folders.filter((folder) => {
    const pids = read(`${folder}/cgroup.procs`).split('\n').filter(Boolean).map(Number);
    return pids.length === 0 || pids.some((pid) => ours.has(pid));
  });
}

/** Not below another lab's folder, where pods come and go. */
function foldersBelow(folder: string, closed: string[]): string[] {
  const below = closed.includes(basename(folder)) ? [] : entries(folder);
  return below.flatMap((path) => [path, ...foldersBelow(path, closed)]);
}

function entries(folder: string): string[] {
  try {
    const all = readdirSync(folder, { withFileTypes: true });
    return all.filter((entry) => entry.isDirectory()).map(({ name }) => `${folder}/${name}`);
  } catch {
    return [];
  }
}

/** Without comments and packet counts. */
async function savedRules(command: string): Promise<string[]> {
  const text = await run(command, []).catch(() => '');
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => `${command} ${line.replace(/\[\d+:\d+\]/, '')}`);
}

function hostsWithoutOthers(instance: Instance): string {
  const others = allInstances().filter(({ name }) => name !== instance.name);
  return others.reduce(
    (text, { name }) => withoutBlocks(text, `milvus-backup-lab ${name}`),
    read('/etc/hosts'),
  );
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
