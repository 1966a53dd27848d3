// SPDX-License-Identifier: Apache-2.0
// --include and --exclude: globs over db.collection.
import type { SelectionOptions } from '../engine/options.ts';
import { parseSelection } from '../format/selection.ts';
import { usageError } from './refusals.ts';

export type SelectionFlags = { filter?: string; include?: string[]; exclude?: string[] };

/** What the configuration says where no flag does. */
export function configuredSelection({ include, exclude }: SelectionOptions): SelectionOptions {
  parseSelection(include, exclude);
  return { include, exclude };
}

/** Undefined where neither is given. Checked here, so that a bad pattern costs no connection. */
export function selectionOf({ filter, include, exclude }: SelectionFlags): SelectionOptions | undefined {
  if (include === undefined && exclude === undefined) return undefined;
  if (filter !== undefined && filter !== '') {
    throw usageError(
      '--filter stands beside --include or --exclude; say all of it with --include and --exclude',
    );
  }
  parseSelection(include, exclude);
  return { include: include ?? [], exclude: exclude ?? [] };
}
