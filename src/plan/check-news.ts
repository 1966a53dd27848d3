// SPDX-License-Identifier: Apache-2.0
// News of an instance or a storage: that it has become ready, or why it is not any more.
import { findCondition } from '../api/index.ts';
import { isReason } from '../base/reason.ts';
import type { CheckStatus } from './check-due.ts';
import type { News } from './desired.ts';

export function newsOfCheck(before: CheckStatus, after: CheckStatus): News[] {
  const old = findCondition(before.conditions, 'Ready');
  const now = findCondition(after.conditions, 'Ready');
  if (!now || now.status === 'Unknown' || !isReason(now.reason)) return [];
  if (old?.status === now.status && old.reason === now.reason) return [];
  const type = now.status === 'True' ? 'Normal' : 'Warning';
  return [{ type, reason: now.reason, action: 'Check', note: now.message }];
}
