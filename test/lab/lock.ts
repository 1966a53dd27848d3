// SPDX-License-Identifier: Apache-2.0
// A lock file that a killed process cannot keep: it names its owner by pid and start time,
// and whoever finds the owner gone takes the lock over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, ownIdentity } from './process-identity.ts';

export async function withLock<T>(path: string, work: () => Promise<T>, waiting?: () => void): Promise<T> {
  mkdirSync(dirname(path), { recursive: true });
  let told = false;
  while (!tryLock(path)) {
    if (!told) waiting?.();
    told = true;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

/** The file appears with its content, by a link: killed at any moment, it never stands there without an owner. */
function tryLock(path: string): boolean {
  const own = `${path}.new-${process.pid}`;
  writeFileSync(own, ownIdentity());
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(own, { force: true });
  }
  const owner = readOwner(path);
  if (owner !== undefined && isAlive(owner)) return false;
  if (owner !== undefined) breakLock(path, owner);
  return tryLock(path);
}

/** Moves the dead owner's file aside. If another process was faster and the moved file is its new lock, it is put back. */
function breakLock(path: string, owner: string): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    if (readOwner(aside) === owner) rmSync(aside, { force: true });
    else renameSync(aside, path);
  } catch {
    // Someone else moved it first.
  }
}

function readOwner(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
