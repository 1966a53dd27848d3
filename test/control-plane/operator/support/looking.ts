// SPDX-License-Identifier: Apache-2.0
// Waiting for what a watch tells: each change is looked at as it comes, so that nothing is missed that does not last.
import type { KubeObject } from '../../../../src/kube/resource.ts';
import type { Store } from '../../../../src/kube/store.ts';
import { waitFor } from '../../../lab/wait.ts';

type Looking<T> = {
  store: Store<KubeObject>;
  look: () => T | undefined;
  timeoutMs: number;
  explain?: () => string;
};

/** Until `look` finds it, in what stands there now or in any change from now on. */
export async function untilOneOf<T>(
  what: string,
  { store, look, timeoutMs, explain }: Looking<T>,
): Promise<T> {
  let found: T | undefined;
  const leave = store.subscribe(() => {
    found ??= look();
  });
  try {
    return await waitFor(what, timeoutMs, () => (found ??= look()), explain);
  } finally {
    leave();
  }
}
