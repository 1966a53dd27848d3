// SPDX-License-Identifier: Apache-2.0
// Loading. A loaded collection does not show imported rows at once: 2.3.5 finds them after up to 20 s, or within a few
// seconds when told to refresh. GetLoadState stays Loaded meanwhile; only GetLoadingProgress knows of the refresh.
import type { Caller } from './call.ts';
import type { CollectionName, LoadState, MilvusClient } from './contract.ts';

export function byName(name: CollectionName): { db_name: string; collection_name: string } {
  return { db_name: name.database, collection_name: name.name };
}

export function loading(
  caller: Caller,
  canRefresh: boolean,
): Pick<MilvusClient, 'loadState' | 'loadCollection'> {
  const refreshing = new Set<string>();
  const keyOf = (name: CollectionName): string => `${name.database}.${name.name}`;
  return {
    async loadCollection(name) {
      const refresh = canRefresh && (await loadState(caller, name)) === 'Loaded';
      const request = { ...byName(name), replica_number: 1, refresh };
      await caller.call({ rpc: 'LoadCollection', request, database: name.database });
      if (refresh) refreshing.add(keyOf(name));
    },
    async loadState(name, partition) {
      const state = await loadState(caller, name, partition);
      if (state !== 'Loaded' || !refreshing.has(keyOf(name))) return state;
      if (!(await isRefreshed(caller, name))) return 'Loading';
      refreshing.delete(keyOf(name));
      return 'Loaded';
    },
  };
}

/** common.LoadState; 0 is a collection that does not exist. */
const loadStates: Record<number, LoadState> = { 2: 'Loading', 3: 'Loaded' };

async function loadState(caller: Caller, name: CollectionName, partition?: string): Promise<LoadState> {
  const { message } = await caller.call<{ state: number }>({
    rpc: 'GetLoadState',
    request: { ...byName(name), partition_names: partition === undefined ? [] : [partition] },
    database: name.database,
  });
  return loadStates[message.state] ?? 'NotLoad';
}

async function isRefreshed(caller: Caller, name: CollectionName): Promise<boolean> {
  const { message } = await caller.call<{ refresh_progress: string }>({
    rpc: 'GetLoadingProgress',
    request: byName(name),
    database: name.database,
  });
  return Number(message.refresh_progress) >= 100;
}
