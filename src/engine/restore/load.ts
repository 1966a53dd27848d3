// SPDX-License-Identifier: Apache-2.0
// Loads collections, waits until they are, and counts. Milvus gives no end to a load but its state, so only the run's
// signal bounds the wait.
import type { CollectionName } from '../../milvus/contract.ts';
import { patiently, type RestoreRun } from './run.ts';

export async function loadAndWait(run: RestoreRun, name: CollectionName, say: () => void): Promise<void> {
  await patiently(run, () => run.milvus.loadCollection(name));
  for (let wait = 300; ; wait = Math.min(3000, wait * 1.5)) {
    if ((await patiently(run, () => run.milvus.loadState(name))) === 'Loaded') return;
    say();
    await run.engine.clock.sleep(wait, run.signal);
  }
}

const looks = [0, 1000, 2000, 4000, 8000, 15_000];

/** Counts rows; a count that `isRight` refuses is asked again a few times: query nodes may lag behind the load. */
export async function countWhen(
  run: RestoreRun,
  name: CollectionName,
  isRight: (live: number) => boolean,
): Promise<number> {
  let live = 0;
  for (const wait of looks) {
    await run.engine.clock.sleep(wait, run.signal);
    live = await patiently(run, () => run.milvus.countRows(name));
    if (isRight(live)) break;
  }
  return live;
}
