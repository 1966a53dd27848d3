// SPDX-License-Identifier: Apache-2.0
// Names that are taken, illegal, or name nothing; and configuration files that are none. Each is said before anything is
// touched.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { connect, must } from '../support/collection.ts';
import {
  expectAllRefused,
  expectDone,
  expectNoTrace,
  expectRefused,
  flushedRows,
  idOf,
  makeTiny,
  openBench,
  type Change,
} from '../support/bad-bench.ts';
import type { ConfigDocument } from '../support/command.ts';

const lab = inject('lab');
const bench = openBench(lab, 'names');
const { backupBucket } = lab.minio;
const place = () => ({ client, bucket: lab.milvus.source.bucket });
let client: MilvusClient;
let id: string;
let good: Map<string, string>;

beforeAll(async () => {
  bench.secrets.push('a-secret-in-a-list');
  client = await connect(lab.milvus.source.address);
  await makeTiny(client, 'bad_names');
  await must(client.createAlias({ collection_name: 'bad_names', alias: 'bad_names_alias' }));
  id = await idOf(client, 'bad_names');
  expectDone(await bench.run(bench.document(), ['create', '-n', 'good', '--include', 'bad_names']));
  good = await bench.backup('good');
});

afterAll(async () => {
  await client?.dropAlias({ alias: 'bad_names_alias' });
  await client?.dropCollection({ collection_name: 'bad_names' });
  await client?.closeConnection();
  await bench.close();
});

/** What stood in Milvus and among the backups stands there still, and nothing new. */
async function expectUntouched(): Promise<void> {
  expect(await bench.backup()).toEqual(good);
  expect(await idOf(client, 'bad_names')).toBe(id);
  expect(await idOf(client, 'bad_names_alias')).toBe(id);
  const names = (await client.showCollections({})).data.map(({ name }) => name);
  expect(names.filter((name) => name.startsWith('bad_names'))).toEqual(['bad_names']);
}

describe('an include that matches nothing', () => {
  it.each([
    ['in Milvus', ['create', '-n', 'empty'], `matches nothing in Milvus at ${lab.milvus.source.address}`],
    ['in the backup', ['restore', '-n', 'good'], 'matches nothing in the backup good, which holds 1'],
  ])('%s', async (_where, command, found) => {
    const include = ['--include', 'bad_names', '--include', 'bad_nothing_*'];
    const told = await bench.run(bench.document(), [...command, ...include]);
    expectRefused(told, {
      code: 3,
      reason: 'NothingMatches',
      says: ['"bad_nothing_*" matches nothing', found, 'such as ', 'correct the selection'],
    });
    await expectNoTrace(bench, told, place());
    await expectUntouched();
  });
});

describe('the name of a backup that is not there', () => {
  it.concurrent.each(['restore', 'verify', 'get'])('%s', async (command) => {
    const told = await bench.run(bench.document(), [command, '-n', 'nowhere']);
    expectRefused(told, {
      code: 3,
      reason: 'BackupUnreadable',
      says: [
        `${bench.prefix}/nowhere/ in s3://${backupBucket} at`,
        'there is no backup of that name',
        'milvus-backup list',
      ],
    });
    await expectNoTrace(bench, told, place());
  });
});

// Invariant: what stands there is not touched.
describe('[FM-26] the name of a backup that is taken', () => {
  const create = (name: string): string[] => ['create', '-n', name, '--include', 'bad_names'];
  const run = `the name %s is taken: in ${bench.prefix}/%s/ of s3://${backupBucket} at`;
  const taken = (name: string): string => run.replaceAll('%s', name);

  it('by a finished backup', async () => {
    const told = await bench.run(bench.document(), create('good'));
    expectRefused(told, {
      code: 3,
      reason: 'BackupExists',
      says: [
        taken('good'),
        'a finished backup stands there',
        'Nothing was changed',
        'milvus-backup delete -n good',
      ],
    });
    await expectUntouched();
  });

  it('by an unfinished backup of another run', async () => {
    const half = bench.start(bench.document(), create('half'), ({ step }, child) => {
      if (step === 'Flushing') child.kill('SIGKILL');
    });
    expect((await half.told).signal).toBe('SIGKILL');
    const stands = await bench.backup('half');
    const told = await bench.run(bench.document(), create('half'));
    expectRefused(told, {
      code: 3,
      reason: 'BackupExists',
      says: [taken('half'), `the unfinished backup of run ${half.runId}, attempt 1`, '--resume'],
    });
    expect(await bench.backup('half')).toEqual(stands);
    const deleted = await bench.run(bench.document(), ['delete', '-n', 'half']);
    expectDone(deleted);
    await expectUntouched();
  });

  it('by something that is no backup', async () => {
    const key = `${bench.prefix}/letters/to/somebody.txt`;
    await bench.buckets.write(backupBucket, key, 'dear somebody');
    const told = await bench.run(bench.document(), create('letters'));
    expectRefused(told, {
      code: 3,
      reason: 'BackupExists',
      says: [taken('letters'), 'something stands there that is no finished backup', 'Choose another name'],
    });
    expect([...(await bench.backup('letters')).keys()]).toEqual([key]);
    await bench.buckets.remove(backupBucket, key);
    await expectUntouched();
  });
});

