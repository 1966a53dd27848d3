// SPDX-License-Identifier: Apache-2.0
// The plan of a restore as its status shows it: names of what is created and what is left alone, bounded, the rest counted.
import type { MilvusRestoreStatus } from '../api/index.ts';
import { cutMessage } from '../contract/cut.ts';
import type { Result } from '../contract/result.ts';
import type { Lists } from './outcome.ts';

const mostNames = 200;
const longestName = 1024;
const mostWarnings = 20;

type Plan = NonNullable<MilvusRestoreStatus['plan']>;

/** Undefined where nothing is known of it: only a dry run says it as a list. */
export function stateOfPlan(result: Result, { plan: items }: Lists, isDryRun: boolean): Plan | undefined {
  const warnings = (result.warnings ?? [])
    .slice(0, mostWarnings)
    .map(({ message }) => cutMessage(message, longestName));
  if (!isDryRun && warnings.length === 0) return undefined;
  const of = (isSkipped: boolean): string[] =>
    (items ?? []).filter(({ action }) => (action === 'skip') === isSkipped).flatMap(nameOf);
  const [create, skip] = [of(false), of(true)];
  const unlisted = Math.max(0, create.length - mostNames) + Math.max(0, skip.length - mostNames);
  return {
    ...(items && isDryRun ? { create: create.slice(0, mostNames), skip: skip.slice(0, mostNames) } : {}),
    ...(unlisted > 0 ? { unlisted } : {}),
    ...(result.size ? { bytes: result.size.bytes } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

function nameOf({ source, target }: Record<string, unknown>): string[] {
  if (typeof source !== 'string' || typeof target !== 'string') return [];
  const name = source === target ? source : `${source} -> ${target}`;
  return [cutMessage(name, longestName)];
}
