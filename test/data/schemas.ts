// SPDX-License-Identifier: Apache-2.0
// Ten random collections from a seed. What must occur in every ten is dealt like cards, so that no seed misses it: each
// type of field, each kind of key, partition key and partitions, the longest names, one name in two databases.
import { defaultDatabase, defaultPartition, type Definition, type Index } from './definition.ts';
import { isVector, type Field, type VectorType } from './field.ts';
import { scalarIndex, vectorIndex } from './index-kinds.ts';
import { long, nameOf } from './names.ts';
import { randomOf, type Random } from './random.ts';
import { columnCards, fieldsOf, type SchemaCards } from './schema-fields.ts';
import { textOf } from './texts.ts';

export const schemaCount = 10;

type Partitioning = 'one' | 'named' | 'by key';
type Hand = Omit<SchemaCards, 'hasPartitionKey'> & {
  database: string;
  name: string;
  partitioning: Partitioning;
  shards: number;
};

const keys: SchemaCards['key'][] = [
  ...repeat(4, { type: 'Int64', autoID: false } as const),
  ...repeat(3, { type: 'VarChar', autoID: false } as const),
  ...repeat(2, { type: 'Int64', autoID: true } as const),
  { type: 'VarChar', autoID: true },
];
/** No Float16Vector: 2.3.5 keeps and serves them, and its import fails on them (see refusals.ts). */
const vectors: VectorType[] = [...repeat(8, 'FloatVector' as const), ...repeat(2, 'BinaryVector' as const)];
const partitionings: Partitioning[] = [
  ...repeat(4, 'one' as const),
  ...repeat(4, 'named' as const),
  ...repeat(2, 'by key' as const),
];
const shards = [...repeat(6, 1), 2, 2, 3, 3];

/** `run` keeps two runs of one seed apart; nothing but names depends on it. */
export function schemasOf(seed: string, run: string): Definition[] {
  const random = randomOf(seed, 'schemas');
  const prefix = `rt_${run}_`;
  const databases = [defaultDatabase, `${prefix}other`, prefix + long(random, prefix)];
  const taken = new Set<string>();
  // The first two stand in different databases under one name; the third has the longest that there is.
  const first = nameOf(random, taken, prefix);
  const names = [first, first, prefix + long(random, prefix)];
  while (names.length < schemaCount) names.push(nameOf(random, taken, prefix));
  const dealt = {
    key: random.shuffled(keys),
    vector: random.shuffled(vectors),
    partitioning: random.shuffled(partitionings),
    shards: random.shuffled(shards),
    columns: random.shuffled(columnCards),
  };
  return names.map((name, at) => {
    const hand: Hand = {
      database: databases[at % databases.length] as string,
      name,
      key: dealt.key[at] as SchemaCards['key'],
      vector: dealt.vector[at] as VectorType,
      partitioning: dealt.partitioning[at] as Partitioning,
      shards: dealt.shards[at] as number,
      columns: dealt.columns.filter((_card, card) => card % schemaCount === at),
    };
    const own = randomOf(seed, 'schema', at);
    const aliases = Array.from({ length: own.int(0, 2) }, () => nameOf(own, taken, prefix));
    return { ...definitionOf(own, hand), aliases };
  });
}

function definitionOf(random: Random, hand: Hand): Omit<Definition, 'aliases'> {
  const fields = fieldsOf(random, { ...hand, hasPartitionKey: hand.partitioning === 'by key' });
  const indexes = indexesOf(random, fields);
  const taken = new Set([defaultPartition]);
  const named = hand.partitioning === 'named' ? random.int(1, 4) : 0;
  const dynamic = random.chance(0.5);
  return {
    label: labelOf(hand, dynamic),
    database: hand.database,
    name: hand.name,
    description: random.chance(0.5) ? textOf(random, 200) : '',
    fields,
    dynamic,
    shards: hand.shards,
    consistency: random.int(0, 3),
    properties: propertiesOf(random),
    partitions: Array.from({ length: named }, () => nameOf(random, taken)),
    keyPartitions: hand.partitioning === 'by key' ? random.int(1, 6) : 0,
    indexes,
    // Milvus loads nothing without an index on the vector.
    loaded: indexes.some(({ params }) => 'metric_type' in params) && random.chance(0.6),
  };
}

function indexesOf(random: Random, fields: Field[]): Index[] {
  const taken = new Set<string>();
  return fields.flatMap((field) => {
    const isWanted = random.chance(isVector(field) ? 0.8 : 0.3);
    const params = isVector(field) ? vectorIndex(field, random) : scalarIndex(field, random);
    return isWanted && params !== undefined
      ? [{ field: field.name, name: nameOf(random, taken), params }]
      : [];
  });
}

/** A time to live of a year: rows must not go while the test looks at them. */
function propertiesOf(random: Random): Record<string, string> {
  return {
    ...(random.chance(0.3) ? { 'collection.ttl.seconds': '31536000' } : {}),
    ...(random.chance(0.3) ? { 'заметка.メモ': textOf(random, 40) } : {}),
  };
}

function labelOf({ key, vector, partitioning, shards, columns }: Hand, dynamic: boolean): string {
  const partitions = { one: [], named: ['named partitions'], 'by key': ['partition key'] }[partitioning];
  const cards = columns.map((card) => (typeof card === 'object' ? `Array of ${card.element}` : card));
  const parts = [
    `${key.type}${key.autoID ? ' auto' : ''} key`,
    vector,
    ...partitions,
    ...cards,
    shards === 1 ? '1 shard' : `${shards} shards`,
  ];
  return [...parts, ...(dynamic ? ['dynamic'] : [])].join(', ');
}

function repeat<T>(count: number, card: T): T[] {
  return Array.from({ length: count }, () => card);
}
