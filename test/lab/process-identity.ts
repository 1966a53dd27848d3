// SPDX-License-Identifier: Apache-2.0
// A process is named by its pid and its start time together, since pids come round again.
import { readFileSync } from 'node:fs';

/** `<pid> <start time in clock ticks since boot>`, or undefined when there is no such process (or only its zombie). */
export function identify(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name, second field, may hold spaces and brackets: count from its last bracket.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? undefined : `${pid} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

export function ownIdentity(): string {
  return identify(process.pid) ?? `${process.pid} 0`;
}

export function isAlive(identity: string): boolean {
  const text = identity.trim();
  return identify(Number(text.split(' ')[0])) === text;
}
