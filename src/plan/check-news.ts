// SPDX-License-Identifier: Apache-2.0
// News of an instance or a storage: that it has become ready, or why it is not any more.
import { findCondition } from '../api/index.ts';
import { isReason } from '../base/reason.ts';
import type { CheckStatus } from './check-due.ts';
import type { CheckDecision } from './check.ts';
import type { News } from './desired.ts';

/** A decision as the controller of its kind carries it out: with what is told of it. */
export function desiredAfter<T extends { status: CheckStatus }>(
  { status: before }: T,
  decision: CheckDecision,
): Omit<CheckDecision, 'status'> & { status: T['status']; news: News[] } {
  const { status } = decision;
  return { ...decision, status, news: newsOfCheck(before, status) };
}

function newsOfCheck(before: CheckStatus, after: CheckStatus): News[] {
  const old = findCondition(before.conditions, 'Ready');
  const now = findCondition(after.conditions, 'Ready');
  if (!now || now.status === 'Unknown' || !isReason(now.reason)) return [];
  if (old?.status === now.status && old.reason === now.reason) return [];
  const type = now.status === 'True' ? 'Normal' : 'Warning';
  return [{ type, reason: now.reason, action: 'Check', note: now.message }];
}
