// SPDX-License-Identifier: Apache-2.0
// In plain words what each reason means and what a person does about it. The compiler holds the list complete.
import type { Reason } from '../src/base/reason.ts';

/** `do` is empty where nothing has to be done. */
export type ReasonText = { means: string; do: string };

export const reasonTexts: Readonly<Record<Reason, ReasonText>> = {
  InstanceNotFound: {
    means: 'No MilvusInstance of that name is in this namespace.',
    do: 'apply it, or correct the name in a new object. The order does not matter.',
  },
  StorageNotFound: {
    means: 'No MilvusBackupStorage of that name is in this namespace.',
    do: 'apply it, or correct the name in a new object.',
  },
  SecretNotFound: {
    means: 'A Secret that the instance or the storage names is not in this namespace.',
    do: 'create it; it is asked for every ten seconds.',
  },
  SecretKeyMissing: {
    means: 'The Secret is there, without the key that is asked for.',
    do: 'add the key, or name the right one (`accessKeyKey`, `passwordKey`, ...).',
  },
  ConfigMapNotFound: {
    means: 'A ConfigMap that a `caBundle` names is not in this namespace.',
    do: 'create it.',
  },
  ConfigMapKeyMissing: {
    means: 'The ConfigMap is there, without the key that is asked for.',
    do: 'add the key, or name the right one.',
  },
  InstanceBusy: {
    means:
      'A restore runs on this Milvus, or is the one that waits: it runs alone. `status.queuePosition` is the place in line.',
    do: '',
  },
  Queued: {
    means:
      'As many runs as may have begun already: of this Milvus (`maxConcurrentBackups`), of this storage or of all (`maxJobsPerStorage` and `maxJobs` of the chart). Older ones go first; `status.queuePosition` is the place in line.',
    do: '',
  },
  BackupNotReady: {
    means:
      'The MilvusBackup that is to be restored is not there, has not ended yet, or has nothing that was proven; or no backup of the schedule has succeeded.',
    do: 'apply it, wait for it, or restore another; a failed one never becomes ready.',
  },
  AwaitingConfirmation: {
    means:
      'A restore with `existing: Drop` has made its plan: the message says what would be dropped and how to say yes. It waits as long as it takes, unless `startDeadline` is set, and holds nobody up.',
    do: 'look at `status.plan.drop`; set `spec.confirm` to `status.confirmationToken`, or `spec.cancel`.',
  },
  Unreachable: {
    means: 'Nobody answers at the address, or not in time.',
    do: 'check address, Service, DNS and network policies, from a pod of this namespace.',
  },
  CredentialsRejected: {
    means: 'Milvus or the store answers, and refuses the login. A changed Secret is read again at once.',
    do: 'check the Secret, and what rights its user has on that bucket.',
  },
  Throttled: {
    means: 'The other side asks for fewer requests.',
    do: 'lower `limits.concurrency`, or raise the limit there.',
  },
  StoreError: {
    means: 'The store failed, or gave back something other than what was stored.',
    do: 'look into the log of the store.',
  },
  TLSFailed: {
    means: 'The certificate of the other side is not accepted, or there is no TLS where it was expected.',
    do: 'give its authority as `caBundle`, or correct `tls`.',
  },
  OutOfMemory: {
    means: 'The container was killed for its memory limit.',
    do: 'raise `job.resources.limits.memory`, or lower `limits.concurrency`.',
  },
  Evicted: {
    means:
      'The pod was moved away (drain, pressure, preemption). It starts again at once and is not counted.',
    do: '',
  },
  ImagePullFailed: {
    means: 'The image of the Job cannot be pulled.',
    do: "check the image and pull secrets of the chart's values, or `job.imagePullSecrets`.",
  },
  Unschedulable: {
    means: 'No node takes the pod.',
    do: "look at the message: it is the scheduler's own. Change `job` or make room.",
  },
  PodRefused: {
    means: 'Kubernetes lets no pod be made for the Job: a quota, a LimitRange or Pod Security is against it.',
    do: 'raise the quota or state `job.resources`; the pods fit the `restricted` profile.',
  },
  MountFailed: {
    means: 'A Secret or ConfigMap could not be mounted into the pod.',
    do: 'look whether it was removed meanwhile.',
  },
  NodeLost: {
    means: 'The node of the pod is silent. The pod may still be at work, so nothing new starts.',
    do: 'bring the node back, or remove its Node object: then the next attempt begins.',
  },
  Forbidden: {
    means: 'The API server refuses the operator something; the message names verb and resource.',
    do: 'check the roles of the chart.',
  },
  ResultUnreadable: {
    means:
      'The Job ended and its result is missing, cut or wrong. The next attempt finds what was done and tells it again.',
    do: '',
  },
  CollectionChanging: {
    means: 'A collection changed during each of three looks at its segments.',
    do: 'back up when less is being written or compacted.',
  },
  Fenced: {
    means: 'A newer attempt has taken over; this one stopped before it changed anything.',
    do: '',
  },
  MilvusError: {
    means: 'Milvus answered with an error of its own.',
    do: "look into Milvus's log.",
  },
  Interrupted: {
    means: 'The run was stopped from outside: a signal, or its Job or pod was deleted.',
    do: '',
  },
  Unexpected: {
    means: 'Something that nobody foresaw.',
    do: 'report it with `status.logTail`.',
  },
  ImportFailed: {
    means: 'Milvus began an import and gave it up.',
    do: "look into the log of Milvus's data nodes.",
  },
  InvalidConfiguration: {
    means: 'What was asked for contradicts itself, or does not fit into a Job.',
    do: 'correct it in a new object.',
  },
  StorageMismatch: {
    means:
      'Milvus has segments, and they are not under the bucket and root path that the MilvusInstance names. Or a MilvusBackupStorage was made anew under its old name, and is another place than the backup was written to.',
    do: "copy `minio.bucketName` and `minio.rootPath` from Milvus's own configuration; name the storage that holds the backup.",
  },
  BucketNotFound: {
    means: 'There is no such bucket. None is ever made.',
    do: 'make it, or correct its name.',
  },
  TargetReadOnly: {
    means: 'The storage is marked `accessMode: ReadOnly`, or its login may not write.',
    do: 'name another storage, or give the login the right to write.',
  },
  BackupExists: {
    means: 'The name is taken in the storage, by another backup or another run. Nothing was changed.',
    do: 'leave `backupName` out, or choose another.',
  },
  NothingMatches: {
    means: 'A pattern of `include` matches nothing: an empty backup must never look like a good one.',
    do: 'correct it in a new object.',
  },
  TargetNotEmpty: {
    means: 'Collections or aliases of these names are already there. Nothing was restored.',
    do: '`rename`, `existing: Skip`, `existing: Drop`, or drop them first.',
  },
  VersionRefused: {
    means: 'This version of Milvus cannot be backed up, or this backup is not known to work there.',
    do: 'restore into another version, or try with `versionCheck: Warn`.',
  },
  BackupUnreadable: {
    means: 'The documents of the backup are missing, damaged or contradict each other.',
    do: 'look at it with `milvus-backup verify`; restore another one.',
  },
  ObjectMissing: {
    means: 'An object that should be in the store is not.',
    do: 'look for who removes objects there (lifecycle rules); restore another backup.',
  },
  ChecksumMismatch: {
    means: 'An object has another size or content than when it was written.',
    do: 'do not trust this backup; make another.',
  },
  RowCountMismatch: {
    means: 'Milvus imported another number of rows than the backup holds.',
    do: "look at the numbers in the message, and into Milvus's log.",
  },
  IdentityConflict: {
    means: 'Instance and storage name different service accounts, and a pod has one.',
    do: 'give one account both rights, or use a Secret on one side.',
  },
  GCPauseUnavailable: {
    means:
      "Milvus's garbage collection cannot be held, where that is required. Nothing says it today: no field requires it.",
    do: '',
  },
  ImportOutcomeUnknown: {
    means:
      'Nobody can tell whether an import into a collection that is not ours was begun. It is not repeated: the rows would be there twice.',
    do: 'count the rows of that collection, then decide.',
  },
  ObjectLocked: {
    means: 'The store holds objects under a lock, so they cannot be removed.',
    do: 'wait until the lock ends.',
  },
  CleanupFailed: {
    means:
      'The run is over, or the object let go of, and not everything that it left could be put away. The message names what.',
    do: 'remove that by hand: `milvus-backup cleanup --run-id <UID>`, or of a finished backup `milvus-backup delete -n <name>`.',
  },
  DeletionTimedOut: {
    means:
      'An object that was deleted is let go of: what it left, or its data, could not be removed within `deletionTimeout`. An object that is gone has no condition, so its last Event says it.',
    do: 'remove that by hand: `milvus-backup cleanup --run-id <UID>`, or of a finished backup `milvus-backup delete -n <name>`.',
  },
  RetriesExhausted: {
    means: 'Every attempt of `spec.retry.limit` failed; the message holds the last failure.',
    do: 'mend that, then make another object.',
  },
  DeadlineExceeded: {
    means: 'The run took longer than `deadline`, or could not start before `startDeadline`.',
    do: 'allow more in a new object, or see what it waited for.',
  },
  Canceled: { means: '`spec.cancel` was set.', do: '' },
  Completed: { means: 'Done and proven.', do: '' },
  InProgress: { means: 'At work.', do: '' },
  NoSegments: {
    means:
      'Milvus has written nothing yet by which its storage could be recognized. `StorageMatches` is Unknown.',
    do: '',
  },
  GCPauseUnsupported: {
    means:
      'This Milvus has no pause of its garbage collection, or its management port is not reached. The backup goes on without.',
    do: '',
  },
  ClockSkew: {
    means: "The operator's clock stands before a time that a schedule has dealt with already.",
    do: 'set the clock right. The schedule goes on once that time has come; made anew, it goes on at once.',
  },
  Suspended: {
    means: 'The schedule is suspended: nothing is expected of it.',
    do: '',
  },
  Missed: {
    means: 'Times of a schedule passed without a backup of their own.',
    do: 'see what kept it: the operator was away, an earlier backup took too long, or a restore was at work.',
  },
};
