// SPDX-License-Identifier: Apache-2.0
// A gRPC connection of our own: no interceptors, no retries of grpc-js, messages of any size, keepalive.
import { readFile } from 'node:fs/promises';
import { ChannelCredentials, Client, type ClientOptions, credentials } from '@grpc/grpc-js';
import { OperatorError, messageOf } from '../base/error.ts';
import type { MilvusOptions } from './contract.ts';

type TLS = MilvusOptions['tls'];

export async function openChannel(options: MilvusOptions): Promise<Client> {
  const { tls, address } = options;
  const secrets = await credentialsOf(tls, address);
  try {
    return new Client(address, secrets, channelOptions(tls));
  } catch (error) {
    throw new OperatorError(
      'InvalidConfiguration',
      `"${address}" is not an address of Milvus (host:port): ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

function channelOptions(tls: TLS): ClientOptions {
  const serverName = tls.mode === 'Disabled' ? undefined : tls.serverName;
  return {
    'grpc.max_receive_message_length': -1,
    'grpc.max_send_message_length': -1,
    // Milvus tolerates a ping every 5 s, also without a call.
    'grpc.keepalive_time_ms': 10_000,
    'grpc.keepalive_timeout_ms': 20_000,
    'grpc.keepalive_permit_without_calls': 1,
    'grpc.enable_retries': 0,
    'grpc.service_config_disable_resolution': 1,
    // Own connections, tried again soon: the caller decides how long it waits for a server that restarts.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.initial_reconnect_backoff_ms': 250,
    'grpc.max_reconnect_backoff_ms': 3000,
    'grpc.primary_user_agent': 'milvus-backup-operator',
    ...(serverName && { 'grpc.ssl_target_name_override': serverName, 'grpc.default_authority': serverName }),
  };
}

async function credentialsOf(tls: TLS, address: string): Promise<ChannelCredentials> {
  if (tls.mode === 'Disabled') return credentials.createInsecure();
  const ca = await read(tls.caFile, 'CA certificate', address);
  const mutual = tls.mode === 'Mutual';
  const cert = mutual ? await read(tls.certFile, 'client certificate', address) : null;
  const key = mutual ? await read(tls.keyFile, 'client key', address) : null;
  if (mutual && !(cert && key)) {
    throw new OperatorError(
      'TLSFailed',
      `TLS mode Mutual for Milvus at ${address} needs a client certificate and its key, but one of the two files is not named.`,
    );
  }
  try {
    return credentials.createSsl(ca, key, cert);
  } catch (error) {
    throw new OperatorError(
      'TLSFailed',
      `The certificates for Milvus at ${address} cannot be used: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

async function read(path: string | undefined, what: string, address: string): Promise<Buffer | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path);
  } catch (error) {
    throw new OperatorError(
      'TLSFailed',
      `The ${what} for Milvus at ${address} cannot be read: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}
