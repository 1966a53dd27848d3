// SPDX-License-Identifier: Apache-2.0
// The demo's two collections and their rows. Every row follows from its number, so that after the restore rows are
// computed again instead of being remembered.
import { defaultDatabase, type Definition } from '../data/definition.ts';
import type { Row } from '../data/field.ts';
import { randomOf } from '../data/random.ts';
import { floatsOf } from '../data/values.ts';
import type { Digit } from './digits.ts';

const common = {
  database: defaultDatabase,
  shards: 1,
  consistency: 0,
  properties: {},
  partitions: [],
  loaded: true,
};

/** Generated: scalars, JSON, a partition key, and a FLAT index, whose searches are exact. */
export const vectors: Definition = {
  ...common,
  label: 'generated vectors',
  name: 'demo_vectors',
  description: 'products of many shops / 多家商店的商品',
  fields: [
    { name: 'id', description: '', type: 'Int64', isKey: true },
    { name: 'vector', description: '', type: 'FloatVector', dim: 128 },
    { name: 'shop', description: '', type: 'VarChar', maxLength: 32, isPartitionKey: true },
    { name: 'price', description: '', type: 'Double' },
    { name: 'inStock', description: '', type: 'Bool' },
    { name: 'rank', description: '', type: 'Int32' },
    { name: 'attributes', description: '', type: 'JSON' },
  ],
  dynamic: false,
  keyPartitions: 4,
  indexes: [
    { field: 'vector', name: 'exact', params: { index_type: 'FLAT', metric_type: 'L2', params: '{}' } },
  ],
  aliases: [],
};

/** Real: handwriting, with a graph that finds nearly all, and a dynamic field. */
export const digits: Definition = {
  ...common,
  label: 'handwritten digits',
  name: 'demo_digits',
  description: 'handwritten digits, 8 x 8 pixels',
  fields: [
    { name: 'id', description: '', type: 'Int64', isKey: true },
    { name: 'pixels', description: '', type: 'FloatVector', dim: 64 },
    { name: 'label', description: 'what was meant', type: 'Int8' },
  ],
  dynamic: true,
  keyPartitions: 0,
  indexes: [
    {
      field: 'pixels',
      name: 'graph',
      params: { index_type: 'HNSW', metric_type: 'L2', params: '{"M":8,"efConstruction":40}' },
    },
  ],
  aliases: ['demo_handwriting'],
};

export const collections = [vectors, digits];

export const vectorCount = 200_000;

/** One in fifty is deleted before the backup. */
export function isDeleted(id: number): boolean {
  return id % 50 === 7;
}

export const deletedIds = Array.from({ length: vectorCount }, (_, id) => id).filter(isDeleted);

export function vectorRow(id: number): Row {
  const random = randomOf('demo', id);
  const attributes = { tags: [`t${id % 5}`, `größe ${id % 3}`], nested: { even: id % 2 === 0 } };
  return [
    String(id),
    floatsOf(random, 128),
    `shop ${id % 23}`,
    random.int(0, 1e6) / 100,
    random.chance(0.5),
    random.int(-2_147_483_648, 2_147_483_647),
    JSON.stringify(attributes),
  ];
}

export function digitRow({ id, pixels, label }: Digit): Row {
  return [String(id), pixels, label, JSON.stringify({ source: 'scikit-learn', number: id })];
}

/** None of them is a row. */
export const queries = Array.from({ length: 100 }, (_, at) => floatsOf(randomOf('query', at), 128));

/** A hundred digits, moved a little so that none is a row. */
export function digitQueries(data: readonly Digit[]): number[][] {
  return data
    .filter(({ id }) => id % 17 === 0)
    .slice(0, 100)
    .map(({ pixels }) => pixels.map((pixel, at) => pixel + (at % 3) / 4));
}
