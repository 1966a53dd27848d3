// SPDX-License-Identifier: Apache-2.0
// Writes an image as an OCI archive: layers as plain tar files (compressing them would cost more than it saves here),
// a configuration, a manifest, an index.
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

export type ImageConfig = {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  User?: string;
  WorkingDir?: string;
};

type Descriptor = { mediaType: string; digest: string; size: number; annotations?: Record<string, string> };

const media = 'application/vnd.oci.image';

/** Moves `layers` (tar files) into an archive at `path`. `work` is an empty folder for its parts. */
export async function writeImage(
  path: string,
  image: { name: string; layers: string[]; config: ImageConfig },
  work: string,
): Promise<void> {
  const blobs = join(work, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const layers: Descriptor[] = [];
  for (const layer of image.layers) {
    const digest = await digestFile(layer);
    layers.push({ mediaType: `${media}.layer.v1.tar`, digest, size: statSync(layer).size });
    renameSync(layer, join(blobs, digest.slice('sha256:'.length)));
  }
  const config = writeBlob(blobs, `${media}.config.v1+json`, {
    architecture: 'amd64',
    os: 'linux',
    config: image.config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const type = `${media}.manifest.v1+json`;
  const manifest = writeBlob(blobs, type, { schemaVersion: 2, mediaType: type, config, layers });
  manifest.annotations = {
    'io.containerd.image.name': image.name,
    'org.opencontainers.image.ref.name': image.name,
  };
  writeFileSync(join(work, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
  writeFileSync(join(work, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  await run('tar', ['-C', work, '-cf', path, 'oci-layout', 'index.json', 'blobs']);
}

/** A layer of everything below `folder`, owned by root, without times: the same content gives the same layer. */
export async function writeLayer(path: string, folder: string): Promise<void> {
  const plain = ['--numeric-owner', '--owner=0', '--group=0', '--sort=name', '--mtime=@0'];
  await run('tar', [...plain, '-C', folder, '-cf', path, '.']);
}

function writeBlob(blobs: string, mediaType: string, content: object): Descriptor {
  const bytes = JSON.stringify(content);
  const hash = createHash('sha256').update(bytes).digest('hex');
  writeFileSync(join(blobs, hash), bytes);
  return { mediaType, digest: `sha256:${hash}`, size: Buffer.byteLength(bytes) };
}

async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
