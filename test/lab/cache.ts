// SPDX-License-Identifier: Apache-2.0
// The cache of builds: one folder per thing and version, which appears whole or not at all.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { withLock } from './lock.ts';
import { identify } from './process-identity.ts';

export type Cached = { folder: string; isNew: boolean };

/**
 * The folder of `name`; `build` fills it on first use and has a second one for what it throws away.
 * Two processes that want the same build share one.
 */
export async function cached(
  name: string,
  build: (folder: string, work: string) => Promise<void>,
  waiting?: () => void,
): Promise<Cached> {
  const folder = join(cacheFolder(), name);
  if (existsSync(folder)) return { folder, isNew: false };
  return withLock(
    join(cacheFolder(), `${name}.lock`),
    async () => {
      if (existsSync(folder)) return { folder, isNew: false };
      const [partial, work] = [`${folder}.partial-${process.pid}`, `${folder}.work-${process.pid}`];
      for (const path of [partial, work]) mkdirSync(path, { recursive: true });
      try {
        await build(partial, work);
        renameSync(partial, folder);
      } finally {
        for (const path of [partial, work]) rmSync(path, { recursive: true, force: true });
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

/** Removes what killed builds left. */
export function sweepCache(): void {
  if (!existsSync(cacheFolder())) return;
  for (const entry of readdirSync(cacheFolder())) {
    const [, pid] = /\.(?:partial|work)-(\d+)$/.exec(entry) ?? [];
    if (pid === undefined || identify(Number(pid)) !== undefined) continue;
    rmSync(join(cacheFolder(), entry), { recursive: true, force: true });
  }
}
