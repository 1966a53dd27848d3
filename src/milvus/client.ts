// SPDX-License-Identifier: Apache-2.0
// Opens a Milvus server: connection, version, features, and the calls of the contract over them.
import { hostname, userInfo } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { type Caller, createCaller } from './call.ts';
import { catalogCalls } from './catalog.ts';
import { openChannel } from './channel.ts';
import type { MilvusClient, MilvusOptions, ServerInfo } from './contract.ts';
import { dataCalls } from './data.ts';
import { definitionCalls } from './definition.ts';
import { isUnimplemented } from './errors.ts';
import { featuresOf } from './features.ts';
import { gcCalls } from './gc.ts';
import { importCalls } from './imports.ts';
import { versionOf } from './version.ts';

/** Connects and learns the version. Fails at once, with a reason, if the server is not there or refuses the login. */
export async function openMilvus(options: MilvusOptions, clock: Clock): Promise<MilvusClient> {
  const channel = await openChannel(options);
  try {
    const caller = await createCaller(channel, options, clock);
    const server = await learnServer(caller, clock);
    const { features } = server;
    return {
      address: options.address,
      server,
      ...catalogCalls(caller, features.describeDatabase),
      ...definitionCalls(caller, features.aliasesOutliveCollections),
      ...dataCalls(caller, features.loadRefresh),
      ...importCalls(caller),
      ...gcCalls(options, features.collectionGCPause),
      close: async () => channel.close(),
    };
  } catch (error) {
    channel.close();
    throw error;
  }
}

async function learnServer(caller: Caller, clock: Clock): Promise<ServerInfo> {
  const tag = await buildTag(caller, clock);
  const { message } = await caller.call<{ version: string }>({ rpc: 'GetVersion', request: {} });
  return { version: message.version || tag, features: featuresOf(versionOf(tag, message.version)) };
}

/** Connect came with 2.2.9; managed services name their line only here. */
async function buildTag(caller: Caller, clock: Clock): Promise<string> {
  const client_info = {
    sdk_type: 'milvus-backup-operator',
    sdk_version: '',
    local_time: new Date(clock.now()).toISOString(),
    user: userName(),
    host: hostname(),
  };
  try {
    const { message } = await caller.call<{ server_info: { build_tags: string } | null }>({
      rpc: 'Connect',
      request: { client_info },
    });
    return message.server_info?.build_tags ?? '';
  } catch (error) {
    if (isUnimplemented(error)) return '';
    throw error;
  }
}

/** A container's user need not have a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return '';
  }
}
