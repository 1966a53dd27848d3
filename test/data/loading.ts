// SPDX-License-Identifier: Apache-2.0
// Loads a collection, so that it can be read, and releases it.
import { createIndex, placeOf } from './collection.ts';
import { MilvusRefusal, type Milvus } from './connection.ts';
import type { Place } from './definition.ts';
import { isVector, type Field } from './field.ts';
import { poll } from './poll.ts';

/** Milvus loads nothing whose vector has no index; then a FLAT one is made, which changes no row. */
export async function ensureLoaded(milvus: Milvus, place: Place, fields: readonly Field[]): Promise<void> {
  const vector = fields.find(isVector);
  try {
    await load(milvus, place);
  } catch (error) {
    if (!(error instanceof MilvusRefusal) || vector === undefined) throw error;
    const binary = vector.type === 'BinaryVector';
    const params = {
      index_type: binary ? 'BIN_FLAT' : 'FLAT',
      metric_type: binary ? 'HAMMING' : 'L2',
      params: '{}',
    };
    await createIndex(milvus, place, { field: vector.name, name: 'made_for_reading', params });
    await load(milvus, place);
  }
}

const loadTimeoutMs = 180_000;

async function load(milvus: Milvus, place: Place): Promise<void> {
  await milvus.call('LoadCollection', { ...placeOf(place), replica_number: 1 });
  await poll(`${place.database}.${place.name} to be loaded`, loadTimeoutMs, async () => {
    const { state } = await milvus.call<{ state: string }>('GetLoadState', placeOf(place));
    return state === 'LoadStateLoaded';
  });
}

export async function release(milvus: Milvus, place: Place): Promise<void> {
  await milvus.call('ReleaseCollection', placeOf(place));
}
