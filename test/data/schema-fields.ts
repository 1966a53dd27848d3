// SPDX-License-Identifier: Apache-2.0
// The fields of one random collection, in random order: a key, a vector, the columns it was dealt and a few of its own.
import { scalarTypes, type ElementType, type Field, type ScalarType, type VectorType } from './field.ts';
import { nameOf } from './names.ts';
import type { Random } from './random.ts';
import { textOf } from './texts.ts';

export type ColumnCard = ScalarType | { element: ElementType };

export type SchemaCards = {
  key: { type: 'Int64' | 'VarChar'; autoID: boolean };
  vector: VectorType;
  hasPartitionKey: boolean;
  columns: ColumnCard[];
};

export const elementTypes = Object.keys(scalarTypes).filter((type) => type !== 'JSON') as ElementType[];
export const columnCards: ColumnCard[] = [
  ...(Object.keys(scalarTypes) as ScalarType[]),
  ...elementTypes.map((element) => ({ element })),
];

export function fieldsOf(random: Random, cards: SchemaCards): Field[] {
  const taken = new Set<string>();
  const common = () => ({
    name: nameOf(random, taken),
    description: random.chance(0.3) ? textOf(random, 80) : '',
  });
  const more = Array.from({ length: random.int(0, 3) }, () => random.pick(columnCards));
  const fields = [
    keyOf(random, cards, common()),
    vectorOf(random, cards.vector, common()),
    ...[...cards.columns, ...more].map((card) => columnOf(random, card, common())),
  ];
  if (cards.hasPartitionKey) fields.push(partitionKeyOf(random, common()));
  return random.shuffled(fields);
}

type Common = { name: string; description: string };

function keyOf(random: Random, { key }: SchemaCards, common: Common): Field {
  const role = { isKey: true as const, ...(key.autoID ? { autoID: true as const } : {}) };
  if (key.type === 'Int64') return { ...common, ...role, type: 'Int64' };
  return { ...common, ...role, type: 'VarChar', maxLength: random.pick([64, 255, 65_535]) };
}

function vectorOf(random: Random, type: VectorType, common: Common): Field {
  const dim = type === 'BinaryVector' ? 8 * random.int(1, 9) : random.pick([1, 2, 3, 7, 16, 33, 64, 127]);
  return { ...common, type, dim };
}

function partitionKeyOf(random: Random, common: Common): Field {
  const role = { isPartitionKey: true as const };
  return random.chance(0.5)
    ? { ...common, ...role, type: 'Int64' }
    : { ...common, ...role, type: 'VarChar', maxLength: 60 };
}

function columnOf(random: Random, card: ColumnCard, common: Common): Field {
  const maxLength = random.pick([1, 16, 200, 200, 65_535]);
  if (typeof card === 'object') {
    const { element } = card;
    const capacity = random.pick([1, 5, 16, 4096]);
    // A full array of long texts would be a message larger than the queue takes.
    const limit = element === 'VarChar' ? { maxLength: Math.min(maxLength, 200) } : {};
    return {
      ...common,
      type: 'Array',
      element,
      capacity: limit.maxLength === undefined ? capacity : 16,
      ...limit,
    };
  }
  if (card === 'VarChar') return { ...common, type: card, maxLength };
  const defaultValue = defaultOf(random, card);
  return { ...common, type: card, ...(defaultValue === undefined ? {} : { defaultValue }) };
}

/** As the protocol holds it. */
function defaultOf(random: Random, type: ScalarType): object | undefined {
  if (!random.chance(0.2)) return undefined;
  if (type === 'Bool') return { bool_data: true };
  if (type === 'Double') return { double_data: -0.125 };
  return type === 'Int64' ? { long_data: '9007199254740993' } : undefined;
}
