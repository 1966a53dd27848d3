// SPDX-License-Identifier: Apache-2.0
// Which names are legal, and the names that this version makes up itself.
import { createHash } from 'node:crypto';
import { OperatorError } from '../base/error.ts';
import { elementProblem } from './guards.ts';

export const defaultDatabase = 'default';

/** The Go tool's rule (docs/backup-format.md 5.2), or undefined when `name` keeps it. */
export function backupNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (Buffer.byteLength(name) > 128) return 'is longer than 128 bytes';
  if (!/^[A-Za-z_]/.test(name)) return "does not begin with an ASCII letter or '_'";
  if (!/^\w+$/.test(name)) return "may hold only ASCII letters, digits and '_'";
  return undefined;
}

export function assertBackupName(name: string): void {
  refuse('backup name', name, backupNameProblem(name));
}

/** Milvus's rule for names of collections and databases, or undefined when `name` keeps it. */
export function milvusNameProblem(name: string): string | undefined {
  if (name === '') return 'is empty';
  if (name.length > 255) return 'is longer than 255 characters';
  if (!/^[A-Za-z_]/.test(name)) return "does not begin with an ASCII letter or '_'";
  if (!/^\w+$/.test(name)) return "may hold only ASCII letters, digits and '_'";
  return undefined;
}

export function assertMilvusName(kind: 'collection' | 'database', name: string): void {
  refuse(`${kind} name`, name, milvusNameProblem(name));
}

/**
 * What makes a name found in a backup unusable. Wider than Milvus's default rule, which servers can relax by
 * configuration; a dot would make `db.name` ambiguous.
 */
export function foundNameProblem(name: string): string | undefined {
  if (name.length > 255) return 'is longer than 255 characters';
  return elementProblem(name) ?? (/[\s.]/.test(name) ? 'holds white space or a dot' : undefined);
}

/** The Go tool's default name: the time in UTC and the nanoseconds of the second, unpadded. */
export function autoBackupName(nowMs: number): string {
  const time = new Date(Math.floor(nowMs));
  const stamp = time.toISOString().slice(0, 19).replaceAll(/[-T:]/g, '_');
  return `backup_${stamp}_${time.getUTCMilliseconds() * 1_000_000}`;
}

/**
 * The name under which a restore builds a collection before it shows it. Never cut from the real name, which may fill
 * all 255 characters; the attempt keeps a later one from meeting what an earlier one left.
 */
export function temporaryName(runId: string, attempt: number, db: string, name: string): string {
  return `mb_${shortRun(runId)}_${attempt}_${sha256(`${db}.${name}`).slice(0, 16)}`;
}

/** The name under which what is replaced stands until its successor is in its place. */
export function asideName(runId: string, db: string, name: string): string {
  return `mb_${shortRun(runId)}_old_${sha256(`${db}.${name}`).slice(0, 16)}`;
}

/** Ids that people make up begin alike: of those a hash tells one run's collections from another's. */
function shortRun(runId: string): string {
  return /^[0-9a-f]{8}-/.test(runId) ? runId.slice(0, 8) : sha256(runId).slice(0, 8);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refuse(kind: string, name: string, problem: string | undefined): void {
  if (problem === undefined) return;
  throw new OperatorError('InvalidConfiguration', `the ${kind} ${JSON.stringify(name)} ${problem}`);
}
