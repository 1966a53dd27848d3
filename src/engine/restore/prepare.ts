// SPDX-License-Identifier: Apache-2.0
// Everything a restore asks before it touches anything: the backup, the versions, the target and its names, every object.
import { OperatorError } from '../../base/error.ts';
import type { Warning } from '../../contract/event.ts';
import type { RestoreLedger } from '../../format/ledger.ts';
import type { MilvusClient } from '../../milvus/contract.ts';
import { versionOf } from '../../milvus/version.ts';
import type { Engine } from '../engine.ts';
import type { RestoreOptions } from '../options.ts';
import { assertPrefixApart } from '../overlap.ts';
import { checkStorageMatch } from '../storage-match.ts';
import { checkObjects } from './check-objects.ts';
import {
  isRefusal,
  planNames,
  planRestore,
  unconfirmed,
  type Begun,
  type Observed,
  type Refusal,
  type RestorePlan,
} from './plan.ts';
import { fullName } from './source-collection.ts';
import { openSource, type BackupSource } from './source.ts';
import { lookAtTarget } from './target.ts';
import { importProblem, versionProblem } from './versions.ts';

/** What would be dropped is not what was confirmed: what earlier attempts made is kept for the next confirmation. */
export class DropsChanged extends OperatorError {}

export type Prepared = {
  source: BackupSource;
  milvus: MilvusClient;
  plan: RestorePlan;
  warnings: Warning[];
  /** A persistent segment showed that Milvus keeps its data in the bucket we were told. */
  storage: 'matches' | 'no-segments';
};

export async function prepareRestore(
  engine: Engine,
  options: RestoreOptions,
  ledger: RestoreLedger | undefined,
): Promise<Prepared> {
  assertPrefixApart(engine.config);
  const warnings: Warning[] = [];
  const warn = (warning: Warning): void => {
    warnings.push(warning);
    engine.report.warn(warning);
  };
  const source = await openSource(engine, options.name, options);
  const { header: meta, name } = source;
  const backup = { name, databases: meta.database_backups, collections: source.collections };
  const names = unless(planNames({ backup, options }));
  engine.report.progress({ step: 'Preflight' });
  const milvus = await engine.milvus();
  checkVersions(source, milvus, options, warn);
  const targets = names.pairs.map((p) => p.target);
  await engine.milvusStore().check(engine.signal);
  const { collections, seen } = await lookAtTarget(engine, milvus, targets);
  const storage = await checkStorageMatch(engine, milvus, collections);
  engine.log.info({ storage }, 'looked for a segment of the target Milvus in its bucket');
  engine.report.progress({ step: 'Planning' });
  const plan = unless(
    planRestore(names, options, seen, begunBy(ledger, seen)),
    `Milvus at ${milvus.address}: `,
  );
  const changed = unconfirmed(plan.items, options);
  if (changed) throw new DropsChanged(changed.refused, `Milvus at ${milvus.address}: ${changed.message}`);
  for (const warning of plan.warnings) warn(warning);
  if (options.scope === 'Full') await checkPlanned(engine, milvus, source, plan);
  return { source, milvus, plan, warnings, storage };
}

/** A refusal of the planner becomes the error it names; `where` is what the planner does not know. */
function unless<T extends object>(planned: T | Refusal, where = ''): T {
  if (isRefusal(planned)) throw new OperatorError(planned.refused, where + planned.message);
  return planned;
}

function checkVersions(
  source: BackupSource,
  milvus: MilvusClient,
  options: RestoreOptions,
  warn: (warning: Warning) => void,
): void {
  const { milvus_version: backup } = source.header;
  const { version: server } = milvus.server;
  const from = backup === '' ? undefined : versionOf(backup);
  const problem = versionProblem({ backup, server, from, to: versionOf(server) });
  if (problem !== undefined && options.versionCheck === 'Strict') {
    throw new OperatorError(
      'VersionRefused',
      `${problem}. Nothing was restored; versionCheck "Warn" tries it all the same, at your own risk.`,
    );
  }
  if (problem !== undefined)
    warn({ reason: 'VersionRefused', message: `${problem}; tried because versionCheck is "Warn"` });
  const deletes = source.collections.find((c) => c.segments.some((s) => s.isL0));
  if (deletes && !milvus.server.features.l0Segments && options.scope === 'Full') {
    throw new OperatorError(
      'VersionRefused',
      `${fullName(deletes)} has deletes in L0 segments, which Milvus ${server} cannot import: rows deleted in the source would ` +
        'come back. Restore into Milvus 2.4 or later.',
    );
  }
}

function begunBy(ledger: RestoreLedger | undefined, { collections }: Observed): Begun {
  const begun = ledger?.collections ?? [];
  return new Map(
    begun.map(({ db, name, collectionId: id, state, replaces, aside }) => [
      `${db}.${name}`,
      {
        id,
        state,
        ...(replaces === undefined ? {} : { replaces }),
        isAside: aside !== undefined && collections.has(`${db}.${aside}`),
      },
    ]),
  );
}

async function checkPlanned(
  engine: Engine,
  milvus: MilvusClient,
  source: BackupSource,
  plan: RestorePlan,
): Promise<void> {
  const open = plan.items.filter((i) => i.action !== 'skip' && i.action !== 'done').map((i) => i.source);
  const problem = open.map((c) => importProblem(c, milvus.server.features)).find((p) => p !== undefined);
  if (problem !== undefined) {
    const where = `Milvus ${milvus.server.version} at ${milvus.address}`;
    throw new OperatorError(
      'VersionRefused',
      `${problem} ${where}. Nothing was restored; leave it out with --exclude.`,
    );
  }
  await checkObjects(engine, source, open);
}
