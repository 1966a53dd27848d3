// SPDX-License-Identifier: Apache-2.0
// The room's door, and the one barrel there is: what the operator needs of the kinds.
import type { MilvusInstanceSpec } from './instance.types.ts';

export type { MilvusInstance, MilvusInstanceSpec, MilvusInstanceStatus } from './instance.types.ts';
export type {
  MilvusBackupStorage,
  MilvusBackupStorageSpec,
  MilvusBackupStorageStatus,
} from './storage.types.ts';
export type { MilvusBackup, MilvusBackupSpec, MilvusBackupStatus } from './backup.types.ts';
export type { MilvusRestore, MilvusRestoreSpec, MilvusRestoreStatus } from './restore.types.ts';
export type {
  MilvusBackupSchedule,
  MilvusBackupScheduleSpec,
  MilvusBackupScheduleStatus,
} from './schedule.types.ts';
export type { Condition, JobOverrides } from './shared.types.ts';
export type { ApiObject, ObjectMeta } from './object.ts';
export { apiVersion, definitionOf, group, version, type Kind } from './crd.ts';
export { kinds } from './kinds.ts';
export {
  findCondition,
  isTrue,
  mergeConditions,
  ownConditions,
  setCondition,
  type ConditionStatus,
  type Moment,
  type WantedCondition,
} from './conditions.ts';

/** Where objects lie and who we are there: what the storage of a Milvus and that of backups have in common. */
export type ObjectStore = Omit<MilvusInstanceSpec['storage'], 'rootPath'>;
