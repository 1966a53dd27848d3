// SPDX-License-Identifier: Apache-2.0
// From the flags of the smaller commands to what the engine is asked for. Pure.
import type { CleanupOptions, DeleteOptions, VerifyOptions } from '../engine/options.ts';
import { assertRunId } from './run-identity.ts';

export type VerifyFlags = { name: string; mode?: VerifyOptions['mode'] };
export type CleanupFlags = { runId: string; name?: string; data?: boolean };

export function verifyOptionsOf({ name, mode }: VerifyFlags): VerifyOptions {
  return { name, mode: mode ?? 'Standard' };
}

export function deleteOptionsOf({ name }: { name: string }): DeleteOptions {
  return { name };
}

export function cleanupOptionsOf({ runId, name, data }: CleanupFlags): CleanupOptions {
  assertRunId(runId);
  return { runId, ...(name === undefined ? {} : { name }), data: data ?? false };
}
