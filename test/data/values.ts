// SPDX-License-Identifier: Apache-2.0
// Values for each type, the ends of its range more often than chance would give them. No NaN: it equals nothing.
import { isVector, widthOf, type ElementType, type Field, type ScalarType, type Value } from './field.ts';
import type { Random } from './random.ts';
import { jsonOf, textOf } from './texts.ts';

const edgeShare = 0.15;

const edges = {
  Int8: [-128, 127, 0],
  Int16: [-32_768, 32_767, 0],
  Int32: [-2_147_483_648, 2_147_483_647, 0],
  Int64: ['-9223372036854775808', '9223372036854775807', '9007199254740993', '0'],
  Float: [-0, 3.402_823_466_385_288_6e38, 1.401_298_464_324_817e-45, -Infinity, Infinity],
  Double: [-0, 1.797_693_134_862_315_7e308, 5e-324, 0.1, -Infinity, Infinity],
} as const;

export function valueOf(field: Field, random: Random): Value {
  if (isVector(field)) return vectorOf(field, random);
  if (field.type !== 'Array') return scalarOf(field.type, random, field.maxLength);
  const length = random.chance(0.1) ? field.capacity : random.int(0, Math.min(field.capacity, 8));
  const { element, maxLength } = field;
  return Array.from({ length }, () => scalarOf(element, random, maxLength));
}

export function scalarOf(
  type: ScalarType | ElementType,
  random: Random,
  maxLength = 0,
): boolean | number | string {
  if (type === 'Bool') return random.chance(0.5);
  if (type === 'VarChar') return textOf(random, maxLength);
  if (type === 'JSON') return random.chance(0.03) ? 'null' : jsonOf(random);
  if (random.chance(edgeShare)) return random.pick<number | string>(edges[type]);
  if (type === 'Int64') return longOf(random);
  if (type === 'Float') return Math.fround((random.real() - 0.5) * 1e6);
  if (type === 'Double') return (random.real() - 0.5) * 1e12;
  return random.int(edges[type][0], edges[type][1]);
}

/** Any of the 64-bit numbers. */
export function longOf(random: Random): string {
  const bits = (BigInt(random.bits()) << 32n) | BigInt(random.bits());
  return BigInt.asIntN(64, bits).toString();
}

function vectorOf(
  field: Field & { dim: number; type: 'FloatVector' | 'BinaryVector' | 'Float16Vector' },
  random: Random,
): Value {
  const width = widthOf(field);
  if (field.type === 'FloatVector') return floatsOf(random, width);
  const bytes = Buffer.alloc(width);
  for (let at = 0; at < width; at += 1) bytes[at] = random.int(0, 255);
  // The high byte of a half: an exponent of all ones would be an infinity or NaN.
  if (field.type === 'Float16Vector')
    for (let at = 1; at < width; at += 2) bytes[at] = (bytes[at] ?? 0) & 0xbb;
  return bytes;
}

/** In [-1, 1), as float32 holds it. */
export function floatsOf(random: Random, count: number): number[] {
  const floats: number[] = Array.from({ length: count });
  for (let at = 0; at < count; at += 1) floats[at] = Math.fround(random.real() * 2 - 1);
  return floats;
}
