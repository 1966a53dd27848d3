// SPDX-License-Identifier: Apache-2.0
// What a restore with `existing: Drop` asks of a person before it drops anything: the token that says yes, and the
// question. The token is made of the object's UID and of what would go, by name and id, so that it means this object and
// this plan: one that was committed for another object, or for what stood there before, confirms nothing.
import { createHash } from 'node:crypto';
import type { MilvusRestore, MilvusRestoreStatus } from '../api/index.ts';
import { cutMessage, cutText } from '../contract/cut.ts';
import type { Problem } from './run-kind.ts';
import { sentences } from './sentences.ts';

export type Plan = NonNullable<MilvusRestoreStatus['plan']>;
export type Dropped = NonNullable<Plan['drop']>[number];

const tokenLength = 12;
const namedDrops = 10;
const longestChange = 1024;

export function tokenOf(uid: string, dropDigest: string): string {
  return createHash('sha256').update(`${uid}\n${dropDigest}\n`).digest('hex').slice(0, tokenLength);
}

/** Undefined: nothing is asked, or it has been answered. */
export function questionOf(restore: MilvusRestore, status: MilvusRestoreStatus): Problem | undefined {
  const { confirm } = restore.spec;
  const { plan, confirmationToken: token } = status;
  if (plan === undefined || token === undefined || confirm === token) return undefined;
  const { name, namespace } = restore.metadata;
  const patch = JSON.stringify({ spec: { confirm: token } });
  const wrong =
    confirm === undefined
      ? ''
      : `spec.confirm is ${JSON.stringify(cutText(confirm, 64))}, which is not the token of this object and this plan`;
  return {
    reason: 'AwaitingConfirmation',
    message: sentences(
      ...[
        whatGoes(plan, status.instance),
        restore.spec.scope === 'MetadataOnly' ? 'Rows are not restored, as spec.scope says' : '',
        plan.changed ?? '',
        wrong,
        `If that is meant: kubectl patch mrs ${name} -n ${namespace} --type merge -p '${patch}'`,
      ].filter((one) => one !== ''),
    ),
  };
}

function whatGoes({ drop = [], dropCount = 0 }: Plan, instance = ''): string {
  const named = drop.slice(0, namedDrops).map(({ name, id }) => `${name} (id ${id})`);
  const more = dropCount > named.length ? ` and ${dropCount - named.length} more` : '';
  const what = dropCount === 1 ? '1 collection' : `${dropCount} collections`;
  return `${what} of MilvusInstance ${instance} would be dropped, each once what takes its place is whole: ${named.join(', ')}${more}`;
}

/** What has changed since a plan was confirmed; undefined where none was, or where it is the same. */
export function changeOf(before: Plan | undefined, now: Plan): string | undefined {
  if (before?.dropDigest === undefined || before.dropDigest === now.dropDigest) return undefined;
  const [old, fresh] = [byName(before), byName(now)];
  const changes = [
    ...[...fresh].flatMap(([name, id]) => newThere(name, id, old.get(name))),
    ...[...old.keys()].filter((name) => !fresh.has(name)).map((name) => `${name} is not there any more`),
  ];
  const what = changes.length === 0 ? 'collections that are not listed' : changes.join('; ');
  return cutMessage(`The target has changed since this was confirmed before: ${what}`, longestChange);
}

function newThere(name: string, id: string, before: string | undefined): string[] {
  if (before === id) return [];
  return [
    before === undefined ? `${name} (id ${id}) is new` : `${name} is another one (id ${id}, was ${before})`,
  ];
}

function byName({ drop = [] }: Plan): Map<string, string> {
  return new Map(drop.map(({ name, id }) => [name, id]));
}
