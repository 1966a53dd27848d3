// SPDX-License-Identifier: Apache-2.0
// What an image holds, read from its OCI archive.
import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../lab/command.ts';

export type Image = {
  config: { User: string; Entrypoint: string[]; Env: string[]; Labels: Record<string, string> };
  /** By path, with their bytes; of several layers the last counts. */
  files: Map<string, number>;
  /** Unpacked, all layers together. */
  bytes: number;
};

export async function readImage(archive: string): Promise<Image> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-image-'));
  await run('tar', ['-C', folder.path, '-xf', archive]);
  const blob = (digest: string): string => join(folder.path, 'blobs', digest.replace(':', '/'));
  const json = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));
  type Descriptor = { digest: string };
  const { manifests } = json(join(folder.path, 'index.json')) as { manifests: Descriptor[] };
  type Manifest = { config: Descriptor; layers: Descriptor[] };
  const { config, layers } = json(blob(manifests[0]?.digest ?? '')) as Manifest;
  const all: [string, number][] = [];
  for (const { digest } of layers) all.push(...(await list(blob(digest))));
  const bytes = all.reduce((sum, [, size]) => sum + size, 0);
  return {
    config: (json(blob(config.digest)) as { config: Image['config'] }).config,
    files: new Map(all),
    bytes,
  };
}

async function list(layer: string): Promise<[string, number][]> {
  const lines = (await run('tar', ['-tvf', layer, '--quoting-style=literal'])).trim().split('\n');
  return lines.flatMap((line): [string, number][] => {
    const [, size, path] = /^-\S+ +\S+ +(\d+) \S+ \S+ (.*?)(?: link to .*)?$/.exec(line) ?? [];
    return path === undefined ? [] : [[path.replace(/^\.\//, ''), Number(size)]];
  });
}
