// SPDX-License-Identifier: Apache-2.0
// Which backups of a schedule are kept, by which rules, and which go and why: one function for what is told and for
// what is done. It deletes nothing: whoever calls it marks what goes, and the backup's own controller removes it.
import { newestFirst, type Candidate, type Ended } from './candidate.ts';
import { isWithin, rulesFor, type KeepRule, type Policy, type When } from './policy.ts';

export type { Candidate } from './candidate.ts';
export { candidatesOf } from './candidates.ts';
export type { Policy } from './policy.ts';

/** Why a backup goes: no keep rule names it, it is too old, there are enough like it. Or as its mark says. */
export type GoRule = 'noKeepRule' | 'maxAge' | 'failedHistory' | (string & {});

export type Kept = { name: string; rules: KeepRule[] };
export type Going = { name: string; rule: GoRule };

export type Retention = {
  /** Newest first. Successes, then what ended otherwise; what has not ended is in neither list. */
  kept: Kept[];
  /** Oldest first, the order in which they are best removed. */
  going: Going[];
  /** Of those that go the ones that are to be marked now: none under dryRun, none that is on its way already. */
  marks: Going[];
};

export type RetentionInput = { backups: readonly Candidate[]; policy: Policy } & When;

/**
 * Kept is what any keep rule names (all, where none is set), minus what is older than maxAge, plus the newest
 * minSuccessful, plus what is held or read by a restore. Only Succeeded backups count for that; of what ended as
 * Failed, Canceled or PartiallyFailed the newest failedHistory of each are kept.
 */
export function planRetention({ backups, policy, timeZone, now }: RetentionInput): Retention {
  const when = { timeZone, now };
  const ended = newestFirst(backups);
  const leaving = ended.filter(({ goingBy }) => goingBy !== undefined);
  const staying = ended.filter(({ goingBy }) => goingBy === undefined);
  const judged = [
    ...judgeSuccesses(ofPhase(staying, 'Succeeded'), policy, when),
    ...['PartiallyFailed', 'Failed', 'Canceled'].flatMap((phase) =>
      judgeFailures(ofPhase(staying, phase), policy),
    ),
  ];
  const lost = judged.filter(({ rules }) => rules.length === 0).toSorted(oldestFirst);
  const marks = lost.map(({ backup: { name }, why }) => ({ name, rule: why }));
  return {
    kept: judged.flatMap(({ backup, rules }) => (rules.length > 0 ? [{ name: backup.name, rules }] : [])),
    going: [...leaving.toReversed().map(({ name, goingBy }) => ({ name, rule: goingBy! })), ...marks],
    marks: policy.dryRun ? [] : marks,
  };
}

type Judged = { backup: Ended; rules: KeepRule[]; why: GoRule };

function oldestFirst({ backup: one }: Judged, { backup: other }: Judged): number {
  return one.completedAt - other.completedAt || (one.name < other.name ? -1 : 1);
}

function ofPhase(backups: readonly Ended[], phase: string): Ended[] {
  return backups.filter((backup) => backup.phase === phase);
}

function judgeSuccesses(backups: readonly Ended[], policy: Policy, when: When): Judged[] {
  // A clock is wrong, here or there. Nothing is known of their age: they stay, and stand in for no other.
  const ahead = backups.filter(({ completedAt }) => completedAt > when.now);
  const past = backups.slice(ahead.length);
  const isYoung = policy.maxAge === undefined ? () => true : isWithin(policy.maxAge, when.now);
  const minSuccessful = Math.max(1, policy.minSuccessful ?? 1);
  const named = rulesFor(past, policy, when);
  return [
    ...ahead.map((backup): Judged => ({
      backup,
      rules: ['clockSkew', ...guards(backup)],
      why: 'noKeepRule',
    })),
    ...past.map((backup, i): Judged => {
      const rules = named[i]!;
      const kept: KeepRule[] = [
        ...(isYoung(backup) ? rules : []),
        ...(i < minSuccessful ? (['minSuccessful'] as const) : []),
        ...guards(backup),
      ];
      return { backup, rules: kept, why: isYoung(backup) ? 'noKeepRule' : 'maxAge' };
    }),
  ];
}

function judgeFailures(backups: readonly Ended[], { failedHistory = 3 }: Policy): Judged[] {
  return backups.map((backup, i) => {
    const rules: KeepRule[] = [...(i < failedHistory ? (['failedHistory'] as const) : []), ...guards(backup)];
    return { backup, rules, why: 'failedHistory' };
  });
}

/** What no rule may remove. */
function guards({ isHeld, isInUse }: Candidate): KeepRule[] {
  return [...(isHeld ? (['hold'] as const) : []), ...(isInUse ? (['inUse'] as const) : [])];
}

/** As many of each as a status may list. */
export const mostListed = 100;

/** For status.retention: the newest that are kept and the first to go, with how many there are in all. */
export function listedRetention({ kept, going }: Retention): {
  kept: Kept[];
  going: Going[];
  keptCount: number;
  goingCount: number;
} {
  return {
    kept: kept.slice(0, mostListed),
    going: going.slice(0, mostListed),
    keptCount: kept.length,
    goingCount: going.length,
  };
}
