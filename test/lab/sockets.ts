// SPDX-License-Identifier: Apache-2.0
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export type Socket = { text: string; owner: number | undefined };

/** Listening sockets of this network namespace: TCP, UDP, and Unix ones that have a path. */
export function listSockets(): Socket[] {
  const owners = ownersOfSockets();
  const inet = ['tcp', 'tcp6', 'udp', 'udp6'].flatMap((protocol) =>
    rows(protocol)
      .filter(([, , , state]) => state === '0A' || (protocol.startsWith('udp') && state === '07'))
      .map(([, local = '', , , , , , , , inode = '']) => ({
        text: `${protocol} ${readable(local)}`,
        owner: owners.get(inode),
      })),
  );
  const listening = '00010000';
  const unix = rows('unix')
    .filter(([, , , flags, , , , path]) => flags === listening && path !== undefined)
    .map(([, , , , , , inode = '', path]) => ({ text: `unix ${path}`, owner: owners.get(inode) }));
  return [...inet, ...unix];
}

function rows(protocol: string): string[][] {
  return readFileSync(`/proc/net/${protocol}`, 'utf8')
    .split('\n')
    .slice(1)
    .filter(Boolean)
    .map((line) => line.trim().split(/\s+/));
}

/** The kernel writes addresses in words of the machine's byte order. */
function readable(local: string): string {
  const [address = '', port = ''] = local.split(':');
  const bytes =
    address.length === 8 ? (address.match(/../g) ?? []).toReversed().map((byte) => parseInt(byte, 16)) : [];
  return `${bytes.length === 4 ? bytes.join('.') : address}:${parseInt(port, 16)}`;
}

function ownersOfSockets(): Map<string, number> {
  const owners = new Map<string, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const inode of socketsOf(pid)) owners.set(inode, Number(pid));
  }
  return owners;
}

function socketsOf(pid: string): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(linkOf(`/proc/${pid}/fd/${fd}`)) ?? [];
      return inode === undefined ? [] : [inode];
    });
  } catch {
    return [];
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
