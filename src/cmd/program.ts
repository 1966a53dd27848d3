// SPDX-License-Identifier: Apache-2.0
// The command line as commander sees it: every command with its flags. What a command does is imported only when it
// runs, so that --help and --version load nothing else.
import { Command } from 'commander';
import type { ExitCode } from '../contract/exit.ts';
import { choice, goFlag, hidden, readAttempt, repeatable } from './flags.ts';
import { defaultConfigFile, type GlobalFlags } from './global-flags.ts';
import { addOperatorFlags } from './operator-flags.ts';
import { refusedCommand, refusedCommands, refuseFlags, refusedFlags, type CommandName } from './refusals.ts';
import { version } from './version.ts';

/** Runs one command with what commander has read. */
export type Dispatch = (
  command: string,
  global: GlobalFlags,
  flags: Record<string, unknown>,
) => Promise<ExitCode>;

export function createProgram(dispatch: Dispatch, done: (code: ExitCode) => void): Command {
  const program = new Command('milvus-backup')
    .description('Backs up Milvus collections to object storage and restores them, row for row.')
    .version(version, '-v, --version', 'print the version')
    .option('--config <file>', 'configuration file; "" for none', defaultConfigFile)
    .addOption(repeatable('--set <KEY=VALUE>', 'set a configuration key, over environment and file'))
    .addOption(choice('--report <how>', ['text', 'json'], 'for people, or events on stdout').default('text'))
    .option('--termination-log <file>', 'with --report json: also write the result there')
    .exitOverride();
  const add = (name: CommandName, about: string): Command => {
    const command = program.command(name).description(about);
    for (const { flags } of refusedFlags[name] ?? []) command.addOption(hidden(flags));
    return command.action(async (flags: Record<string, unknown>) => {
      refuseFlags(name, flags);
      done(await dispatch(name, globalFlags(program), flags));
    });
  };
  addCreate(add('create', 'make a backup'));
  addRestore(add('restore', 'restore a backup'));
  addList(add('list', 'list the backups'));
  named(add('get', 'print what is in a backup, as JSON'));
  named(add('delete', 'delete a backup'))
    .option('--run-id <id>', 'only if that run made it')
    .option('--made-by <id>', 'the same, where another run asks; Nobody: only if no run of ours made it');
  addCleanup(add('cleanup', 'remove what an ended run left'));
  addCheck(add('check', 'try everything that a backup needs'));
  named(add('verify', 'prove a backup against its manifest')).addOption(
    choice('--mode <mode>', ['Standard', 'Checksum'], 'sizes and ETags (default), or read every object'),
  );
  addOperatorFlags(add('operator', 'keep what the MilvusBackup objects of a Kubernetes cluster ask for'));
  addConfig(program, dispatch, done);
  addRefused(program);
  return program;
}

function globalFlags(program: Command): GlobalFlags {
  return { set: [], ...program.opts<Omit<GlobalFlags, 'set'>>() };
}

function named(command: Command): Command {
  return command.requiredOption('-n, --name <name>', 'name of the backup');
}

function addRun(command: Command): Command {
  return command
    .option('--run-id <id>', 'id of the run, to go on with it; for Jobs')
    .option('--attempt <number>', 'attempt of that run', readAttempt)
    .option('--resume', 'go on with the unfinished run that is found')
    .addOption(repeatable('--include <pattern>', 'db.collection, db.*, * or a glob; may be repeated'))
    .addOption(repeatable('--exclude <pattern>', 'the same, for what to leave out; may be repeated'));
}

function addCreate(command: Command): void {
  addRun(
    command
      .option('-n, --name <name>', 'name of the backup (default: backup_<time>)')
      .option('--filter <rules>', 'db.*, db.collection, collection or db., separated by commas')
      .option('--strategy <strategy>', 'meta_only, skip_flush or serial_flush')
      .option('--format <format>', 'auto or binlog'),
  )
    .addOption(choice('--verify <mode>', ['Standard', 'Checksum'], 'Standard (default): sizes and ETags'))
    .addOption(
      choice('--on-collection-error <what>', ['Fail', 'Skip'], 'Fail (default), or a partial backup'),
    )
    .addOption(choice('--gc-pause <how>', ['BestEffort', 'Off'], 'default: by backup.pauseGC'));
}

function addRestore(command: Command): void {
  addRun(
    named(command)
      .option('--filter <rules>', 'of names after renaming: db.*, db.collection or collection')
      .option('-s, --suffix <suffix>', 'append to the names of collections')
      .option('-r, --rename <rules>', 'db1.*:db2.*, db1.c1:db2.c2 or c1:c2, separated by commas')
      .addOption(repeatable('--rename-database <old:new>', 'may be repeated'))
      .addOption(goFlag('--rebuild_index', 'make the indexes of the backup (default: true)'))
      .addOption(goFlag('--use_auto_index', 'make AUTOINDEX instead'))
      .addOption(goFlag('--meta_only', 'no data'))
      .addOption(goFlag('--drop_exist_collection', 'the same as --existing Drop'))
      .addOption(goFlag('--drop_exist_index', 'drop the indexes of what stands there'))
      .addOption(goFlag('--skip_create_collection', 'import into what stands there')),
  )
    .addOption(choice('--existing <what>', ['Fail', 'Skip', 'Drop'], 'where a name is taken; default: Fail'))
    .option('--confirmed-drops <digest>', 'of a dry run: refuse to drop anything else')
    .addOption(choice('--load <what>', ['AsInBackup', 'All', 'None'], 'default: AsInBackup'))
    .option('--no-aliases', 'make no aliases')
    .option('--no-properties', 'set no properties')
    .option('--allow-partial', 'also from a partial backup')
    .addOption(choice('--version-check <how>', ['Strict', 'Warn'], 'of Milvus versions; default: Strict'))
    .addOption(choice('--verify <what>', ['Imported', 'Count'], 'Count loads and counts; default: Imported'))
    .addOption(choice('--on-failure <what>', ['Keep', 'RemoveCreated'], 'default: Keep'))
    .option('--dry-run', 'say what would be done');
}

function addList(command: Command): void {
  command
    .option(
      '--newest <number>',
      'so many of them, the newest first, with what each says of itself',
      readAttempt,
    )
    .option('--since <time>', 'the same, of those that were made since then')
    .option('--run-id <id>', 'to find again in the result; for Jobs');
}

function addCleanup(command: Command): void {
  command
    .requiredOption('--run-id <id>', 'id of the run')
    .option('-n, --name <name>', 'name of its backup')
    .option('--data', 'also remove its unfinished backup')
    .addOption(choice('--of <what>', ['Backup', 'Restore'], 'what the run was; default: look for both'));
}

function addCheck(command: Command): void {
  command
    .addOption(
      choice('--only <side>', ['Instance', 'Storage'], 'Milvus and its storage, or the store of the backups'),
    )
    .option('--read-only', 'write nothing, not even a probe')
    .option('--run-id <id>', 'to find again in the result; for Jobs');
}

function addConfig(program: Command, dispatch: Dispatch, done: (code: ExitCode) => void): void {
  const config = program.command('config').description('about the configuration');
  config
    .command('show')
    .description('print every key, its value and where it came from')
    .action(async () => done(await dispatch('config', globalFlags(program), {})));
}

function addRefused(program: Command): void {
  for (const refused of refusedCommands) {
    const [first = '', second] = refused.path;
    const parent = second === undefined ? program : program.commands.find((one) => one.name() === first);
    parent
      ?.command(second ?? first, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .helpOption(false)
      .action(() => {
        throw refusedCommand(refused);
      });
  }
}
