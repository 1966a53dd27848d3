// SPDX-License-Identifier: Apache-2.0
// The cache of builds: one folder per thing and version, which appears whole or not at all.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { withLock } from './lock.ts';

export type Cached = { folder: string; isNew: boolean };

/** The folder of `name`; `build` fills it on first use. Two processes that want the same build share one. */
export async function cached(
  name: string,
  build: (folder: string) => Promise<void>,
  waiting?: () => void,
): Promise<Cached> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return { folder, isNew: false };
  return withLock(
    join(cacheFolder(), `${name}.lock`),
    async () => {
      if (existsSync(folder)) return { folder, isNew: false };
      removePartials(name);
      const partial = `${folder}.partial-${process.pid}`;
      mkdirSync(partial, { recursive: true });
      try {
        await build(partial);
        renameSync(partial, folder);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
      return { folder, isNew: true };
    },
    waiting,
  );
}

export function isCached(name: string): boolean {
  return existsSync(join(cacheFolder(), name));
}

/** `<thing>-<version>-<hash>`: a changed recipe is another build. */
export function cacheName(thing: string, version: string, recipe: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(recipe)).digest('hex').slice(0, 8);
  return `${thing}-${version}-${hash}`;
}

function removePartials(name: string): void {
  for (const entry of readdirSync(cacheFolder())) {
    if (entry.startsWith(`${name}.partial-`))
      rmSync(join(cacheFolder(), entry), { recursive: true, force: true });
  }
}
