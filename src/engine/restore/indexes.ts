// SPDX-License-Identifier: Apache-2.0
// The indexes of a restored collection, as the backup has them. What is sent is decided here without asking anybody.
import type { CollectionMeta, IndexMeta } from '../../format/meta.ts';
import type { CollectionName } from '../../milvus/contract.ts';
import type { RestoreOptions } from '../options.ts';
import { patiently, type RestoreRun } from './run.ts';
import { isVector } from './schema.ts';
import type { SourceCollection } from './source-collection.ts';

export type NewIndex = { field: string; name: string; params: Record<string, string> };

/** Vector fields first: Milvus builds them longest. */
export function planIndexes(
  meta: Pick<CollectionMeta, 'schema' | 'index_infos'>,
  mode: RestoreOptions['indexes'],
): NewIndex[] {
  if (mode === 'None') return [];
  const vectors = new Set(meta.schema.fields.filter((f) => isVector(f.data_type)).map((f) => f.name));
  const ofVectors = meta.index_infos.filter((index) => vectors.has(index.field_name));
  const others = meta.index_infos.filter((index) => !vectors.has(index.field_name));
  return [
    ...ofVectors.map((index) => (mode === 'AutoIndex' ? autoIndex(index) : vectorIndex(index))),
    ...others.map(scalarIndex),
  ];
}

function vectorIndex(index: IndexMeta): NewIndex {
  const params = { ...index.params };
  // Old servers stored the C++ library's name of the index, which none accepts back (the established tool does the same).
  if (params.index_type === 'marisa-trie') params.index_type = 'Trie';
  return { field: index.field_name, name: index.index_name, params };
}

function autoIndex(index: IndexMeta): NewIndex {
  const metric = index.params.metric_type;
  return {
    field: index.field_name,
    name: index.index_name,
    params: { index_type: 'AUTOINDEX', ...(metric === undefined ? {} : { metric_type: metric }) },
  };
}

/** Servers name an index on a JSON path by that path, and refuse such a name when it is sent. */
function scalarIndex(index: IndexMeta): NewIndex {
  const isLegal = /^[A-Za-z_]\w*$/.test(index.index_name);
  return { field: index.field_name, name: isLegal ? index.index_name : '', params: { ...index.params } };
}

/**
 * For a collection that stood there before: the user asked to be rid of its indexes. Before any import, because a changed
 * index is built anew over all rows. Milvus refuses it while the collection is loaded, and says so.
 */
export async function dropIndexes(run: RestoreRun, name: CollectionName): Promise<void> {
  if (!run.options.dropExistIndex) return;
  const { indexes } = await patiently(run, () => run.milvus.listIndexes(name));
  for (const index of indexes) {
    run.signal.throwIfAborted();
    await patiently(run, () => run.milvus.dropIndex(name, index.index_name));
  }
}

/** Creating one that stands there with the same parameters is no change, so this may be done again. */
export async function createIndexes(
  run: RestoreRun,
  source: SourceCollection,
  name: CollectionName,
): Promise<void> {
  const wanted = planIndexes(source.meta, run.options.indexes);
  if (wanted.length === 0) return;
  const { indexes } = await patiently(run, () => run.milvus.listIndexes(name));
  const there = new Set(indexes.map((i) => `${i.field_name}/${i.index_name}`));
  for (const index of wanted) {
    if (there.has(`${index.field}/${index.name}`)) continue;
    run.signal.throwIfAborted();
    await patiently(run, () => run.milvus.createIndex(name, index));
  }
}
