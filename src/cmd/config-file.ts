// SPDX-License-Identifier: Apache-2.0
// Finds and reads the configuration file where the established tool looks for it.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { messageOf, OperatorError } from '../base/error.ts';
import { parseConfig, type ParsedConfig } from '../contract/config-parse.ts';

type Source = { config: string; set: readonly string[] };

/** `config` empty: no file at all, everything comes from the environment and --set. */
export function loadConfig(
  { config, set }: Source,
  env: Readonly<Record<string, string | undefined>>,
): ParsedConfig {
  if (config === '') return parseConfig({ env, sets: set });
  const folder = env['MILVUSCONF'];
  const places = [
    config,
    ...(folder === undefined || folder === '' ? [] : [join(folder, basename(config))]),
    join('configs', basename(config)),
  ];
  for (const name of places) {
    const text = readIfThere(name);
    if (text !== undefined) return parseConfig({ file: { name, text }, env, sets: set });
  }
  throw new OperatorError(
    'InvalidConfiguration',
    `no configuration file: looked for ${places.join(', ')}. Name one with --config, or --config "" for none`,
  );
}

function readIfThere(name: string): string | undefined {
  try {
    return readFileSync(name, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new OperatorError('InvalidConfiguration', `${name} cannot be read: ${messageOf(error)}`);
  }
}
