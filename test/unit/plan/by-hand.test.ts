// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../../src/cmd/program.ts';
import { parseConfig } from '../../../src/contract/config-parse.ts';
import { fingerprint, restoreCommand } from '../../../src/plan/jobs.ts';
import { backupOf, storageOf } from './job-samples.ts';

type StorageSpec = Parameters<typeof storageOf>[0];

/** The words that a shell makes of a command. */
function wordsOf(command: string): string[] {
  const text = execFileSync('sh', ['-c', `set -- ${command}; printf '%s\\0' "$@"`], { encoding: 'utf8' });
  return text.split('\0').slice(0, -1);
}

async function read(command: string): Promise<{ command: string; set: readonly string[]; flags: object }> {
  const [program = '', ...argv] = wordsOf(command);
  expect(program).toBe('milvus-backup');
  const seen: { command: string; set: readonly string[]; flags: object }[] = [];
  const parser = createProgram(
    async (name, { set }, flags) => {
      seen.push({ command: name, set, flags });
      return 0;
    },
    () => {},
  );
  await parser.parseAsync(argv, { from: 'user' });
  return seen[0] ?? expect.fail('no command was run');
}

describe('the command that restores by hand', () => {
  it.each<[string, StorageSpec & object, object]>([
    [
      'a store',
      {},
      { provider: 'minio', address: 'minio.store', port: 9000, bucketName: 'backups', rootPath: 'team' },
    ],
    [
      'TLS',
      { tls: { enabled: true, insecureSkipVerify: false }, endpoint: 's3' },
      { useSSL: true, port: 443 },
    ],
    ['region and addressing', { region: 'eu-1', addressing: 'Path' }, { region: 'eu-1', addressing: 'Path' }],
    ['a folder of odd names', { prefix: `it's "a" $b;c\`d` }, { rootPath: `it's "a" $b;c\`d` }],
    ['no folder', { prefix: '' }, { rootPath: '' }],
    ['IPv6', { endpoint: '[fd00::1]:9000' }, { address: 'fd00::1', port: 9000 }],
  ])('says where the backup lies: %s', async (_, spec, place) => {
    const typed = restoreCommand(backupOf(), storageOf(spec));
    expect(typed).not.toContain('\n');
    const { command, flags, set } = await read(typed);
    expect(command).toBe('restore');
    expect(flags).toMatchObject({ name: 'nightly_3f2a9c1b' });
    expect(flags).not.toHaveProperty('allowPartial');
    expect(parseConfig({ env: {}, sets: set }).config.backup.storage).toMatchObject(place);
  });

  it('goes to the own address of S3, whatever Milvus keeps its data in', async () => {
    const { endpoint: _, ...spec } = storageOf({ provider: 'S3' }).spec;
    const { set } = await read(restoreCommand(backupOf(), { spec }));
    const sets = ['milvus.storage.address=minio', ...set];
    expect(parseConfig({ env: {}, sets }).config.backup.storage).toMatchObject({
      provider: 'aws',
      address: '',
    });
  });

  it('allows a partial backup, and names what the status names', async () => {
    const backup = { ...backupOf(), status: { backupName: 'made' } };
    const { flags } = await read(restoreCommand(backup, storageOf(), { isPartial: true }));
    expect(flags).toMatchObject({ name: 'made', allowPartial: true });
  });

  it('holds no secret, nor where one is', () => {
    expect(restoreCommand(backupOf(), storageOf())).not.toMatch(/keys|accesskey|secret/i);
  });
});

describe('the fingerprint of a storage', () => {
  const known = fingerprint(storageOf());

  it.each<[string, StorageSpec]>([
    ['its login', { auth: { anonymous: true } }],
    ['its region', { region: 'eu' }],
    ['its addressing', { addressing: 'Path' }],
    ['the case of its host', { endpoint: 'MinIO.store:9000' }],
    ['access', { accessMode: 'ReadOnly' }],
  ])('does not hang on %s', (_, spec) => {
    expect(fingerprint(storageOf(spec))).toBe(known);
  });

  it.each<[string, StorageSpec]>([
    ['provider', { provider: 'Ceph' }],
    ['endpoint', { endpoint: 'minio.store:9001' }],
    ['bucket', { bucket: 'other' }],
    ['prefix', { prefix: 'teams' }],
    ['bucket and prefix', { bucket: 'backups/team', prefix: '' }],
  ])('hangs on its %s', (_, spec) => {
    expect(fingerprint(storageOf(spec))).not.toBe(known);
  });

  it('knows a port that goes without saying', () => {
    const at = (endpoint: string) => fingerprint(storageOf({ endpoint }));
    expect(at('minio.store')).toBe(at('minio.store:80'));
    expect(known).toMatch(/^[0-9a-f]{64}$/);
  });
});
