// SPDX-License-Identifier: Apache-2.0
// The door of the room: for each kind what must be asked for, what is wanted then, and what if a Job is refused.
export { finalizer, hasEnded } from './run-state.ts';
export { claimOf, dueOf, isReadBy, isRemoving } from './expiry.ts';
export type { Refusal } from './refusal.ts';
export {
  planBackup,
  planRestore,
  refusedBackup,
  refusedRestore,
  wantedForBackup,
  wantedForRestore,
} from './runs.ts';
export { planInstance, refusedInstance, wantedForInstance } from './instance.ts';
export { planStorage, refusedStorage, wantedForStorage } from './storage.ts';
export { planSchedule, wantedForSchedule } from './schedule/schedule.ts';
export { refusedSchedule } from './schedule/refused.ts';
