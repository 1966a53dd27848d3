// SPDX-License-Identifier: Apache-2.0
// A storage `held` whose data stand still where a test wants them to: a proxy on this machine before the lab's object
// store. What is not held passes at once.
import type { LabInfo } from '../lab/info.ts';
import { startStoreProxy, type Fault } from '../lab/store-proxy.ts';
import { waitFor } from '../lab/wait.ts';
import { openBuckets } from './bad-buckets.ts';
import type { World } from './world.ts';

export type Hold = {
  /** Until a request for data waits here. */
  reached(): Promise<void>;
  release(): void;
};

export type HeldStore = {
  /** Lets no object of that backup's data through from now on, neither in nor out. */
  hold(backupName: string): Hold;
  /** Keys of all that lies there of that backup. */
  keysOf(backupName: string): Promise<string[]>;
  /** How the store treats everybody, besides what is held. */
  setFault(...faults: Fault[]): void;
  /** As spec of a MilvusBackupStorage, or of the storage of a MilvusInstance. */
  endpoint: string;
  close(): Promise<void>;
};

export async function openHeldStore(lab: LabInfo, world: World): Promise<HeldStore> {
  const buckets = openBuckets(lab);
  const proxy = await startStoreProxy({
    upstream: lab.minio.hostAddress,
    listen: { host: lab.hostAddress },
  });
  const prefix = `${world.prefix}-held`;
  const holds = new Set<Fault>();
  const releases = new Set<() => void>();
  let others: Fault[] = [];
  const tell = (): void => proxy.setFault(...others, ...holds);
  await world.applyStorage('held', { endpoint: proxy.endpoint, prefix });
  return {
    endpoint: proxy.endpoint,
    hold(backupName) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const keys = new RegExp(`/${backupName}/binlogs/`);
      const fault: Fault = { kind: 'hold', keys, verbs: ['put', 'part', 'copy', 'get'], until: promise };
      const release = (): void => {
        holds.delete(fault);
        tell();
        resolve();
      };
      holds.add(fault);
      releases.add(release);
      tell();
      const isHeld = (): boolean => proxy.struck.some(({ kind, key }) => kind === 'hold' && keys.test(key));
      const reached = async (): Promise<void> => {
        await waitFor(`a request for ${keys} to be held`, 120_000, () => isHeld() || undefined);
      };
      return { release, reached };
    },
    async keysOf(backupName) {
      return [...(await buckets.etags(lab.minio.backupBucket, `${prefix}/${backupName}/`)).keys()];
    },
    setFault(...faults) {
      others = faults;
      tell();
    },
    async close() {
      for (const release of releases) release();
      await proxy.close();
      buckets.close();
    },
  };
}
