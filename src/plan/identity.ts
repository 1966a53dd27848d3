// SPDX-License-Identifier: Apache-2.0
// Who a Job's pod is: a pod has one service account, so both sides can at most name one.
import type { Access, Sides } from './job-config.ts';
import type { Problem } from './job.ts';

/** Only sides that the Job reaches with a login count. Undefined: the namespace's default, which gets no token. */
export function serviceAccountOf(
  sides: Sides,
  access: Access,
): { name: string | undefined } | { problem: Problem } {
  const [first, second] = accountsOf(sides, access);
  if (first === undefined || second === undefined || first.account === second.account) {
    return { name: (first ?? second)?.account };
  }
  return {
    problem: {
      reason: 'IdentityConflict',
      message:
        `${first.who} names service account ${first.account} and ${second.who} names ${second.account}: ` +
        'a pod has one. Give one account the rights on both, or use auth.secretRef on one side',
    },
  };
}

type Named = { who: string; account: string };

function accountsOf({ instance, storage }: Sides, access: Access): Named[] {
  const ofInstance = access.instanceStore === 'Full' ? instance?.spec.storage.auth : undefined;
  const ofStorage = access.backupStore === 'Full' ? storage?.spec.auth : undefined;
  const sides = [
    { who: `MilvusInstance ${instance?.metadata.name}`, account: ofInstance?.serviceAccountName },
    { who: `MilvusBackupStorage ${storage?.metadata.name}`, account: ofStorage?.serviceAccountName },
  ];
  return sides.flatMap(({ who, account }) => (account === undefined ? [] : [{ who, account }]));
}
