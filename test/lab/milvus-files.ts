// SPDX-License-Identifier: Apache-2.0
// The real Milvus server as PyPI publishes it: programs and libraries compressed one by one, and a configuration with gaps.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';
import type { ImageConfig } from './oci-archive.ts';
import { milvusVersion } from './tools.ts';

/** Its volume: metadata, message queue, local files. */
export const milvusData = '/var/lib/milvus';
const programs = '/milvus/bin';
const configs = '/milvus/configs';

export const milvusConfig: ImageConfig = {
  Entrypoint: [`${programs}/milvus`],
  Cmd: ['run', 'standalone'],
  Env: [
    // The programs carry no search path for their libraries.
    `LD_LIBRARY_PATH=${programs}`,
    `MILVUSCONF=${configs}`,
    'DEPLOY_MODE=STANDALONE',
    `MILVUS_RUN_DIR=${milvusData}/run`,
  ],
  User: '65532:65532',
  WorkingDir: milvusData,
};

/** What the package's own launcher fills in, as far as it has no default. */
const gaps: Record<string, string> = {
  etcd_data_dir: `${milvusData}/etcd`,
  local_storage_dir: `${milvusData}/data`,
  rocksmq_data_dir: `${milvusData}/rocksmq`,
  // No log files: standard output.
  system_log_path: '""',
};

const unpack = `
import lzma, os, shutil, sys, zipfile
wheel, to = sys.argv[1:]
with zipfile.ZipFile(wheel) as z:
    for name in z.namelist():
        if not name.startswith('milvus/data/'): continue
        packed = name.endswith('.lzma')
        target = os.path.join(to, os.path.basename(name)[:-5] if packed else os.path.basename(name))
        with z.open(name) as f, open(target, 'wb') as o:
            shutil.copyfileobj(lzma.open(f) if packed else f, o, 1 << 20)
        os.chmod(target, 0o755 if packed else 0o644)
`;

/** Lays the server out below `root`; `work` holds what is downloaded. */
export async function extractMilvus(work: string, root: string): Promise<void> {
  const bin = join(root, programs);
  const config = join(root, configs);
  for (const folder of [bin, config, join(root, milvusData)]) mkdirSync(folder, { recursive: true });
  const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', work];
  await run('python3', [...download, `milvus==${milvusVersion}`]);
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'));
  if (wheel === undefined)
    throw new Error(`pip downloaded no wheel of milvus==${milvusVersion} into ${work}`);
  await run('python3', ['-c', unpack, join(work, wheel), bin]);
  const template = readFileSync(join(bin, 'config.yaml.template'), 'utf8');
  writeFileSync(join(config, 'milvus.yaml'), fillGaps(template));
  const glog = readFileSync(join(bin, 'glog.conf'), 'utf8').replace(
    '--logtostderr=false',
    '--logtostderr=true',
  );
  writeFileSync(join(config, 'glog.conf'), glog);
  await run('rm', [join(bin, 'config.yaml.template'), join(bin, 'glog.conf')]);
}

/** `{{ name(type): default }}`, where type and default may be missing. */
export function fillGaps(template: string): string {
  return template.replace(
    /\{\{\s*(\w+)(?:\(\w+\))?(?::\s*([^}]*?))?\s*\}\}/g,
    (gap: string, name: string, value?: string) => {
      const filled = gaps[name] ?? value;
      if (filled === undefined)
        throw new Error(`Milvus ${milvusVersion}: nothing fills ${gap} of its configuration`);
      return filled;
    },
  );
}
