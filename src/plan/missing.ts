// SPDX-License-Identifier: Apache-2.0
// Secrets and ConfigMaps that a Job needs and that are not there, or lack a key.
import type { Reason } from '../base/reason.ts';
import type { KeysNeeded } from './jobs.ts';
import type { KeyFacts, Wanted } from './observed.ts';
import type { Problem } from './run-kind.ts';

/**
 * Whether all of them were asked for. Between the asking and the deciding an object may have come, or come to name another
 * Secret: then nothing is known of what it needs, and nothing may be begun on it.
 */
export function isAsked(needed: readonly KeysNeeded[], facts: KeyFacts): boolean {
  return needed.every(({ kind, name }) => facts.has(`${kind}/${name}`));
}

/** The first that is missing of those that were asked for. */
export function missingKey(needed: readonly KeysNeeded[], facts: KeyFacts): Problem | undefined {
  for (const { kind, name, keys } of needed) {
    const found = facts.get(`${kind}/${name}`);
    if (found === undefined) continue;
    if (found === 'forbidden') {
      const right = `get ${kind.toLowerCase()}s`;
      const message = `the operator may not ${right}: ${kind} ${name} cannot be read. Give it back the right to ${right}.`;
      return { reason: 'Forbidden', message };
    }
    if (found === 'missing') {
      const reason: Reason = kind === 'Secret' ? 'SecretNotFound' : 'ConfigMapNotFound';
      return {
        reason,
        message: `${kind} ${name} is not there; ${keysText(keys)} are needed of it. Create it.`,
      };
    }
    const key = keys.find((one) => !found.includes(one));
    if (key === undefined) continue;
    const reason: Reason = kind === 'Secret' ? 'SecretKeyMissing' : 'ConfigMapKeyMissing';
    const there = found.length === 0 ? 'no key' : found.slice(0, 10).join(', ');
    return {
      reason,
      message: `${kind} ${name} holds ${there}, and not ${key}. Add it, or name another key.`,
    };
  }
  return undefined;
}

export function keysWanted(needed: readonly KeysNeeded[]): Wanted['keys'] {
  return needed.map(({ kind, name }) => ({ kind, name }));
}

function keysText(keys: readonly string[]): string {
  return keys.length === 1 ? `key ${keys[0]}` : `keys ${keys.join(', ')}`;
}
