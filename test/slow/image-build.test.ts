// SPDX-License-Identifier: Apache-2.0
// The Dockerfile as a person would use it, with its build stage: npm, then the bundler, inside the build. The bases are
// the lab's, because no registry of images can be reached; what comes out is what the lab builds outside.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../lab/command.ts';
import { buildBaseImage, buildImage } from '../lab/images.ts';
import { nodeBaseImage } from '../lab/image-names.ts';
import { buildOperatorImage } from '../lab/operator-image.ts';
import { rootFilesystem } from '../lab/tools.ts';
import { readImage, type Image } from '../support/image-archive.ts';

const sources = [
  'Dockerfile',
  '.dockerignore',
  'package.json',
  'package-lock.json',
  'LICENSE',
  'scripts',
  'src',
];
const project = join(import.meta.dirname, '../..');
const buildBase = 'localhost/milvus-backup-lab/node-to-build:24';

it('builds the same bundle inside as outside', { timeout: 900_000 }, async () => {
  await using work = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-image-'));
  // Of one moment, whoever works on the sources meanwhile.
  const context = join(work.path, 'context');
  for (const name of sources) cpSync(join(project, name), join(context, name), { recursive: true });
  const outside = await readImage((await buildOperatorImage(() => undefined)).archive);
  const base = join(work.path, 'base.tar');
  await buildBuildBase(work.path, base);
  const archive = join(work.path, 'image.tar');
  const args = { BUNDLE: 'build', BUILD_BASE: buildBase, RUNTIME_BASE: nodeBaseImage };
  await buildImage(archive, { context, name: 'localhost/built:1', args }, [base, await buildBaseImage()]);
  const inside = await readImage(archive);
  expect(sizesOf(inside)).toEqual(sizesOf(outside));
  expect(inside.files.has('app/dist/milvus-backup.js')).toBe(true);
  expect(inside.config.Entrypoint).toEqual(outside.config.Entrypoint);
  expect(inside.config.User).toBe('65532:65532');
});

/** Without the hashes in names: the folder that the bundler writes into goes into them. */
function sizesOf({ files }: Image): string[] {
  return [...files].map(([path, size]) => `${path.replace(/-[0-9A-Z]{8}\.js$/, '.js')} ${size}`).sort();
}

/** Node.js and npm with the few programs that npm's own start needs; it trusts whom this machine trusts. */
async function buildBuildBase(work: string, archive: string): Promise<void> {
  const context = join(work, 'base');
  const root = join(context, 'root');
  mkdirSync(root, { recursive: true });
  const packages = [...rootFilesystem.packages, 'coreutils', 'dash'].join(',');
  const flags = ['--quiet', '--variant=extract', `--include=${packages}`];
  await run('mmdebstrap', [...flags, rootFilesystem.suite, join(work, 'root.tar')]);
  await run('tar', ['-C', root, '--exclude=./dev/*', '-xf', join(work, 'root.tar')]);
  const local = join(root, 'usr/local');
  mkdirSync(join(local, 'lib'), { recursive: true });
  cpSync(realpathSync(process.execPath), join(local, 'bin/node'));
  const npm = realpathSync((await run('sh', ['-c', 'command -v npm'])).trim());
  cpSync(join(dirname(npm), '..'), join(local, 'lib/npm'), { recursive: true, dereference: true });
  symlinkSync('../lib/npm/bin/npm-cli.js', join(local, 'bin/npm'));
  const authorities = '/etc/ssl/certs/ca-certificates.crt';
  if (existsSync(authorities)) cpSync(authorities, join(root, authorities));
  const lines = [
    'FROM scratch',
    'COPY root /',
    `ENV PATH=/usr/local/bin:/usr/bin:/bin HOME=/root NODE_EXTRA_CA_CERTS=${authorities}`,
  ];
  writeFileSync(join(context, 'Dockerfile'), lines.join('\n'));
  expect(readFileSync(join(local, 'bin/npm'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node/);
  await buildImage(archive, { context, name: buildBase }, []);
}
