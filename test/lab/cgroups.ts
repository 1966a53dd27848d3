// SPDX-License-Identifier: Apache-2.0
// Each hierarchy of cgroups gets one folder of the lab's name, and the box has a cgroup namespace with that folder as its
// root. So the node's containers, wherever they think they go, lie below it, and two labs never share a folder.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from './instance.ts';
import { waitFor } from './wait.ts';

type Hierarchy = { path: string; type: string; controllers: string };

/** The lab's own servers sit in a leaf: a unified hierarchy passes controllers on only from a folder without processes. */
const leaf = 'box';

/** Makes the folders, ready to take processes. */
export function createCgroups(instance: Instance): void {
  for (const { path } of hierarchies()) {
    for (const folder of [join(path, instance.cgroup), join(path, instance.cgroup, leaf)]) {
      mkdirSync(folder, { recursive: true });
      // An empty set of processors would take no process.
      for (const name of ['cpuset.cpus', 'cpuset.mems']) copyIfThere(join(path, name), join(folder, name));
    }
  }
}

/**
 * Shell lines for a process on its way into the box: `join` before its cgroup namespace is made, `settle` after;
 * `inside` for one that comes in later.
 */
export function cgroupLines(instance: Instance): Record<'join' | 'settle' | 'mount' | 'inside', string[]> {
  const all = hierarchies();
  const unified = all.filter(({ type }) => type === 'cgroup2');
  return {
    join: all.map(({ path }) => `echo $$ > ${path}/${instance.cgroup}/cgroup.procs`),
    settle: [
      ...all.map(({ path }) => `echo $$ > ${path}/${instance.cgroup}/${leaf}/cgroup.procs`),
      ...unified.flatMap(({ path }) =>
        [path, `${path}/${instance.cgroup}`].map(
          (folder) =>
            `for c in $(cat ${folder}/cgroup.controllers); do echo +$c > ${folder}/cgroup.subtree_control || true; done 2>/dev/null`,
        ),
      ),
    ],
    // In the box's own mount namespace: what is mounted anew shows the namespace's root as its own.
    mount: all.map(({ path, type, controllers }) => {
      const options = controllers === '' ? '' : `-o ${controllers} `;
      return `umount -l ${path} && mount -t ${type} ${options}cgroup ${path}`;
    }),
    inside: all.map(({ path }) => `echo $$ > ${path}/${leaf}/cgroup.procs`),
  };
}

/** The kernel lets a folder go when its last process has been reaped, which may take a moment. */
export async function removeCgroups(instance: Instance): Promise<void> {
  for (const { path } of hierarchies()) {
    const folder = join(path, instance.cgroup);
    await waitFor(`cgroup ${folder} to be empty`, 10_000, () => {
      removeDeepestFirst(folder);
      return true;
    });
  }
}

function hierarchies(): Hierarchy[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , type]) => type === 'cgroup' || type === 'cgroup2')
    .map(([, path = '', type = '', options = '']) => ({
      path,
      type,
      controllers: controllersOf(type, options),
    }));
}

/** Of a mount's options those that say which controllers it shows. */
function controllersOf(type: string, options: string): string {
  if (type === 'cgroup2') return '';
  const known = readFileSync('/proc/cgroups', 'utf8')
    .split('\n')
    .map((line) => line.split('\t')[0]);
  const named = options.split(',').filter((option) => option.startsWith('name='));
  const controllers = options.split(',').filter((option) => known.includes(option));
  return [...(named.length > 0 ? ['none'] : []), ...controllers, ...named].join(',');
}

function copyIfThere(from: string, to: string): void {
  if (existsSync(from) && existsSync(to)) writeFileSync(to, readFileSync(from));
}

function removeDeepestFirst(folder: string): void {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeDeepestFirst(join(folder, entry.name));
  }
  rmdirSync(folder);
}
