// SPDX-License-Identifier: Apache-2.0
// The box: network, mount and process namespaces of the lab's own. Its ports, bridges, iptables chains and mounts
// cannot collide with the machine's, and all of them end with its first process.
// What stands outside is deterministic in name: the pid file, one veth link with two routes, one cgroup folder.
import { spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { cgroupLines, createCgroups } from './cgroups.ts';
import { run, succeeds } from './command.ts';
import type { Instance } from './instance.ts';
import { mark } from './mark.ts';
import { createMountPoints } from './mount-points.ts';
import { identify, isAlive } from './process-identity.ts';
import { waitFor } from './wait.ts';

/** Settings that kubelet would otherwise change for the whole machine: in the box it finds them as it wants them. */
const settings = { 'vm/overcommit_memory': '1', 'kernel/panic': '10', 'kernel/panic_on_oops': '1' };

export async function startBox(instance: Instance): Promise<void> {
  const file = (name: string) => join(instance.folder, name);
  for (const folder of ['logs', 'mounts', 'settings']) mkdirSync(file(folder), { recursive: true });
  for (const [name, value] of Object.entries(settings)) {
    writeFileSync(file(`settings/${name.replace('/', '.')}`), `${value}\n`);
  }
  createCgroups(instance);
  writeFileSync(file('enter.sh'), wayIn(instance));
  writeFileSync(file('box.sh'), firstProcess(instance, createMountPoints(file('mounts'))));
  const log = openSync(file('logs/box.log'), 'a');
  spawn('sh', [file('enter.sh')], {
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, [mark]: instance.name },
  }).unref();
  await waitFor(
    'the box',
    20_000,
    () => existsSync(file('box.ready')) || undefined,
    () => readLog(instance, 'box'),
  );
  await openDoor(instance);
}

/** From a process of the machine to process 1 of the box. It is on record before there is anything to clean up. */
function wayIn(instance: Instance): string {
  const { folder } = instance;
  const { join: enter, settle } = cgroupLines(instance);
  const spaces = '--net --mount --pid --fork --kill-child=KILL --mount-proc --propagation private';
  return [
    'set -eu',
    'if [ "${1:-}" != inside ]; then',
    `  echo "$$ $(cut -d" " -f22 /proc/$$/stat)" > ${folder}/box.pid`,
    ...enter.map((line) => `  ${line}`),
    `  exec unshare --cgroup sh ${folder}/enter.sh inside`,
    'fi',
    ...settle,
    `exec unshare ${spaces} sh ${folder}/box.sh`,
    '',
  ].join('\n');
}

/** The shell script that is process 1 of the box. */
function firstProcess(instance: Instance, mounts: { from: string; to: string }[]): string {
  const { folder, nodeAddress } = instance;
  const lastByte = Number(nodeAddress.split('.')[2]).toString(16).padStart(2, '0');
  return [
    'set -eu',
    'mount -t tmpfs -o mode=755 tmpfs /run',
    ...mounts.map(({ from, to }) => `mount --bind ${from} ${to}`),
    ...Object.keys(settings).map(
      (name) => `mount --bind ${folder}/settings/${name.replace('/', '.')} /proc/sys/${name}`,
    ),
    ...cgroupLines(instance).mount,
    'ip link set lo up',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    // Pod to Service to pod crosses one bridge: it must pass through the address translation all the same.
    'f=/proc/sys/net/bridge/bridge-nf-call-iptables; if [ -e $f ]; then echo 1 > $f; fi',
    `ip link add lab0 address 0a:58:0a:58:${lastByte}:01 type bridge`,
    `ip address add ${nodeAddress}/24 dev lab0`,
    'ip link set lab0 up',
    `touch ${folder}/box.ready`,
    // Reaps the orphans that the daemons leave.
    'while :; do sleep 1; done',
    '',
  ].join('\n');
}

/** The link to the machine: its programs reach the API server, pods and Services; pods reach its servers. */
async function openDoor(instance: Instance): Promise<void> {
  const { link, hostAddress, boxAddress } = instance.door;
  const box = boxProcess(instance);
  await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'door', 'netns', String(box)]);
  await run('ip', ['address', 'add', `${hostAddress}/30`, 'dev', link]);
  await run('ip', ['link', 'set', link, 'up']);
  await runInBox(instance, 'ip', ['address', 'add', `${boxAddress}/30`, 'dev', 'door']);
  await runInBox(instance, 'ip', ['link', 'set', 'door', 'up']);
  await runInBox(instance, 'ip', ['route', 'add', 'default', 'via', hostAddress]);
  for (const range of [instance.podRange, instance.serviceRange]) {
    await run('ip', ['route', 'add', range, 'via', boxAddress]);
  }
}

