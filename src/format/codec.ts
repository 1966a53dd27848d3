// SPDX-License-Identifier: Apache-2.0
// Codecs of single values: how a type stands in JSON, what counts as empty, and what a reader accepts. Go's decoder is
// the model (docs/backup-format.md 2.1): numbers are never quoted and never have a fraction, null means the default.
import { OperatorError } from '../base/error.ts';
import { quote, stringifyJson, stringifyMap } from './json.ts';
import { isRawNumber, isRecord, setMember } from './numeral.ts';

export type Codec<V> = {
  readonly zero: () => V;
  /** Empty values are left out of messages. */
  readonly isZero: (value: V) => boolean;
  readonly encode: (value: V) => string;
  /** Never given null or undefined: whoever holds the member decides what those mean. */
  readonly decode: (found: unknown) => V;
  /** Written even when empty. */
  readonly always?: true;
  /** Absent members stay absent instead of becoming empty. */
  readonly optional?: true;
  /** For messages: whether `decode` would look at this member. */
  readonly knows?: (key: string) => boolean;
  /** Large values in pieces; the whole is what `encode` gives. */
  readonly pieces?: (value: V) => Generator<string>;
};

/** A value of another kind than its schema says; collects the path on its way up. */
export class Mismatch extends Error {
  readonly path: (string | number)[] = [];

  /** The same failure seen from one level further out. */
  within(step: string | number): this {
    this.path.unshift(step);
    return this;
  }
}

export function mismatch(found: unknown, expected: string): Mismatch {
  return new Mismatch(`found ${describe(found)}, expected ${expected}`);
}

/** Runs `action`; a mismatch in it becomes BackupUnreadable naming file and path. */
export function reading<T>(file: string, path: () => readonly (string | number)[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof Mismatch ? unreadable(file, path(), error) : error;
  }
}

/** The failure that leaves this room: a mismatch with the way to it. */
export function unreadable(file: string, path: readonly (string | number)[], error: Mismatch): OperatorError {
  const where = formatPath([...path, ...error.path]);
  return new OperatorError('BackupUnreadable', `${file}: at ${where}: ${error.message}`, { cause: error });
}

/** Decodes a parsed document; see `reading` for what is thrown. */
export function decode<V>(codec: Codec<V>, parsed: unknown, file: string): V {
  return reading(file, noPath, () => {
    if (parsed === null) throw mismatch(parsed, 'a document');
    return codec.decode(parsed);
  });
}

const noPath = (): [] => [];

export function formatPath(path: readonly (string | number)[]): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text === '' ? 'the root' : text;
}

function describe(found: unknown): string {
  if (found === undefined) return 'nothing';
  if (found === null) return 'null';
  if (Array.isArray(found)) return 'a list';
  if (isRecord(found)) return 'an object';
  const text = stringifyJson(found);
  const kind =
    typeof found === 'string' ? 'the text' : isRawNumber(found) ? 'the number' : `the ${typeof found}`;
  return `${kind} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
}

export const text: Codec<string> = {
  zero: () => '',
  isZero: (value) => value === '',
  encode: quote,
  decode(found) {
    if (typeof found === 'string') return found;
    throw mismatch(found, 'a text');
  },
};

export const bool: Codec<boolean> = {
  zero: () => false,
  isZero: (value) => !value,
  encode: String,
  decode(found) {
    if (typeof found === 'boolean') return found;
    throw mismatch(found, 'true or false');
  },
};

/** Counts, sizes and enums: integers within 2^53. */
export const int: Codec<number> = {
  zero: () => 0,
  isZero: (value) => value === 0,
  encode(value) {
    if (!Number.isSafeInteger(value)) throw new RangeError(`${value} is no integer within 2^53`);
    return String(value);
  },
  decode(found) {
    if (Number.isSafeInteger(found)) return found as number;
    throw mismatch(found, 'an unquoted integer within 2^53');
  },
};

/** Counts and sizes that are never below zero. */
export const natural: Codec<number> = {
  ...int,
  decode(found) {
    const value = int.decode(found);
    if (value < 0) throw mismatch(found, 'an integer from 0');
    return value;
  },
};

function bigInteger(min: bigint, max: bigint, name: string): Codec<bigint> {
  const fits = (value: bigint): boolean => value >= min && value <= max;
  return {
    zero: () => 0n,
    isZero: (value) => value === 0n,
    encode(value) {
      if (!fits(value)) throw new RangeError(`${value} is outside ${name}`);
      return String(value);
    },
    decode(found) {
      const value = Number.isSafeInteger(found) ? BigInt(found as number) : found;
      if (typeof value === 'bigint' && fits(value)) return value;
      throw mismatch(found, `an unquoted ${name}`);
    },
  };
}

export const int64 = bigInteger(-(2n ** 63n), 2n ** 63n - 1n, 'int64');
export const uint64 = bigInteger(0n, 2n ** 64n - 1n, 'uint64');

/** Read and written back as found. */
export const raw: Codec<unknown> = {
  zero: () => undefined,
  isZero: (value) => value === undefined || value === null,
  encode: stringifyJson,
  decode: (found) => found,
};

/** A map of texts: keys sorted by their bytes. */
export const textMap: Codec<Record<string, string>> = {
  zero: () => ({}),
  isZero: (value) => Object.keys(value).length === 0,
  encode: stringifyMap,
  decode(found) {
    if (!isRecord(found)) throw mismatch(found, 'an object');
    const map: Record<string, string> = {};
    for (const [key, value] of Object.entries(found)) {
      setMember(map, key, value === null ? '' : stepping(key, () => text.decode(value)));
    }
    return map;
  },
};

/** The value's text in pieces if its codec has any, else whole. */
export function* piecesOf<V>(codec: Codec<V>, value: V): Generator<string> {
  if (codec.pieces) yield* codec.pieces(value);
  else yield codec.encode(value);
}

export function always<V>(codec: Codec<V>): Codec<V> {
  return { ...codec, always: true };
}

export function optional<V>(codec: Codec<V>): Codec<V> {
  return { ...codec, optional: true };
}

/** Adds `step` to the path of a mismatch below. */
export function stepping<T>(step: string | number, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof Mismatch ? error.within(step) : error;
  }
}
