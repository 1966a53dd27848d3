// SPDX-License-Identifier: Apache-2.0
// Small parts for declaring flags with commander.
import { InvalidArgumentError, Option } from 'commander';

/** May be given several times; each time adds one. */
export function repeatable(flags: string, about: string): Option {
  return new Option(flags, about).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ]);
}

/** As the established tool's flags are written: `--flag`, `--flag=true`, `--flag=false`. */
export function goFlag(flags: string, about: string): Option {
  return new Option(`${flags} [bool]`, about).preset('true').argParser(readBool);
}

export function readBool(value: string): boolean {
  if (['true', 't', '1'].includes(value.toLowerCase())) return true;
  if (['false', 'f', '0'].includes(value.toLowerCase())) return false;
  throw new InvalidArgumentError('Allowed: true, false.');
}

export function readAttempt(value: string): number {
  if (/^[1-9]\d{0,8}$/.test(value)) return Number(value);
  throw new InvalidArgumentError('Allowed: a whole number of at least 1.');
}

/** The first choice is the default where nothing else is said. */
export function choice(flags: string, choices: readonly string[], about: string): Option {
  return new Option(flags, about).choices(choices);
}

export function hidden(flags: string): Option {
  const option = flags.endsWith('[bool]') ? goFlag(flags.replace(/ \[bool\]$/, ''), '') : new Option(flags);
  return option.hideHelp();
}

/**
 * `-n=name` means name, as in the established tool; commander would take `=name`. Only the short flags that take a
 * value are touched, and nothing after `--`.
 */
export function normalizeArguments(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  return argv.map((argument, i) => (end >= 0 && i >= end ? argument : argument.replace(/^(-[nsr])=/, '$1')));
}
