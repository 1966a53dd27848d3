// SPDX-License-Identifier: Apache-2.0
// From the flags of the smaller commands to what the engine is asked for. Pure.
import { OperatorError } from '../base/error.ts';
import type { InventoryOptions } from '../engine/inventory.ts';
import type { CheckOptions, CleanupOptions, DeleteOptions, VerifyOptions } from '../engine/options.ts';
import { assertRunId } from './run-identity.ts';

export type VerifyFlags = { name: string; mode?: VerifyOptions['mode'] };
export type CleanupFlags = { runId: string; name?: string; data?: boolean; of?: CleanupOptions['of'] };
export type DeleteFlags = { name: string; runId?: string; madeBy?: string };
export type CheckFlags = { only?: CheckOptions['only']; readOnly?: boolean; runId?: string };

export type ListFlags = { newest?: number; since?: string; runId?: string };

/** Undefined: the plain list that people read. */
export function inventoryOptionsOf({ newest, since, runId }: ListFlags): InventoryOptions | undefined {
  if (runId !== undefined) assertRunId(runId);
  if (newest === undefined && since === undefined) return undefined;
  const most = newest ?? Number.POSITIVE_INFINITY;
  if (since === undefined) return { most };
  const ms = Date.parse(since);
  if (!Number.isNaN(ms)) return { most, since: ms };
  throw new OperatorError(
    'InvalidConfiguration',
    `--since: found ${JSON.stringify(since)}; allowed: a time such as 2026-01-31T00:00:00Z`,
  );
}

export function verifyOptionsOf({ name, mode }: VerifyFlags): VerifyOptions {
  return { name, mode: mode ?? 'Standard' };
}

export function deleteOptionsOf({ name, runId, madeBy }: DeleteFlags): DeleteOptions {
  for (const id of [runId, madeBy]) if (id !== undefined) assertRunId(id);
  return {
    name,
    ...(runId === undefined ? {} : { runId }),
    ...(madeBy === undefined ? {} : { madeBy }),
  };
}

/** The id says nothing to a check but stands in its result, so that a Job's can be told from another's. */
export function checkOptionsOf({ only, readOnly, runId }: CheckFlags): CheckOptions {
  if (runId !== undefined) assertRunId(runId);
  return { ...(only === undefined ? {} : { only }), readOnly: readOnly ?? false };
}

export function cleanupOptionsOf({ runId, name, data, of }: CleanupFlags): CleanupOptions {
  assertRunId(runId);
  return {
    runId,
    ...(name === undefined ? {} : { name }),
    data: data ?? false,
    ...(of === undefined ? {} : { of }),
  };
}
