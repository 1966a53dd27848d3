// SPDX-License-Identifier: Apache-2.0
// The established tool as a person runs it, against the lab: its own configuration file, its own binary.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bin, type LabInfo } from '../lab/lab.ts';

const execute = promisify(execFile);

export type EstablishedTool = {
  /** Runs one command to its end and gives what it printed, without the two lines that every start prints. */
  run(...args: string[]): Promise<string>;
  close(): void;
};

/** Backs up from and restores into the source Milvus of the lab; its backups lie below `prefix`. */
export async function openTool(lab: LabInfo, prefix: string): Promise<EstablishedTool> {
  const binary = await bin('milvus-backup', (text) => process.stderr.write(`${text}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-tool-'));
  const config = join(folder, 'backup.yaml');
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(configOf(lab, prefix, folder)));
  return {
    async run(...args) {
      // It prints to stderr what is not a log.
      const { stdout, stderr } = await execute(binary, ['--config', config, ...args], { cwd: folder });
      const lines = `${stdout}${stderr}`.split('\n');
      const start = lines.findIndex((line) => line.startsWith('config: '));
      return lines
        .slice(start + 1)
        .join('\n')
        .trimEnd();
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The layout of 0.5, which later versions translate. */
function configOf(lab: LabInfo, prefix: string, folder: string): object {
  const { source } = lab.milvus;
  const [address, port] = source.address.split(':');
  const [storeAddress, storePort] = lab.minio.endpoint.split(':');
  return {
    log: { level: 'error', console: false, file: { filename: join(folder, 'backup.log') } },
    milvus: { address, port: Number(port), user: '', password: '' },
    minio: {
      storageType: 'minio',
      address: storeAddress,
      port: Number(storePort),
      accessKeyID: lab.minio.accessKey,
      secretAccessKey: lab.minio.secretKey,
      bucketName: source.bucket,
      rootPath: source.rootPath,
      backupStorageType: 'minio',
      backupAddress: storeAddress,
      backupPort: Number(storePort),
      backupAccessKeyID: lab.minio.accessKey,
      backupSecretAccessKey: lab.minio.secretKey,
      backupBucketName: lab.minio.backupBucket,
      backupRootPath: prefix,
    },
    backup: { gcPause: { enable: false, address: `http://${source.managementAddress}` } },
  };
}
