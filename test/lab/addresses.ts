// SPDX-License-Identifier: Apache-2.0
// The lab's addresses are fixed: where the machine already routes some of them elsewhere, it must not come up.
import { run } from './command.ts';
import type { Instance } from './instance.ts';

export async function checkAddresses(instance: Instance): Promise<void> {
  const routes = (await run('ip', ['-4', '-o', 'route', 'show', 'table', 'main'])).split('\n');
  for (const range of [instance.podRange, instance.serviceRange, `${instance.door.hostAddress}/30`]) {
    const taken = routes.find((route) => overlaps(range, route.split(' ')[0] ?? ''));
    if (taken === undefined) continue;
    throw new Error(
      `lab "${instance.name}" needs the addresses ${range}, and this machine has a route for them: ${taken.trim()}\n` +
        'stop what uses them, or take a lab with other addresses: LAB_NAME=second (third, fourth)',
    );
  }
}

/** Whether two ranges in the form a.b.c.d/n share an address. What is no such range (default) shares none. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [parseRange(one), parseRange(other)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Math.min(a.bits, b.bits));
  return Math.floor(a.start / size) === Math.floor(b.start / size);
}

function parseRange(text: string): { start: number; bits: number } | undefined {
  const [address = '', bits = '32'] = text.split('/');
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part))) return undefined;
  return { start: parts.reduce((sum, part) => sum * 256 + part, 0), bits: Number(bits) };
}
