// SPDX-License-Identifier: Apache-2.0
// The tests' own way to Milvus: the public SDK's connection and its raw calls, sharing no code with the engine's.
import { MilvusClient, promisify } from '@zilliz/milvus2-sdk-node';

export type Milvus = {
  address: string;
  /** Throws a MilvusRefusal unless the answer says success. */
  call<Answer = unknown>(rpc: string, request: object): Promise<Answer>;
  close(): Promise<void>;
};

export type Status = { code: number; error_code: string; reason: string };

/** What the server said instead of success. */
export class MilvusRefusal extends Error {
  readonly code: number;
  readonly reason: string;
  constructor(rpc: string, { code, error_code: legacy, reason }: Status) {
    super(`${rpc}: ${reason} (code ${code}, ${legacy})`);
    this.name = 'MilvusRefusal';
    this.code = code;
    this.reason = reason;
  }
}

const timeoutMs = 120_000;

export async function openMilvus(address: string): Promise<Milvus> {
  // The SDK's retries hide the server's own error, and its telemetry is a stream of calls nobody asked for.
  const client = new MilvusClient({ address, maxRetries: 0, telemetry: { enabled: false } });
  // Unawaited, its rejection would end the process.
  await client.connectPromise;
  return {
    address,
    call: async <Answer>(rpc: string, request: object) => {
      const answer: unknown = await promisify(client.channelPool, rpc, request, timeoutMs);
      const status = statusOf(answer);
      // The SDK turns a call that the server does not know into an empty success.
      if (status === undefined) throw new Error(`${rpc}: ${address} answered without a status`);
      if (status.code !== 0 || status.error_code !== 'Success') throw new MilvusRefusal(rpc, status);
      return answer as Answer;
    },
    close: async () => {
      await client.closeConnection();
    },
  };
}

/** Some calls answer a bare status, most answer a message that holds one. */
function statusOf(answer: unknown): Status | undefined {
  const message = answer as { status?: Status | null } & Partial<Status>;
  const status = message.status ?? message;
  return status.error_code === undefined ? undefined : (status as Status);
}

export type Pair = { key: string; value: string };

export function pairsOf(map: Record<string, string | number>): Pair[] {
  return Object.entries(map).map(([key, value]) => ({ key, value: String(value) }));
}
