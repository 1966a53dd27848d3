// SPDX-License-Identifier: Apache-2.0
// The one list of reasons. A reason names a situation; its consequence says what happens next, for the operator and for
// the exit code alike. Nothing else in the code may invent a reason.

/**
 * What follows from a reason.
 * wait: something must appear first. retry: another attempt may succeed. stop: no attempt can. inform: nothing is wrong.
 */
export type Consequence = 'wait' | 'retry' | 'stop' | 'inform';

const consequences = {
  InstanceNotFound: 'wait',
  StorageNotFound: 'wait',
  SecretNotFound: 'wait',
  SecretKeyMissing: 'wait',
  ConfigMapNotFound: 'wait',
  ConfigMapKeyMissing: 'wait',
  InstanceBusy: 'wait',
  Queued: 'wait',
  BackupNotReady: 'wait',
  AwaitingConfirmation: 'wait',

  Unreachable: 'retry',
  CredentialsRejected: 'retry',
  Throttled: 'retry',
  StoreError: 'retry',
  TLSFailed: 'retry',
  OutOfMemory: 'retry',
  Evicted: 'retry',
  ImagePullFailed: 'retry',
  Unschedulable: 'retry',
  PodRefused: 'retry',
  MountFailed: 'retry',
  NodeLost: 'retry',
  Forbidden: 'retry',
  ResultUnreadable: 'retry',
  CollectionChanging: 'retry',
  Fenced: 'retry',
  MilvusError: 'retry',
  Interrupted: 'retry',
  Unexpected: 'retry',
  ImportFailed: 'retry',

  InvalidConfiguration: 'stop',
  StorageMismatch: 'stop',
  BucketNotFound: 'stop',
  TargetReadOnly: 'stop',
  BackupExists: 'stop',
  NothingMatches: 'stop',
  TargetNotEmpty: 'stop',
  VersionRefused: 'stop',
  BackupUnreadable: 'stop',
  ObjectMissing: 'stop',
  ChecksumMismatch: 'stop',
  RowCountMismatch: 'stop',
  IdentityConflict: 'stop',
  GCPauseUnavailable: 'stop',
  ImportOutcomeUnknown: 'stop',
  ObjectLocked: 'stop',
  CleanupFailed: 'stop',
  DeletionTimedOut: 'stop',
  RetriesExhausted: 'stop',
  DeadlineExceeded: 'stop',
  Canceled: 'stop',

  Completed: 'inform',
  InProgress: 'inform',
  NoSegments: 'inform',
  GCPauseUnsupported: 'inform',
  ClockSkew: 'inform',
  Suspended: 'inform',
  Missed: 'inform',
} as const satisfies Record<string, Consequence>;

export type Reason = keyof typeof consequences;

/** Every reason there is, in the order of the documentation. */
export const reasons = Object.keys(consequences) as Reason[];

export function consequenceOf(reason: Reason): Consequence {
  return consequences[reason];
}

export function isReason(text: string): text is Reason {
  return Object.hasOwn(consequences, text);
}
