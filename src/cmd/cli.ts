// SPDX-License-Identifier: Apache-2.0
// From arguments to an exit code. Loads a command when it is asked for, and says usage errors as every other error is
// said.
import { CommanderError } from 'commander';
import { exitCodeOf, exitCodes, type ExitCode } from '../contract/exit.ts';
import type { Result } from '../contract/result.ts';
import { failureLines } from './closing.ts';
import { aboutFlags, failedResult, type About } from './failure.ts';
import { normalizeArguments } from './flags.ts';
import { createProgram } from './program.ts';
import { usageError } from './refusals.ts';
import type { Invocation } from './run.ts';
import type { World } from './world.ts';

/** What a module in commands/ exports. Its flags are those that program.ts declares for it. */
type CommandModule = { run(invocation: Invocation, flags: never): Promise<ExitCode> };

const commands: Record<string, () => Promise<CommandModule>> = {
  create: () => import('./commands/create.ts'),
  restore: () => import('./commands/restore.ts'),
  list: () => import('./commands/list.ts'),
  get: () => import('./commands/get.ts'),
  delete: () => import('./commands/delete.ts'),
  cleanup: () => import('./commands/cleanup.ts'),
  check: () => import('./commands/check.ts'),
  verify: () => import('./commands/verify.ts'),
  config: () => import('./commands/config.ts'),
  operator: () => import('./commands/operator.ts'),
};

export async function runCli(argv: readonly string[], world: World): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done;
  const program = createProgram(
    async (command, global, flags) => {
      const module = await commands[command]?.();
      if (!module) throw usageError(`no command ${command}`);
      // Commander has checked the flags against the declaration that the module's own type repeats.
      return module.run({ world, global }, flags as never);
    },
    (ended) => {
      code = ended;
    },
  );
  const output = {
    writeOut: (text: string) => void world.stdout.write(text),
    writeErr: (text: string) => void world.stderr.write(text),
    outputError: () => {},
  };
  // Subcommands have copied the settings already.
  for (const command of [program, ...program.commands, ...program.commands.flatMap((one) => one.commands)]) {
    command.configureOutput(output).exitOverride();
  }
  try {
    await program.parseAsync(normalizeArguments(argv), { from: 'user' });
    return code;
  } catch (error) {
    return endOfParsing(error, argv, world);
  }
}

async function endOfParsing(error: unknown, argv: readonly string[], world: World): Promise<ExitCode> {
  if (!(error instanceof CommanderError)) return sayFailure(failedResult(error, aboutOf(argv)), argv, world);
  // Help that was asked for, and the version.
  if (error.exitCode === 0) return exitCodes.done;
  if (error.code === 'commander.help') return exitCodes.usage;
  const message = error.message.replace(/^error: /, '');
  return sayFailure(failedResult(usageError(message), aboutOf(argv)), argv, world);
}

async function sayFailure(result: Result, argv: readonly string[], world: World): Promise<ExitCode> {
  if (valueOf(argv, '--report') === 'json') {
    const { createJsonReport, terminationLogOf } = await import('./report-json.ts');
    const { createSecrets } = await import('./secrets.ts');
    const terminationLog = terminationLogOf(valueOf(argv, '--termination-log'));
    createJsonReport({ world, secrets: createSecrets(), terminationLog }).finish(result);
  }
  for (const line of failureLines(result)) world.stderr.write(`${line}\n`);
  return exitCodeOf(result);
}

/** A flag's value, for arguments that could not be parsed. */
function valueOf(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findIndex((argument) => argument === flag || argument.startsWith(`${flag}=`));
  return argv[at] === flag ? argv[at + 1] : argv[at]?.slice(flag.length + 1);
}

/** Whose result it is has to be told even of arguments that could not be parsed. */
function aboutOf(argv: readonly string[]): About {
  const attempt = valueOf(argv, '--attempt') ?? '';
  return aboutFlags(commandOf(argv), {
    ...given('runId', valueOf(argv, '--run-id')?.slice(0, 128)),
    ...given('name', valueOf(argv, '--name')?.slice(0, 128)),
    ...(/^[1-9]\d{0,8}$/.test(attempt) ? { attempt: Number(attempt) } : {}),
  });
}

function given<K extends string>(key: K, value: string | undefined): Partial<Record<K, string>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, string>);
}

function commandOf(argv: readonly string[]): string {
  return argv.find((argument) => argument in commands) ?? 'milvus-backup';
}
