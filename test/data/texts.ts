// SPDX-License-Identifier: Apache-2.0
// Texts that have broken programs before: other scripts, emoji, escapes, control characters, what looks like syntax.
import type { Random } from './random.ts';

const pieces = [
  'plain',
  'Größe',
  '名前',
  'имя',
  'שלום',
  'مرحبا',
  'हिन्दी',
  '👩‍👩‍👧',
  '𝒳',
  'e\u0301',
  '"quoted"',
  "it's",
  'back\\slash',
  'line\nbreak',
  'tab\t',
  'nul\u0000',
  '\u001b[31m',
  '\u2028',
  '\uFEFF',
  '$meta',
  '{"a":1}',
  '%s %d',
  '../up',
  '\\u0041',
  'null',
  '__proto__',
  '9007199254740993',
  ' ',
] as const;

/** At most `bytes` of UTF-8, often at that limit; sometimes empty. */
export function textOf(random: Random, bytes: number): string {
  if (random.chance(0.05)) return '';
  const room = random.chance(bytes > 1000 ? 0.005 : 0.1) ? bytes : random.int(1, Math.min(bytes, 60));
  const parts: string[] = [];
  for (let size = 0; size < room;) {
    const piece = random.pick(pieces);
    parts.push(piece);
    size += Buffer.byteLength(piece);
  }
  return cutBytes(parts.join(''), room);
}

/** Never in the middle of a character. */
export function cutBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  let end = Math.min(bytes, encoded.length);
  // A byte of the form 10xxxxxx continues a character.
  while (end > 0 && end < encoded.length && ((encoded[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return encoded.toString('utf8', 0, end);
}

/** Numbers as JSON writes them, beyond what a double holds and in several spellings of one value. */
const numbers = ['0', '-0', '1.50', '1e3', '-1E-7', '9007199254740993', '-9223372036854775808', '0.1'];

/** The text of an object: Milvus 2.3.5 takes nothing else at the top (see refusals.ts). Spaces are kept as sent. */
export function jsonOf(random: Random, depth = 2): string {
  const names = random.shuffled(pieces).slice(0, random.int(0, 4));
  const space = random.pick(['', '', ' ', '\n  ']);
  const members = names
    // Milvus refuses this name in the dynamic field.
    .filter((name) => name !== '$meta')
    .map((name) => `${space}${JSON.stringify(name)}:${space}${jsonValue(random, depth)}`);
  return `{${members.join(',')}${space}}`;
}

function jsonValue(random: Random, depth: number): string {
  const kind = random.int(0, depth > 0 ? 6 : 4);
  if (kind === 0) return random.pick(['true', 'false', 'null']);
  if (kind <= 2) return random.pick(numbers);
  if (kind <= 4) return JSON.stringify(textOf(random, 40));
  if (kind === 5) return jsonOf(random, depth - 1);
  const elements = Array.from({ length: random.int(0, 3) }, () => jsonValue(random, depth - 1));
  return `[${elements.join(', ')}]`;
}
