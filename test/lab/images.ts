// SPDX-License-Identifier: Apache-2.0
// Images without a registry: a small Debian file system and a program on top, written as an archive, imported into the
// node's container runtime. Built once per recipe and kept in the cache.
import { cpSync, copyFileSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInBox } from './box.ts';
import { cached, cacheName, type Cached } from './cache.ts';
import { run } from './command.ts';
import { milvusImage, nodeBaseImage, pauseImage } from './image-names.ts';
import type { Instance } from './instance.ts';
import { extractMilvus, milvusConfig } from './milvus-files.ts';
import { writeImage, writeLayer, type ImageConfig } from './oci-archive.ts';
import type { Say } from './progress.ts';
import { milvusVersion, rootFilesystem } from './tools.ts';

const archive = 'image.tar';

/** Brings an archive into the node's container runtime. */
export async function importImage(instance: Instance, path: string): Promise<void> {
  await runInBox(instance, 'ctr', ['--namespace', 'k8s.io', 'images', 'import', path]);
}

/** Milvus, its libraries and its configuration: the path of the archive. */
export async function buildMilvusImage(say: Say): Promise<string> {
  const config: ImageConfig = milvusConfig;
  const result = await cached(
    cacheName('milvus-image', milvusVersion, [config, rootFilesystem, 3]),
    async (folder, work) => {
      say(`downloading Milvus ${milvusVersion} ...`);
      const root = join(work, 'root');
      await extractMilvus(work, root);
      await buildOnRoot(folder, work, { root, name: milvusImage, config });
    },
  );
  return archiveOf(result);
}

/** What holds a pod's namespaces: a program that waits for the signal to end. */
export async function buildPauseImage(): Promise<string> {
  const source = [
    'package main',
    'import ("os"; "os/signal"; "syscall")',
    'func main() { c := make(chan os.Signal, 1); signal.Notify(c, syscall.SIGINT, syscall.SIGTERM); <-c }',
  ].join('\n');
  const result = await cached(cacheName('pause-image', '1', [source, pauseImage]), async (folder, work) => {
    const root = join(work, 'root');
    mkdirSync(root);
    writeFileSync(join(work, 'main.go'), source);
    const env = { CGO_ENABLED: '0', GO111MODULE: 'off', GOWORK: 'off' };
    const options = { cwd: work, env };
    await run(
      'go',
      ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(root, 'pause'), 'main.go'],
      options,
    );
    const layer = join(work, 'layer.tar');
    await writeLayer(layer, root);
    const image = {
      name: pauseImage,
      layers: [layer],
      config: { Entrypoint: ['/pause'], User: '65532:65532' },
    };
    await writeImage(join(folder, archive), image, join(work, 'archive'));
  });
  return archiveOf(result);
}

/** Node 24 (the one that runs this) on the small file system: the base of our own image, without a registry. */
export async function buildBaseImage(): Promise<string> {
  const node = realpathSync(process.execPath);
  const config: ImageConfig = { Env: ['PATH=/usr/local/bin:/usr/bin:/bin'], Cmd: ['node'] };
  const recipe = [config, rootFilesystem, nodeBaseImage];
  const result = await cached(cacheName('node-image', process.version, recipe), async (folder, work) => {
    const root = join(work, 'root');
    mkdirSync(join(root, 'usr/local/bin'), { recursive: true });
    copyFileSync(node, join(root, 'usr/local/bin/node'));
    await buildOnRoot(folder, work, { root, name: nodeBaseImage, config });
  });
  return archiveOf(result);
}

export type Build = {
  /** Folder that holds the Dockerfile. */
  context: string;
  /** The image's name on the node. */
  name: string;
  args?: Record<string, string>;
};

/**
 * Builds a Dockerfile and writes the image's archive to `path`. Images of the lab's own may be named as bases by their
 * archives in `bases`. Needs no daemon; its storage is thrown away afterwards.
 */
export async function buildImage(path: string, build: Build, bases: string[]): Promise<void> {
  await using work = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-lab-buildah-'));
  const storage = [
    '--root',
    join(work.path, 'root'),
    '--runroot',
    join(work.path, 'run'),
    '--storage-driver',
    'vfs',
  ];
  const policy = join(work.path, 'policy.json');
  writeFileSync(policy, JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] }));
  const buildah = (args: string[]) =>
    run('buildah', [...storage, ...args], { env: { BUILDAH_ISOLATION: 'chroot' } });
  for (const base of bases) await buildah(['pull', '--signature-policy', policy, `oci-archive:${base}`]);
  const args = Object.entries(build.args ?? {}).flatMap(([name, value]) => [
    '--build-arg',
    `${name}=${value}`,
  ]);
  const flags = ['--signature-policy', policy, '--pull-never', '--format', 'oci', '--tag', build.name];
  await buildah(['build', ...flags, ...args, build.context]);
  await buildah([
    'push',
    '--disable-compression',
    '--signature-policy',
    policy,
    build.name,
    `oci-archive:${path}:${build.name}`,
  ]);
}

async function buildOnRoot(
  folder: string,
  work: string,
  image: { root: string; name: string; config: ImageConfig },
): Promise<void> {
  const layers = [join(work, 'debian.tar'), join(work, 'program.tar')] as const;
  const base = await buildRootFilesystem();
  cpSync(join(base.folder, 'root.tar'), layers[0]);
  await writeLayer(layers[1], image.root);
  const { name, config } = image;
  await writeImage(join(folder, archive), { name, layers: [...layers], config }, join(work, 'archive'));
}

async function buildRootFilesystem(): Promise<Cached> {
  const { suite, packages } = rootFilesystem;
  return cached(cacheName('root', suite, packages), async (folder) => {
    const flags = ['--quiet', '--variant=extract', `--include=${packages.join(',')}`];
    await run('mmdebstrap', [...flags, suite, join(folder, 'root.tar')]);
  });
}

function archiveOf({ folder }: Cached): string {
  return join(folder, archive);
}
