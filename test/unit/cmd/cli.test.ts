// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cmd/cli.ts';
import { normalizeArguments } from '../../../src/cmd/flags.ts';
import { createProgram } from '../../../src/cmd/program.ts';
import { parseResult, parseResultLine } from '../../../src/contract/protocol-parse.ts';
import { fakeWorld } from './fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function run(
  argv: string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const world = fakeWorld({ env });
  const code = await runCli(argv, world);
  return { code, out: world.out(), err: world.err() };
}

/** The flags that commander hands to a command. */
async function flagsOf(argv: string[]): Promise<Record<string, unknown>> {
  const seen: Record<string, unknown>[] = [];
  const program = createProgram(
    async (command, global, flags) => {
      seen.push({ command, ...global, ...flags });
      return 0;
    },
    () => {},
  );
  await program.parseAsync(normalizeArguments(argv), { from: 'user' });
  return seen[0] ?? {};
}

describe('usage', () => {
  it.each<[string[], RegExp]>([
    [['creat'], /unknown command 'creat'\n\(Did you mean create\?\)/],
    [['create', '--nmae', 'x'], /unknown option '--nmae'/],
    [['create', 'positional'], /too many arguments/],
    [['create', '--verify', 'Maybe'], /Allowed choices are Standard, Checksum/],
    [['create', '--attempt', '0'], /whole number of at least 1/],
    [['restore'], /required option '-n, --name <name>' not specified/],
    [['restore', '-n', 'x', '--rebuild_index=maybe'], /Allowed: true, false/],
    [['get'], /required option '-n, --name <name>'/],
    [['delete'], /required option '-n, --name <name>'/],
    [['verify'], /required option '-n, --name <name>'/],
    [['cleanup'], /required option '--run-id <id>'/],
    [['cleanup', '--run-id', 'r', '--of', 'x'], /Allowed choices are Backup, Restore/],
    [['check', '--only', 'x'], /Allowed choices are Instance, Storage/],
    [['check', '--run-id', '../x', '--config', ''], /--run-id: found/],
    [['delete', '-n', 'x', '--run-id', '../x', '--config', ''], /--run-id: found/],
    [['--report', 'xml', 'list'], /Allowed choices are text, json/],
    [
      ['create', '--config', 'nowhere.yaml'],
      /no configuration file: looked for nowhere\.yaml, configs\/nowhere\.yaml/,
    ],
    [['list', '--config', '', '--set', 'a.b=c'], /a\.b \(--set\): no such key/],
    [['config', 'show', '--config', '', '--set', 'log.level=x'], /log\.level \(--set\): found "x"/],
  ])('%j is refused with exit code 2', async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toMatch(/^Error: /);
    expect(err).toContain('Reason: InvalidConfiguration\nNext: ');
  });

  it.each<[string[], string]>([
    [['create', '--rbac'], '--rbac is not offered by this version'],
    [['create', '--backup_index_extra=true'], '--backup_index_extra is not offered by this version'],
    [['create', '--colls', 'a'], '--colls was removed in 0.6, use --filter or --include'],
    [['create', '-c', 'a'], '--colls was removed in 0.6'],
    [['create', '-f'], '--force was removed in 0.6, use --strategy skip_flush'],
    [['create', '--meta_only'], '--meta_only was removed in 0.6, use --strategy meta_only'],
    [['create', '-d', 'a'], '--databases was removed in 0.6'],
    [['create', '-a', '{}'], '--database_collections was removed in 0.6'],
    [['restore', '-n', 'x', '--rbac'], '--rbac is not offered by this version'],
    [['restore', '-n', 'x', '--use_v2_restore'], '--use_v2_restore is not offered by this version'],
    [['restore', '-n', 'x', '--restore_index'], '--restore_index was removed in 0.6, use --rebuild_index'],
    [['get', '-n', 'x', '--detail'], '--detail was removed in 0.6'],
    [['list', '--collection', 'x'], '--collection was removed in 0.6'],
    [['server', '-p', '8080'], 'server is not offered by this version'],
    [['l0compact', '-n', 'x'], 'l0compact is not offered by this version'],
    [['migrate', '-n', 'x', '-c', 'y'], 'migrate is not offered by this version'],
    [
      ['restore', 'secondary', '-n', 'x', '--source_cluster_id', 'a'],
      'restore secondary is not offered by this version',
    ],
    [['config', 'migrate', '-o', 'x'], 'config migrate is not offered by this version'],
  ])('%j is refused plainly, before anything is read', async (argv, message) => {
    const { code, err } = await run(argv);
    expect(code).toBe(2);
    expect(err).toContain(`Error: ${message}`);
  });

  it.each([[['create', '--rbac=false']], [['restore', '-n', 'x', '--use_v2_restore=false']]])(
    '%j asks for nothing and passes',
    async (argv) => {
      expect((await flagsOf(argv))['command']).toBe(argv[0]);
    },
  );

  it('is told as a result with --report json', async () => {
    const file = join(folder, 'termination');
    const { code, out } = await run(['create', '--nmae', '--report', 'json', `--termination-log=${file}`]);
    expect(code).toBe(2);
    expect(parseResultLine(out.trimEnd())).toMatchObject({
      command: 'create',
      reason: 'InvalidConfiguration',
    });
    expect(parseResult(readFileSync(file, 'utf8'))).toMatchObject({ outcome: 'Failed' });
  });
});

