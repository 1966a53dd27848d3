// SPDX-License-Identifier: Apache-2.0
// Holds a run in the middle of its work: an object store behind a gate that a test shuts, and opens when it has done what
// it wanted to do meanwhile.
import { startStoreProxy, type StoreProxy, type Verb } from '../lab/store-proxy.ts';
import type { LabInfo } from '../lab/info.ts';
import { waitFor } from '../lab/wait.ts';

export type Gate = {
  /** The lab with its object store behind the gate, for `openWorld`. */
  lab: LabInfo;
  /** From now on such requests wait. The standard: the first binlogs that are copied, on the way out or back. */
  shut(aim?: { keys: RegExp; verbs?: readonly Verb[] }): void;
  /** When one of them waits. An engine waits a minute for an answer: open before. */
  reached(): Promise<void>;
  open(): void;
  /** How many requests have come so far, let through or not. */
  requests(): number;
  proxy: StoreProxy;
  close(): Promise<void>;
};

const binlogs = { keys: /(insert|delta)_log\//, verbs: ['copy', 'put', 'part'] as const };

export async function openGate(lab: LabInfo): Promise<Gate> {
  const proxy = await startStoreProxy({
    upstream: lab.minio.hostAddress,
    listen: { host: lab.hostAddress },
  });
  let opened = Promise.withResolvers<void>();
  let before = 0;
  const open = (): void => {
    proxy.setFault();
    opened.resolve();
  };
  return {
    lab: { ...lab, minio: { ...lab.minio, endpoint: proxy.endpoint } },
    proxy,
    open,
    shut(aim = binlogs) {
      opened = Promise.withResolvers();
      before = proxy.struck.length;
      proxy.setFault({ kind: 'hold', until: opened.promise, ...aim });
    },
    async reached() {
      await waitFor('a request at the gate', 90_000, () => proxy.struck.length > before || undefined);
    },
    requests: () => Object.values(proxy.counts).reduce((sum, count) => sum + count, 0),
    async close() {
      open();
      await proxy.close();
    },
  };
}