describe('an illegal name', () => {
  const create = (...more: string[]): string[] => ['create', '-n', 'p', '--include', 'bad_names', ...more];
  const restore = (...more: string[]): string[] => ['restore', '-n', 'good', ...more];
  const letters = "may hold only ASCII letters, digits and '_'";
  const cases: [string, string[], (string | RegExp)[]][] = [
    [
      'create: a digit first',
      ['create', '-n', '9x'],
      ['backup name "9x"', "begin with an ASCII letter or '_'"],
    ],
    ['create: a slash', ['create', '-n', 'a/b'], ['backup name "a/b"', letters]],
    ['create: a dot', ['create', '-n', 'a.b'], ['backup name "a.b"', letters]],
    [
      'create: upwards',
      ['create', '-n', '../x'],
      ['backup name "../x"', "begin with an ASCII letter or '_'"],
    ],
    ['create: nothing', ['create', '-n', ''], ['backup name ""', 'is empty']],
    [
      'create: too long',
      ['create', '-n', 'x'.repeat(129)],
      [/backup name "x{129}" is longer than 128 bytes/],
    ],
    ['restore: upwards', ['restore', '-n', '../good'], ['backup name "../good"']],
    ['delete: upwards', ['delete', '-n', '../good'], ['backup name "../good"']],
    ['verify: upwards', ['verify', '-n', '../good'], ['backup name "../good"']],
    ['create: a pattern', create('--include', 'a.b.c'), ['the pattern "a.b.c"', 'db.collection, db.*']],
    ['create: a filter', ['create', '--filter', 'a b'], ['the filter rule "a b"', 'db.*, db.collection']],
    [
      'create: a filter beside an include',
      create('--filter', 'bad_names'),
      ['--filter stands beside --include', 'say all of it with --include'],
    ],
    ['create: a run', create('--run-id', 'a/b'), ['--run-id: found "a/b"', 'letters, digits, "-" and "_"']],
    ['restore: a run', restore('--run-id', 'a/b'), ['--run-id: found "a/b"', 'letters, digits']],
    ['restore: a suffix', restore('-s', '-x'), ['the suffix "-x"', letters]],
    [
      'restore: a suffix that makes a name too long',
      restore('-s', 'x'.repeat(250)),
      [/the collection name "bad_namesx+.*longer than 255 characters/],
    ],
    ['restore: a new name', restore('-r', 'bad_names:9x'), ['collection name "9x"', 'ASCII letter']],
    ['restore: half a rename', restore('-r', 'bad_names'), ['the rename "bad_names"', 'db1.c1:db2.c2']],
    ['restore: a database', restore('--rename-database', 'default:9'), ['database name "9"', 'ASCII letter']],
  ];

  it.concurrent.each(cases)('%s', async (_what, args, says) => {
    const told = await bench.run(bench.document(), args);
    expectRefused(told, { code: 2, reason: 'InvalidConfiguration', says });
    await expectNoTrace(bench, told, place());
    await expectUntouched();
  });
});

// Invariant: nothing is changed that nobody allowed to change.
describe('[FM-29] a restore onto what exists', () => {
  const at = `Milvus at ${lab.milvus.source.address}: already in the target:`;
  const advice = [
    'Nothing was restored',
    'Restore under other names',
    'skip what exists',
    'or drop them first',
  ];
  const cases: [string, string[], string][] = [
    ['a collection', [], `${at} default.bad_names.`],
    [
      'an alias',
      ['-r', 'bad_names:bad_names_alias'],
      `${at} default.bad_names_alias (an alias of bad_names).`,
    ],
    [
      'an alias, although what exists may be dropped',
      ['-r', 'bad_names:bad_names_alias', '--drop_exist_collection'],
      `${at} default.bad_names_alias (an alias of bad_names).`,
    ],
  ];

  it.concurrent.each(cases)('%s', async (_what, args, found) => {
    const told = await bench.run(bench.document(), ['restore', '-n', 'good', ...args]);
    expectRefused(told, { code: 3, reason: 'TargetNotEmpty', says: [found, ...advice] });
    await expectNoTrace(bench, told, place());
    await expectUntouched();
  });

  it('no row was added', async () => {
    expect(await flushedRows(client, 'bad_names')).toBe(40);
  });
});

describe('a configuration file', () => {
  const changed =
    (change: Change): (() => ConfigDocument) =>
    () =>
      bench.document('source', change);
  const cases: [string, () => unknown, (string | RegExp)[]][] = [
    [
      'with a text for a number',
      () => 'configVersion: v2\nmilvus:\n  grpc:\n    port: abc\n',
      [
        /^configuration: 1 problem/,
        /milvus\.grpc\.port \(\S+:4\): found "abc"; allowed: a whole number from 1/,
      ],
    ],
    [
      'with a number that is none of those allowed',
      changed(({ milvus }) => (milvus.grpc['port'] = 70_000)),
      [/milvus\.grpc\.port \(\S+\): found "70000"; allowed: a whole number from 1 to 65535/],
    ],
    [
      'with a text for a yes or no',
      changed(({ backup }) => (backup['pauseGC'] = 'perhaps')),
      [/backup\.pauseGC \(\S+\): found "perhaps"; allowed: /],
    ],
    [
      'with a list for a text',
      changed(({ milvus }) => (milvus.grpc['address'] = ['a'])),
      [/milvus\.grpc\.address \(\S+\): found a list; allowed: one value/],
    ],
    [
      'with a text for a section',
      changed((document) => Object.assign(document.milvus, { grpc: 'here' })),
      [/milvus\.grpc \(\S+\): found a text; allowed: a section of keys/],
    ],
    [
      'with a secret of a wrong type',
      changed(({ milvus }) => (milvus['password'] = ['a-secret-in-a-list'])),
      [/milvus\.password \(\S+\): found a list; allowed: one value/],
    ],
    [
      'that names a file which is not there',
      changed(({ milvus }) => (milvus['passwordFile'] = '/no/such/password')),
      [/milvus\.passwordFile: .*no such file.*\/no\/such\/password/],
    ],
    [
      'with a provider that is none',
      changed(({ milvus }) => (milvus.storage['provider'] = 'floppy')),
      [/milvus\.storage\.provider \(\S+\): found "floppy"; allowed: minio, s3/],
    ],
    [
      'with an unknown key',
      changed(({ milvus }) => (milvus.grpc['adress'] = 'x')),
      [/milvus\.grpc\.adress \(\S+\): no such key; did you mean milvus\.grpc\.address\?/],
    ],
    [
      'with an unknown section',
      changed((document) => (document['nonsense'] = { a: 1 })),
      [/nonsense \(\S+\): no such key/],
    ],
    [
      'with several mistakes, said at once',
      changed(({ milvus, backup }) => {
        milvus['paswd'] = 'x';
        backup['concurrency'] = { collections: 'many' };
      }),
      [
        'configuration: 2 problems',
        'did you mean milvus.password?',
        /backup\.concurrency\.collections .*found "many"; allowed: a whole number of at least 1/,
      ],
    ],
    [
      'of the older layout, with a wrong type and an unknown key',
      () => 'milvus:\n  address: x\n  port: abc\nminio:\n  adress: y\n',
      [
        'configuration: 2 problems',
        /milvus\.port \(\S+:3\): found "abc"; allowed: a whole number/,
        /minio\.adress \(\S+:5\): no such key; did you mean minio\.address\?/,
      ],
    ],
    [
      'of a layout that is none',
      changed((document) => Object.assign(document, { configVersion: 'v3' })),
      [/configVersion \(\S+\): found "v3"; allowed: v1, v2/],
    ],
    ['that is no YAML', () => 'milvus:\n  grpc: [unclosed\n', [/backup-\d+\.yaml:\d+: not valid YAML: /]],
  ];

  it.concurrent.each(cases)('%s', async (_what, document, says) => {
    const refusal = { code: 2, reason: 'InvalidConfiguration', says, place: place() } as const;
    const commands = [
      ['create', '-n', 'p'],
      ['restore', '-n', 'good'],
    ];
    await expectAllRefused(bench, document(), commands, refusal);
    await expectUntouched();
  });

  it('that is not there', async () => {
    const nowhere = join(import.meta.dirname, 'no-such-file.yaml');
    const ended = await bench.desk.run(nowhere, ['create', '-n', 'p', '--report', 'json']);
    expectRefused(ended, {
      code: 2,
      reason: 'InvalidConfiguration',
      says: [`no configuration file: looked for ${nowhere}`, 'Name one with --config'],
    });
  });

  it('that is wrong, said to a person', async () => {
    const file = bench.desk.config('configVersion: v2\nmilvus:\n  grpc:\n    port: abc\n');
    const ended = await bench.desk.run(file, ['create', '-n', 'p']);
    expect(ended.code).toBe(2);
    expect(ended.stdout).toBe('');
    expect(ended.stderr).toContain(`milvus.grpc.port (${file}:4): found "abc"`);
    expect(ended.stderr).toContain('Reason: InvalidConfiguration');
    expect(ended.stderr).toMatch(/^Next: .*"milvus-backup config show".*exit code 2/m);
  });
});