describe('the result of a Job', () => {
  const ids = ['--name', 'b', '--run-id', 'r-1', '--report', 'json', '--termination-log', '/dev/null'];

  it.each<[string, string[], Record<string, unknown>]>([
    ['whose arguments are wrong', ['create', ...ids, '--attempt', '2', '--nmae'], { attempt: 2 }],
    [
      'whose flags do not fit',
      ['create', ...ids, '--attempt', '2', '--format', 'x', '--config', ''],
      { attempt: 2 },
    ],
    ['that has no configuration', ['restore', ...ids, '--attempt=3', '--config', 'nowhere'], { attempt: 3 }],
    ['whose configuration is wrong', ['cleanup', ...ids, '--config', '', '--set', 'a.b=c'], {}],
    ['that deletes', ['delete', ...ids, '--config', 'nowhere'], {}],
  ])('says whose it is: of one %s', async (_, argv, more) => {
    const { code, out } = await run(argv);
    expect(code).toBe(2);
    expect(parseResultLine(out.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      command: argv[0],
      outcome: 'Failed',
      reason: 'InvalidConfiguration',
      runId: 'r-1',
      backupName: 'b',
      ...more,
    });
  });

  it('says whose it is: of a check', async () => {
    const { out } = await run(['check', '--run-id', 'r-1', '--report', 'json', '--config', 'nowhere']);
    expect(parseResultLine(out.trimEnd())).toMatchObject({ command: 'check', runId: 'r-1' });
  });
});

describe('flags', () => {
  it.each<[string[], Record<string, unknown>]>([
    [['create', '-n', 'x'], { name: 'x', config: 'backup.yaml', set: [], report: 'text' }],
    [['create', '-n=x'], { name: 'x' }],
    [['create', '-nx'], { name: 'x' }],
    [['create', '--name=x'], { name: 'x' }],
    [
      ['--config', 'a', 'create', '--set', 'b=c', '--set', 'd=e,f=g'],
      { config: 'a', set: ['b=c', 'd=e,f=g'] },
    ],
    [['create', '--config', 'a', '--report', 'json'], { config: 'a', report: 'json' }],
    [
      ['create', '--include', 'a', '--include', 'b', '--exclude', 'c'],
      { include: ['a', 'b'], exclude: ['c'] },
    ],
    [['create', '--run-id', 'r', '--attempt', '2', '--resume'], { runId: 'r', attempt: 2, resume: true }],
    [
      ['create', '--on-collection-error', 'Skip', '--gc-pause', 'Off'],
      { onCollectionError: 'Skip', gcPause: 'Off' },
    ],
    [['restore', '-n', 'x', '-s', '_a', '-r', 'a:b'], { suffix: '_a', rename: 'a:b' }],
    [['restore', '-n', 'x', '-s=_a', '-r=a:b'], { suffix: '_a', rename: 'a:b' }],
    [['restore', '-n', 'x'], { aliases: true, properties: true }],
    [['restore', '-n', 'x', '--no-aliases', '--no-properties'], { aliases: false, properties: false }],
    [['restore', '-n', 'x', '--rebuild_index', '--meta_only=true'], { rebuild_index: true, meta_only: true }],
    [['restore', '-n', 'x', '--rebuild_index=false'], { rebuild_index: false }],
    [['restore', '--skip_create_collection', '-n', 'x'], { skip_create_collection: true, name: 'x' }],
    [
      ['restore', '-n', 'x', '--drop_exist_collection', '--drop_exist_index', '--use_auto_index'],
      { drop_exist_collection: true, drop_exist_index: true, use_auto_index: true },
    ],
    [
      ['restore', '-n', 'x', '--dry-run', '--allow-partial', '--on-failure', 'RemoveCreated'],
      { dryRun: true, allowPartial: true, onFailure: 'RemoveCreated' },
    ],
    [
      ['restore', '-n', 'x', '--rename-database', 'a:b', '--version-check', 'Warn'],
      { renameDatabase: ['a:b'], versionCheck: 'Warn' },
    ],
    [['cleanup', '--run-id', 'r', '--data'], { runId: 'r', data: true }],
    [['cleanup', '--run-id', 'r', '--of', 'Restore'], { of: 'Restore' }],
    [['delete', '-n', 'x', '--run-id', 'r'], { name: 'x', runId: 'r' }],
    [
      ['check', '--only', 'Storage', '--read-only', '--run-id', 'r'],
      { only: 'Storage', readOnly: true, runId: 'r' },
    ],
    [['verify', '-n', 'x', '--mode', 'Checksum'], { name: 'x', mode: 'Checksum' }],
    [['config', 'show'], { command: 'config' }],
  ])('%j', async (argv, flags) => {
    expect(await flagsOf(argv)).toMatchObject(flags);
  });
});

describe('help and version', () => {
  it.each([[['--version']], [['-v']]])('%j', async (argv) => {
    expect(await run(argv)).toEqual({ code: 0, out: '0.0.0-source\n', err: '' });
  });

  it('tells every command, and none that is refused', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    for (const command of [
      'create',
      'restore',
      'list',
      'get',
      'delete',
      'cleanup',
      'check',
      'verify',
      'config',
    ]) {
      expect(out).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    }
    expect(out).not.toMatch(/server|l0compact|migrate/);
    expect((await run(['restore', '--help'])).out).not.toMatch(/--rbac|--collections|secondary/);
  });

  it('is what a command line without a command gets, on stderr', async () => {
    const { code, out, err } = await run([]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain('Usage: milvus-backup');
  });
});

describe('config show', () => {
  it('prints what is in force, without a secret', async () => {
    const { code, out } = await run(['config', 'show', '--config', '', '--set', 'milvus.user=root'], {
      MILVUS_PASSWORD: 'swordfish',
    });
    expect(code).toBe(0);
    expect(out).toMatch(/^milvus\.user +root +set +milvus\.user$/m);
    expect(out).toMatch(/^milvus\.password +sw\*{4}sh +env +MILVUS_PASSWORD$/m);
    expect(out).not.toContain('swordfish');
  });
});
