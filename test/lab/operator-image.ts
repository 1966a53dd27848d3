// SPDX-License-Identifier: Apache-2.0
// Our own image, from the project's Dockerfile and the sources as they stand. Named by its content: a changed source is
// another name, which no node has yet, and an unchanged one is built once.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import { cached, cacheName } from './cache.ts';
import { nodeBaseImage } from './image-names.ts';
import { buildBaseImage, buildImage } from './images.ts';
import type { Say } from './progress.ts';

const project = join(import.meta.dirname, '../..');
const files = ['Dockerfile', 'package.json', 'LICENSE'];
/** Enough to go back and forth between a few states of the sources. */
const keptImages = 5;

export type OperatorImage = { name: string; repository: string; tag: string; archive: string };

/** `bundle` is a folder that holds the bundled command; without one the command is bundled first. */
export async function buildOperatorImage(say: Say, bundle?: string): Promise<OperatorImage> {
  await using work = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-image-'));
  const context = join(work.path, 'context');
  gather(context, bundle ?? bundleInto(join(work.path, 'bundle'), say));
  const base = await buildBaseImage();
  const tag = hashOf(context, basename(join(base, '..')));
  const repository = 'localhost/milvus-backup-lab/operator';
  const image = { name: `${repository}:${tag}`, repository, tag };
  const result = await cached(cacheName('operator-image', tag, []), async (folder) => {
    say('building the image ...');
    const args = {
      BUNDLE: 'prebuilt',
      BUILD_BASE: nodeBaseImage,
      RUNTIME_BASE: nodeBaseImage,
      REVISION: tag,
    };
    await buildImage(join(folder, 'image.tar'), { context, name: image.name, args }, [base]);
  });
  if (result.isNew) removeOldImages();
  return { ...image, archive: join(result.folder, 'image.tar') };
}

function bundleInto(folder: string, say: Say): string {
  say('bundling the command ...');
  const { status } = spawnSync(process.execPath, ['scripts/build.ts', folder], {
    cwd: project,
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error('the command could not be bundled: see the lines above');
  return folder;
}

/** What the Dockerfile copies, and nothing else: what .dockerignore leaves of a working tree. */
function gather(context: string, bundle: string): void {
  mkdirSync(join(context, 'dist'), { recursive: true });
  for (const file of files) cpSync(join(project, file), join(context, file));
  for (const file of readdirSync(bundle).filter((name) => name.endsWith('.js')))
    cpSync(join(bundle, file), join(context, 'dist', file));
}

function hashOf(folder: string, base: string): string {
  const hash = createHash('sha256').update(base);
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  for (const name of names.filter((path) => statSync(join(folder, path)).isFile()))
    hash.update(`\0${name}\0`).update(readFileSync(join(folder, name)));
  return hash.digest('hex').slice(0, 12);
}

/** They would fill the disk: one for each state of the sources. */
function removeOldImages(): void {
  const images = readdirSync(cacheFolder())
    .filter((name) => /^operator-image-[0-9a-f-]+$/.test(name))
    .map((name) => ({ path: join(cacheFolder(), name), time: statSync(join(cacheFolder(), name)).mtimeMs }))
    .sort((one, other) => other.time - one.time);
  for (const { path } of images.slice(keptImages)) rmSync(path, { recursive: true, force: true });
}
