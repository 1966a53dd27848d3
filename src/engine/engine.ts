// SPDX-License-Identifier: Apache-2.0
// What every operation of the engine is given: the two stores, Milvus, a clock, a way to report and a signal to stop.
// Opened by cmd, so that the engine reads neither configuration files nor the environment.
import type { Clock } from '../base/clock.ts';
import type { Config } from '../contract/config.ts';
import type { ListName, Progress, Step, Warning } from '../contract/event.ts';
import type { MilvusClient } from '../milvus/contract.ts';
import type { ObjectStore } from '../store/contract.ts';

export type Logger = {
  debug(fields: Record<string, unknown>, message: string): void;
  info(fields: Record<string, unknown>, message: string): void;
  warn(fields: Record<string, unknown>, message: string): void;
  error(fields: Record<string, unknown>, message: string): void;
};

/** Where an operation tells how far it is. Calls are cheap; whoever listens decides how often to speak. */
export type Reporter = {
  progress(
    update: { step: Step; collection?: string } & Partial<Omit<Progress, 'step' | 'collection' | 'time'>>,
  ): void;
  warn(warning: Warning): void;
  item(list: ListName, item: Record<string, unknown>): void;
};

export type Engine = {
  config: Config;
  version: string;
  clock: Clock;
  log: Logger;
  report: Reporter;
  /** Aborted by SIGTERM, SIGINT or a deadline. Operations release what they hold and throw its reason. */
  signal: AbortSignal;
  /** The store that Milvus writes to. Opened at the first call, one per run. */
  milvusStore(): ObjectStore;
  /** The store that holds backups; the same object as milvusStore() only if both are one bucket and one login. */
  backupStore(): ObjectStore;
  milvus(): Promise<MilvusClient>;
};

/** Who runs: a Job says both; by hand the id is random and the attempt is one more than what stands in the ledger. */
export type RunIdentity = { runId: string; attempt: number | 'next'; resume: boolean };
