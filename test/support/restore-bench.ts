// SPDX-License-Identifier: Apache-2.0
// Restores in this process, with a Milvus client whose answers can be lost, delayed or never come: faults between two
// lines, where no signal to a process would hit reliably. Server, store and engine are the real ones.
import { systemClock } from '../../src/base/clock.ts';
import { OperatorError } from '../../src/base/error.ts';
import { createSecrets } from '../../src/cmd/secrets.ts';
import { wireEngine, type Wired } from '../../src/cmd/wiring.ts';
import { parseConfig } from '../../src/contract/config-parse.ts';
import type { Result } from '../../src/contract/result.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { RestoreOptions } from '../../src/engine/options.ts';
import { restoreBackup } from '../../src/engine/restore.ts';
import type { MilvusClient } from '../../src/milvus/contract.ts';

/**
 * What happens to the n-th call of a method. lost: carried out, the answer does not come. never: not carried out, no
 * answer. before, after: whoever called it hears nothing for ever, as if the process had died there.
 */
export type Fault = { call: keyof MilvusClient; at: 'lost' | 'never' | 'before' | 'after'; nth?: number };

export type Bench = {
  wired: Wired;
  /** From now on the target says that it has no segment, by which its bucket could be known. */
  hideSegments(): void;
  /** Resolves with what the restore said, or with 'dead' when a fault let it die. */
  restore(
    options: Partial<RestoreOptions>,
    fault?: Fault,
    onStep?: (step: string) => void,
  ): Promise<Result | 'dead'>;
};

const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}

export function openBench(document: unknown, name: string): Bench {
  const { config } = parseConfig({
    file: { name: 'test.yaml', text: JSON.stringify(document) },
    env: {},
    sets: [],
  });
  const wired = wireEngine({
    config,
    secrets: createSecrets(),
    clock: systemClock,
    log: silent,
    report: { progress: ignore, warn: ignore, item: ignore },
    signal: new AbortController().signal,
  });
  let hidden: Partial<MilvusClient> = {};
  return {
    wired,
    hideSegments() {
      hidden = { listSegments: async () => [] };
    },
    async restore(options, fault, onStep) {
      const report = { progress: ({ step }: { step: string }) => onStep?.(step), warn: ignore, item: ignore };
      let die: () => void = ignore;
      const death = new Promise<'dead'>((resolve) => (die = () => resolve('dead')));
      const client = { ...(await wired.engine.milvus()), ...hidden };
      const milvus = fault ? faulty(client, fault, () => die()) : client;
      const engine: Engine = { ...wired.engine, report, milvus: async () => milvus };
      return Promise.race([restoreBackup(engine, { ...defaults, name, ...options }), death]);
    },
  };
}

function faulty(client: MilvusClient, { call, at, nth = 1 }: Fault, die: () => void): MilvusClient {
  let calls = 0;
  const method = client[call] as (...args: unknown[]) => Promise<unknown>;
  const answer = async (...args: unknown[]): Promise<unknown> => {
    if (++calls !== nth) return method(...args);
    if (at === 'lost' || at === 'after') await method(...args);
    if (at === 'lost' || at === 'never') {
      throw new OperatorError('Unreachable', `${call} got no answer`, {
        cause: new Error('connection lost'),
      });
    }
    die();
    return new Promise(ignore);
  };
  return { ...client, [call]: answer };
}

const defaults: Omit<RestoreOptions, 'name'> = {
  run: { runId: '', attempt: 'next', resume: false },
  selection: { include: [], exclude: [] },
  targetSelection: { include: [], exclude: [] },
  rename: { databases: {}, collections: {}, suffix: '' },
  existing: 'Fail',
  skipCreateCollection: false,
  dropExistIndex: false,
  scope: 'Full',
  indexes: 'AsInBackup',
  load: 'None',
  aliases: true,
  properties: true,
  allowPartial: false,
  versionCheck: 'Strict',
  verify: 'Count',
  onFailure: 'Keep',
  dryRun: false,
};
