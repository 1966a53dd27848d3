// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync } from 'node:fs';
import { mark } from './mark.ts';

export type Process = {
  pid: number;
  parent: number;
  command: string;
  /** Name of the lab that it belongs to, from its environment. */
  mark: string | undefined;
};

const kernelThreads = 2;

/** Every process of the machine that is not a thread of the kernel. */
export function listProcesses(): Map<number, Process> {
  const found = new Map<number, Process>();
  for (const name of readdirSync('/proc')) {
    const process = /^\d+$/.test(name) ? readProcess(Number(name)) : undefined;
    if (process !== undefined && process.parent !== kernelThreads) found.set(process.pid, process);
  }
  return found;
}

function readProcess(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    const variable = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .find((entry) => entry.startsWith(`${mark}=`));
    const name = command.slice(0, 200) || stat.slice(0, stat.lastIndexOf(')') + 1);
    return { pid, parent: Number(fields[1]), command: name, mark: variable?.slice(mark.length + 1) };
  } catch {
    // It ended while we looked.
    return undefined;
  }
}
