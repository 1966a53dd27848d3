// SPDX-License-Identifier: Apache-2.0
// The generated parts of docs/cli.md: flags from the declaration that parses them, keys from the table that reads them.
import type { Command, Option } from 'commander';
import { configTable } from '../contract/config-show.ts';
import { exitMeanings } from '../contract/exit.ts';
import { createProgram } from './program.ts';
import { refusedCommands, refusedFlags } from './refusals.ts';

const parts: Record<string, () => string> = {
  flags: flagTables,
  refused: refusedLists,
  'exit codes': exitTable,
  configuration: configTable,
};

/**
 * Writes each part between its markers, `<!-- generated: flags -->` and `<!-- end -->`. A part without markers is an
 * error: a document that lost one would go stale in silence.
 */
export function fillCliDocument(document: string): string {
  let filled = document;
  for (const [name, write] of Object.entries(parts)) {
    const start = `<!-- generated: ${name} -->`;
    const from = filled.indexOf(start);
    const to = filled.indexOf('<!-- end -->', from);
    if (from < 0 || to < 0) throw new Error(`docs/cli.md has no part "${start} ... <!-- end -->"`);
    filled = `${filled.slice(0, from)}${start}\n${write().trimEnd()}\n${filled.slice(to)}`;
  }
  return filled;
}

function flagTables(): string {
  const program = createProgram(
    async () => 0,
    () => {},
  );
  const commands = program.commands.flatMap((command) =>
    command.commands.length > 0 && command.name() === 'config' ? [...command.commands] : [command],
  );
  return [
    '### Every command',
    '',
    flagTable(program),
    ...commands
      .filter((command) => !isHidden(command))
      .flatMap((command) => [
        '',
        `### ${pathOf(command)}`,
        '',
        sentence(command.description()),
        ...ownFlags(command),
      ]),
  ].join('\n');
}

function ownFlags(command: Command): string[] {
  return command.options.some((option) => !option.hidden) ? ['', flagTable(command)] : [];
}

function flagTable(command: Command): string {
  const rows = command.options
    .filter((option) => !option.hidden)
    .map(
      (option) => `| \`${option.flags}\`${option.mandatory ? ' (required)' : ''} | ${aboutFlag(option)} |`,
    );
  return ['| flag | meaning |', '|---|---|', ...rows].join('\n');
}

function aboutFlag({ description, argChoices, defaultValue }: Option): string {
  const choices = argChoices ? `\`${argChoices.join('`, `')}\`: ` : '';
  const value = typeof defaultValue === 'string' ? ` (default: \`${defaultValue}\`)` : '';
  return `${choices}${description.replaceAll(/[*|]/g, '\\$&').replaceAll('<', '&lt;')}${value}`;
}

/** Commander keeps it to itself; a hidden command has no help. */
function isHidden(command: Command): boolean {
  return refusedCommands.some(({ path }) => path.join(' ') === pathOf(command));
}

function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${pathOf(parent)} ${command.name()}` : command.name();
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}

function refusedLists(): string {
  const commands = refusedCommands.map(({ path, advice }) => `- \`${path.join(' ')}\`: ${advice}`);
  const flags = Object.entries(refusedFlags).flatMap(([command, list]) =>
    list.map(({ message }) => `- \`${command}\`: ${message.replace(/^--\w+/, '`$&`')}`),
  );
  return [...commands, ...flags].join('\n');
}

function exitTable(): string {
  const rows = Object.entries(exitMeanings).map(([code, meaning]) => `| ${code} | ${meaning} |`);
  return ['| code | meaning |', '|---|---|', ...rows].join('\n');
}
