// SPDX-License-Identifier: Apache-2.0
// Some programs have folders compiled in. Inside the box each of them is a folder of the lab's own; outside, the place
// must exist for that. Those that had to be made are on record, and the last lab to go removes them.
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { allInstances, stateRoot } from './instance.ts';

export const places = [
  '/var/lib/kubelet',
  '/var/lib/cni',
  '/var/log/pods',
  '/var/log/containers',
  '/opt/containerd',
];

function record(): string {
  return join(stateRoot, 'mount-points');
}

/** Makes the places and a folder below `below` for each. */
export function createMountPoints(below: string): { from: string; to: string }[] {
  const made = recorded();
  for (const place of places) {
    for (const folder of [dirname(place), place]) {
      if (existsSync(folder)) continue;
      made.push(folder);
      writeFileSync(record(), `${made.join('\n')}\n`);
      mkdirSync(folder);
    }
  }
  return places.map((to) => {
    const from = join(below, to.slice(1).replaceAll('/', '.'));
    mkdirSync(from, { recursive: true });
    return { from, to };
  });
}

/** To be called when a lab's own folder is gone: with no lab left, the machine gets back what it was. */
export function removeMountPoints(): void {
  if (allInstances().some(({ folder }) => existsSync(folder))) return;
  for (const folder of recorded().toReversed()) {
    if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
  }
  rmSync(record(), { force: true });
  if (existsSync(stateRoot) && readdirSync(stateRoot).length === 0) rmdirSync(stateRoot);
}

function recorded(): string[] {
  return existsSync(record()) ? readFileSync(record(), 'utf8').split('\n').filter(Boolean) : [];
}
