// SPDX-License-Identifier: Apache-2.0
// Holds a run in the middle of its work: an object store behind a gate that a test shuts, and opens when it has done what
// it wanted to do meanwhile.
import { startStoreProxy, type Fault, type StoreProxy, type Verb } from '../lab/store-proxy.ts';
import type { LabInfo } from '../lab/info.ts';
import { waitFor } from '../lab/wait.ts';

/** A part of it that opens by itself. */
export type Wing = {
  /** When a request waits at it. An engine waits a minute for an answer: open before. */
  reached(): Promise<void>;
  open(): void;
};

export type Gate = {
  /** The lab with its object store behind the gate, for `openWorld`. */
  lab: LabInfo;
  /**
   * From now on such requests wait, besides those that do already. The standard: the first binlogs that are copied, on the
   * way out or back.
   */
  shut(aim?: { keys: RegExp; verbs?: readonly Verb[] }): Wing;
  /** For all that wait. */
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
  const wings = new Map<Fault, () => void>();
  const tell = (): void => proxy.setFault(...wings.keys());
  const open = (fault: Fault): void => {
    const resolve = wings.get(fault);
    wings.delete(fault);
    tell();
    resolve?.();
  };
  const openAll = (): void => {
    for (const fault of wings.keys()) open(fault);
    // Whatever else a test has set.
    proxy.setFault();
  };
  return {
    lab: { ...lab, minio: { ...lab.minio, endpoint: proxy.endpoint } },
    proxy,
    open: openAll,
    shut(aim = binlogs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      const fault: Fault = { kind: 'hold', until: promise, ...aim };
      const before = proxy.struck.length;
      wings.set(fault, resolve);
      tell();
      const isReached = (): boolean =>
        proxy.struck.slice(before).some(({ kind, key }) => kind === 'hold' && aim.keys.test(key));
      return {
        open: () => open(fault),
        async reached() {
          await waitFor(`a request for ${aim.keys} at the gate`, 90_000, () => isReached() || undefined);
        },
      };
    },
    requests: () => Object.values(proxy.counts).reduce((sum, count) => sum + count, 0),
    async close() {
      openAll();
      await proxy.close();
    },
  };
}
