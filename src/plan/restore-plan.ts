// SPDX-License-Identifier: Apache-2.0
// The plan of a restore as its status shows it: names of what is created, left alone and dropped, bounded, the rest counted.
import { cutMessage } from '../contract/cut.ts';
import type { Result } from '../contract/result.ts';
import type { Dropped, Plan } from './confirmation.ts';
import type { Lists } from './outcome.ts';

const mostNames = 200;
const longestName = 1024;
const mostWarnings = 20;

/** Undefined where nothing is known of it: only a dry run says it as a list. */
export function stateOfPlan(result: Result, lists: Lists, isDryRun: boolean): Plan | undefined {
  const warnings = (result.warnings ?? [])
    .slice(0, mostWarnings)
    .map(({ message }) => cutMessage(message, longestName));
  if (!isDryRun && warnings.length === 0) return undefined;
  return {
    ...(lists.plan && isDryRun ? namesOf(lists.plan) : {}),
    ...(isDryRun ? dropsOf(result) : {}),
    ...(result.size ? { bytes: result.size.bytes } : {}),
    ...(warnings.length > 0 ? { warnings } : {}),
  };
}

/** Left out where nothing goes. */
function dropsOf({ drops }: Result): Pick<Plan, 'dropCount' | 'dropDigest'> {
  return drops === undefined || drops.count === 0 ? {} : { dropCount: drops.count, dropDigest: drops.sha256 };
}

function namesOf(
  items: readonly Record<string, unknown>[],
): Pick<Plan, 'create' | 'skip' | 'drop' | 'unlisted'> {
  const of = (isSkipped: boolean): string[] =>
    items.filter(({ action }) => (action === 'skip') === isSkipped).flatMap(nameOf);
  const [create, skip, drop] = [of(false), of(true), items.flatMap(dropOf)];
  const unlisted = [create, skip, drop].reduce((sum, { length }) => sum + Math.max(0, length - mostNames), 0);
  return {
    create: create.slice(0, mostNames),
    skip: skip.slice(0, mostNames),
    ...(drop.length > 0 ? { drop: drop.slice(0, mostNames) } : {}),
    ...(unlisted > 0 ? { unlisted } : {}),
  };
}

function nameOf({ source, target }: Record<string, unknown>): string[] {
  if (typeof source !== 'string' || typeof target !== 'string') return [];
  const name = source === target ? source : `${source} -> ${target}`;
  return [cutMessage(name, longestName)];
}

function dropOf({ target, drops }: Record<string, unknown>): Dropped[] {
  if (typeof target !== 'string' || typeof drops !== 'string' || !/^-?\d{1,19}$/.test(drops)) return [];
  return [{ name: cutMessage(target, 512), id: drops }];
}
