// SPDX-License-Identifier: Apache-2.0
// Codecs of objects, built from a table of members in written order. `message` follows Go's encoding/json for the Go
// tool's files: lenient on reading, empty members left out. `record` is for our own files: strict both ways.
import { type Codec, mismatch, optional, piecesOf, raw, stepping } from './codec.ts';
import { isRecord } from './numeral.ts';

/** One codec per member; the order is the order in the file. */
export type Members<T> = { readonly [K in keyof T]-?: Codec<Exclude<T[K], undefined>> };

type Member = { key: string; codec: Codec<unknown> };
type Entries = Record<string, unknown>;

export type MessageOptions = {
  /** Messages that may be too large for one text say so and are written in pieces. */
  split?: boolean;
};

function membersOf<T>(members: Members<T>): Member[] {
  return Object.entries(members).map(([key, codec]) => ({ key, codec: codec as Codec<unknown> }));
}

/** Left out when empty, unless the table says that it is always written. */
function isWritten({ key, codec }: Member, value: Entries): boolean {
  return value[key] !== undefined && (codec.always === true || !codec.isZero(value[key]));
}

/** A message of the Go tool: keys match in any case, unknown ones are ignored, null and absent mean the default. */
export function message<T extends object>(members: Members<T>, options: MessageOptions = {}): Codec<T> {
  const fields = membersOf(members);
  const byName = new Map<string, Member>();
  for (const field of fields) byName.set(field.key.toLowerCase(), field).set(field.key, field);
  const zero = (): Entries => {
    const value: Entries = {};
    for (const { key, codec } of fields) if (!codec.optional) value[key] = codec.zero();
    return value;
  };
  const codec: Codec<Entries> = {
    zero,
    isZero: (value) => !fields.some((field) => isWritten(field, value)),
    encode: (value) => encodeMembers(fields, value, isWritten),
    decode(found) {
      if (!isRecord(found)) throw mismatch(found, 'an object');
      const value = zero();
      for (const name of Object.keys(found)) {
        const field = byName.get(name) ?? byName.get(name.toLowerCase());
        const member = found[name];
        if (field && member !== null) value[field.key] = stepping(name, () => field.codec.decode(member));
      }
      return value;
    },
    knows: (key) => byName.has(key) || byName.has(key.toLowerCase()),
    ...(options.split ? { pieces: (value: Entries) => memberPieces(fields, value) } : {}),
  };
  return codec as unknown as Codec<T>;
}

/** An object of our own files: every member is required unless optional, empty ones are written. */
export function record<T extends object>(members: Members<T>): Codec<T> {
  const fields = membersOf(members);
  const codec: Codec<Entries> = {
    zero() {
      throw mismatch(null, 'an object');
    },
    isZero: () => false,
    encode: (value) => encodeMembers(fields, value, ({ key }) => value[key] !== undefined),
    decode(found) {
      if (!isRecord(found)) throw mismatch(found, 'an object');
      const value: Entries = {};
      for (const { key, codec } of fields) {
        const member = Object.hasOwn(found, key) ? found[key] : undefined;
        if (codec.optional && (member === undefined || member === null)) continue;
        value[key] = stepping(key, () => decodeRequired(codec, member));
      }
      return value;
    },
  };
  return codec as unknown as Codec<T>;
}

/** Read and written back as found, absent when absent. */
export const passthrough: Codec<unknown> = optional(raw);

function decodeRequired(codec: Codec<unknown>, member: unknown): unknown {
  if (member === undefined || member === null) throw mismatch(member, 'a value');
  return codec.decode(member);
}

function encodeMembers(
  fields: Member[],
  value: Entries,
  written: (field: Member, value: Entries) => boolean,
): string {
  let text = '';
  for (const field of fields) {
    if (!written(field, value)) continue;
    text += `${text === '' ? '' : ','}"${field.key}":${field.codec.encode(value[field.key])}`;
  }
  return `{${text}}`;
}

function* memberPieces(fields: Member[], value: Entries): Generator<string> {
  let separator = '{';
  for (const field of fields) {
    if (!isWritten(field, value)) continue;
    yield `${separator}"${field.key}":`;
    separator = ',';
    yield* piecesOf(field.codec, value[field.key]);
  }
  yield separator === '{' ? '{}' : '}';
}
