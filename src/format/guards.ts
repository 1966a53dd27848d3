// SPDX-License-Identifier: Apache-2.0
// Refusal of keys and names that would leave their folder. Whatever is read from a file in a bucket may have been
// written by anybody, so it passes here before it becomes a key.
import { posix } from 'node:path';
import { OperatorError } from '../base/error.ts';

/** What makes `key` unfit as a relative object key, or undefined. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (hasControl(key)) return 'holds a control character';
  if (key.includes('\\')) return 'holds a backslash';
  if (key.startsWith('/')) return 'is absolute';
  const elements = key.split('/');
  if (elements.includes('')) return 'has an empty element';
  if (elements.includes('..') || elements.includes('.')) return "has an element '.' or '..'";
  return undefined;
}

/** What makes `name` unfit as one element of a key, or undefined. */
export function elementProblem(name: string): string | undefined {
  return keyProblem(name) ?? (name.includes('/') ? "holds a '/'" : undefined);
}

/** Refuses a relative key, found in `file`, that is no plain path downwards. Gives the key back. */
export function assertRelativeKey(key: string, file: string): string {
  const problem = keyProblem(key);
  if (problem !== undefined) {
    throw new OperatorError('BackupUnreadable', `${file}: the path ${JSON.stringify(key)} ${problem}`);
  }
  return key;
}

/** Refuses a key that is not strictly below the folder `dir` (which ends with `/`). Gives the key back. */
export function assertInside(dir: string, key: string, file: string): string {
  if (!dir.endsWith('/') || !key.startsWith(dir)) {
    throw new OperatorError('BackupUnreadable', `${file}: the path ${JSON.stringify(key)} is outside ${dir}`);
  }
  assertRelativeKey(key.slice(dir.length), file);
  return key;
}

/**
 * Whether one prefix equals the other, or lies above or below it. '' is the whole bucket and overlaps everything.
 * Milvus removes what it does not know below its root path, so nothing of a backup may lie there.
 */
export function overlaps(left: string, right: string): boolean {
  const one = folder(left);
  const other = folder(right);
  return one.startsWith(other) || other.startsWith(one);
}

/** The clean form of a prefix: no leading slash, one trailing slash, '' for the whole bucket. */
export function folder(prefix: string): string {
  return posix.join('/', prefix, '/').slice(1);
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}
