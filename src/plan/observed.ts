// SPDX-License-Identifier: Apache-2.0
// Everything a decision may look at, gathered beforehand. A decision is a function of this and of nothing else: no
// clock, no randomness, no cache.
import type {
  MilvusBackup,
  MilvusBackupSchedule,
  MilvusBackupStorage,
  MilvusInstance,
  MilvusRestore,
} from '../api/index.ts';
import type { EventFact, Job, Pod } from './kubernetes.ts';
import type { Contender } from './line.ts';
import type { Settings } from './settings.ts';

export type Run = MilvusBackup | MilvusRestore;
/** Those that Jobs are made for. */
export type JobKinds = MilvusInstance | MilvusBackupStorage | Run;
export type Kinds = JobKinds | MilvusBackupSchedule;

/** `Secret/name` or `ConfigMap/name` -> the keys it has, that it is not there, or may not be read. Never a value. */
export type KeyFacts = ReadonlyMap<string, readonly string[] | 'missing' | 'forbidden'>;

/** What an object of ours is decided by, whatever its kind. */
export type Observed<T extends Kinds> = {
  /** Wall clock, milliseconds. */
  now: number;
  object: T;
  settings: Settings;
  /** Jobs that carry this object's UID, in no order. */
  jobs: readonly Job[];
  /** Their pods. */
  pods: readonly Pod[];
  facts: Facts;
};

/** What caches do not hold: asked for one by one, and only where `Wanted` says so. Absent: was not asked for. */
export type Facts = {
  keys: KeyFacts;
  /** By UID of the Job or pod that they are about. */
  events: ReadonlyMap<string, readonly EventFact[]>;
  /** By name: whether the Node object exists, and whether it is Ready. */
  nodes: ReadonlyMap<string, 'Gone' | 'Ready' | 'NotReady'>;
  /** By pod name: the tail of the engine's log, oldest line first. Undefined where it could not be read. */
  logs: ReadonlyMap<string, string | undefined>;
  isNamespaceTerminating?: boolean;
};

export type ObservedRun<T extends Run> = Observed<T> & {
  /** As named in the spec; undefined where there is none. Of a restore the instance may come from its backup. */
  instance: MilvusInstance | undefined;
  storage: MilvusBackupStorage | undefined;
  /** Every run that has not ended, this one included, in all namespaces. */
  line: readonly Contender[];
};

export type ObservedBackup = ObservedRun<MilvusBackup> & {
  /** Restores of the namespace that have not ended. */
  restores: readonly MilvusRestore[];
};

export type ObservedRestore = ObservedRun<MilvusRestore> & {
  /** The one it is of, if there is one yet; undefined where the source is a storage. */
  backup: MilvusBackup | undefined;
  /** The one that scheduleRef names. */
  schedule?: Pick<MilvusBackupSchedule, 'metadata'> | undefined;
  /** The instance of that backup's name, the default target, is `instance`; backups being made are in `line`. */
};

export type ObservedInstance = Observed<MilvusInstance>;
export type ObservedStorage = Observed<MilvusBackupStorage> & {
  /** Of the same namespace: no prefix may touch a root path of theirs. */
  instances: readonly MilvusInstance[];
  /** Of the same namespace, wherever they lie. */
  backups: readonly MilvusBackup[];
};

/** The facts a decision needs beside the caches; gathered, they make the second and last look. */
export type Wanted = {
  /** Secrets and ConfigMaps whose keys matter now. */
  keys: { kind: 'Secret' | 'ConfigMap'; name: string }[];
  /** Jobs and pods that do not get on: their Events. */
  events: { kind: 'Job' | 'Pod'; name: string; uid: string }[];
  nodes: string[];
  /** Pods whose log's tail is due, with how much of it. */
  logs: { pod: string; lines: number; bytes: number }[];
  namespace: boolean;
};