/** Process 1 of the box, as the machine counts; throws when there is none. */
export function boxProcess(instance: Instance): number {
  const unshare = boxOwner(instance);
  const child = unshare === undefined ? undefined : childOf(unshare);
  if (child === undefined)
    throw new Error(`lab "${instance.name}" has no running box; start it: npm run lab -- up`);
  return child;
}

/** The process outside whose child is process 1 of the box. */
export function boxOwner(instance: Instance): number | undefined {
  const file = join(instance.folder, 'box.pid');
  if (!existsSync(file)) return undefined;
  const identity = readFileSync(file, 'utf8');
  return isAlive(identity) ? Number(identity.split(' ')[0]) : undefined;
}

function childOf(parent: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      if (ppid === parent) return Number(name);
    } catch {
      // It ended while we looked.
    }
  }
  return undefined;
}

export async function runInBox(instance: Instance, command: string, args: string[]): Promise<string> {
  return run('nsenter', ['-t', String(boxProcess(instance)), '-n', '-m', '-p', '-C', '--', command, ...args]);
}

/**
 * Starts a server in the box, as a child of its first process: a stopped or killed one then holds nothing outside.
 * Its output goes to logs/<name>.log.
 */
export async function startDaemon(
  instance: Instance,
  name: string,
  command: string[],
  env: Record<string, string> = {},
): Promise<void> {
  const log = join(instance.folder, 'logs', `${name}.log`);
  const pid = join(instance.folder, `${name}.pid`);
  const settle = [...cgroupLines(instance).inside, 'echo $$ > "$0"', 'exec "$@"'].join(' && ');
  const script = `setsid nohup sh -c '${settle}' "$@" >"$0" 2>&1 </dev/null &`;
  const variables = Object.entries({ [mark]: instance.name, ...env }).map(
    ([key, value]) => `${key}=${value}`,
  );
  await runInBox(instance, 'env', [...variables, 'sh', '-c', script, log, pid, ...command]);
}

/** Kills a server of the box and waits until it is gone. `startDaemon` starts it anew. */
export async function killDaemon(instance: Instance, name: string): Promise<void> {
  const pid = readFileSync(join(instance.folder, `${name}.pid`), 'utf8').trim();
  const script = 'kill -KILL "$0" && while kill -0 "$0" 2>/dev/null; do sleep 0.1; done';
  await runInBox(instance, 'sh', ['-c', script, pid]);
}

/** Kills the box and waits until the last of its processes is gone. */
export async function killBox(instance: Instance): Promise<void> {
  const owner = boxOwner(instance);
  if (owner === undefined) return;
  const first = childOf(owner);
  const space = first === undefined ? undefined : pidNamespace(first);
  for (const pid of [first, owner]) {
    if (pid !== undefined && identify(pid) !== undefined) process.kill(pid, 'SIGKILL');
  }
  await waitFor('the end of the box', 20_000, () => {
    const isEmpty =
      space === undefined || !readdirSync('/proc').some((pid) => pidNamespace(Number(pid)) === space);
    return (isEmpty && identify(owner) === undefined) || undefined;
  });
}

export async function closeDoor(instance: Instance): Promise<void> {
  // Takes its routes along. Explicit: a killed namespace can keep its end for a minute while connections linger.
  if (existsSync(`/sys/class/net/${instance.door.link}`))
    await succeeds('ip', ['link', 'delete', instance.door.link]);
}

function pidNamespace(pid: number): string | undefined {
  try {
    return Number.isInteger(pid) ? readlinkSync(`/proc/${pid}/ns/pid`) : undefined;
  } catch {
    return undefined;
  }
}

/** The end of a server's log, for an error message. */
export function readLog(instance: Instance, name: string): string {
  const path = join(instance.folder, 'logs', `${name}.log`);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  return `its log (${path}) ends:\n${text.trim().split('\n').slice(-15).join('\n').slice(-4000)}`;
}
