// SPDX-License-Identifier: Apache-2.0
// Creates a collection as it stands in the backup, and proves that its fields got the ids that its binlogs are named by.
// CreateCollection is never repeated: after an unknown answer whatever stands under the temporary name is dropped first.
import { messageOf, OperatorError } from '../../base/error.ts';
import type { KeyValue } from '../../format/meta.ts';
import type { CollectionInfo, CollectionName } from '../../milvus/contract.ts';
import { BeginAnew, isAnswered, patiently, whenAllowed, type RestoreRun } from './run.ts';
import { fieldIdProblem, hasPartitionKey } from './schema.ts';
import { fullName, type SourceCollection } from './source-collection.ts';

/** Creates `source` under `name`, where nothing of worth stands. The intent is in the ledger already. */
export async function createUnder(
  run: RestoreRun,
  source: SourceCollection,
  name: CollectionName,
): Promise<CollectionInfo> {
  const { meta, partitions } = source;
  await dropLeftover(run, name);
  const request = {
    ...name,
    schema: meta.schema,
    shards: meta.shards_num,
    consistencyLevel: meta.consistency_level,
    ...(hasPartitionKey(meta.schema) ? { partitions: partitions.length } : {}),
    properties: run.options.properties ? propertiesOf(source) : [],
  };
  try {
    await whenAllowed(run, () => run.milvus.createCollection(request));
  } catch (error) {
    throw isAnswered(error) ? error : new BeginAnew(messageOf(error), { cause: error });
  }
  const info = await patiently(run, () => run.milvus.describeCollection(name));
  if (info) return info;
  throw new OperatorError(
    'MilvusError',
    `Milvus at ${run.milvus.address} answered that it created ${fullName(name)}, but does not know it`,
  );
}

/** What an attempt left that never learnt whether it was created. Only ever called for names of this run's making. */
async function dropLeftover(run: RestoreRun, name: CollectionName): Promise<void> {
  const there = await patiently(run, () => run.milvus.describeCollection(name));
  if (!there) return;
  run.engine.log.info(
    { collection: fullName(name), id: String(there.id) },
    'dropping what an unknown answer left',
  );
  await patiently(run, () => run.milvus.dropCollection(name));
}

/** Those of the schema, as the established tool sends them, and those of the collection, which win. */
function propertiesOf({ meta }: SourceCollection): KeyValue[] {
  const merged = new Map(
    [...meta.schema.properties, ...meta.properties].map(({ key, value }) => [key, value]),
  );
  return [...merged].map(([key, value]) => ({ key, value }));
}

/** Throws VersionRefused before any import if the server's field ids are not those of the backup. */
export async function assertFieldIds(
  run: RestoreRun,
  source: SourceCollection,
  present: CollectionName,
): Promise<void> {
  const info = await patiently(run, () => run.milvus.describeCollection(present));
  if (!info) throw new BeginAnew(`${fullName(present)} is not there any more`);
  const problem = fieldIdProblem(source.meta.schema, info.schema);
  if (problem === undefined) return;
  throw new OperatorError(
    'VersionRefused',
    `${fullName(source)} cannot be restored into Milvus ${run.milvus.server.version} at ${run.milvus.address}: ${problem}. ` +
      'Binlogs are found by field id, so its values would land in the wrong fields. Nothing of it was imported.',
  );
}

/** Partition-key collections come with theirs and refuse others; elsewhere missing ones are created. */
export async function ensurePartitions(
  run: RestoreRun,
  source: SourceCollection,
  name: CollectionName,
): Promise<void> {
  const listed = await patiently(run, () => run.milvus.listPartitions(name));
  const there = new Set(listed.map((p) => p.name));
  const missing = source.partitions.filter((p) => !there.has(p.name));
  if (missing.length > 0 && hasPartitionKey(source.meta.schema)) {
    throw new OperatorError(
      'VersionRefused',
      `${fullName(source)} has a partition key and in the backup the partition ${missing[0]!.name}, which Milvus ` +
        `${run.milvus.server.version} did not create; partitions of a partition key cannot be added.`,
    );
  }
  for (const { name: partition } of missing) {
    run.signal.throwIfAborted();
    await patiently(run, () => run.milvus.createPartition(name, partition));
  }
}
