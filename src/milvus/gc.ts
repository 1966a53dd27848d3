// SPDX-License-Identifier: Apache-2.0
// Pausing the server's garbage collection, over its management port. A pause is a lease: nobody is hurt if it is not
// resumed, and it is lost when the coordinator restarts.
import { OperatorError, messageOf } from '../base/error.ts';
import type { MilvusClient, MilvusOptions } from './contract.ts';

type GC = Pick<MilvusClient, 'pauseGC' | 'resumeGC'>;

/** A pause takes a moment; where a firewall swallows the question, nobody shall wait for it as for a flush. */
const patienceMs = 10_000;

const path = '/management/datacoord/garbage_collection';

export function gcCalls(
  options: Pick<MilvusOptions, 'managementAddress' | 'timeoutMs'>,
  byCollection: boolean,
): GC {
  return {
    async pauseGC(seconds, collectionId) {
      const scope = byCollection && collectionId !== undefined ? { collection_id: String(collectionId) } : {};
      const answer = await ask(options, 'pause', { pause_seconds: String(seconds), ...scope });
      if (!answer) return undefined;
      const { ticket } = answer;
      return ticket === undefined ? 'instance' : { collectionId: collectionId ?? 0n, ticket };
    },
    async resumeGC({ ticket }) {
      await ask(options, 'resume', { ticket });
    },
  };
}

/** Undefined where the server has no such path: 2.3.5 answers 404. */
async function ask(
  options: Pick<MilvusOptions, 'managementAddress' | 'timeoutMs'>,
  verb: 'pause' | 'resume',
  query: Record<string, string>,
): Promise<{ ticket?: string } | undefined> {
  const { managementAddress, timeoutMs } = options;
  if (managementAddress === undefined) return undefined;
  const url = `${managementAddress.replace(/\/$/, '')}${path}/${verb}?${new URLSearchParams(query).toString()}`;
  const [status, text] = await get(url, Math.min(timeoutMs, patienceMs)).catch((error: unknown) => {
    throw unreachable(managementAddress, error);
  });
  if (status === 404) return undefined;
  if (status === 200) return ticketIn(text);
  throw new OperatorError(
    'MilvusError',
    `GET ${path}/${verb} at ${managementAddress} failed with HTTP ${status}: ${text.slice(0, 500)}`,
  );
}

async function get(url: string, timeoutMs: number): Promise<[status: number, text: string]> {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  return [response.status, await response.text()];
}

function unreachable(address: string, error: unknown): OperatorError {
  const why = error instanceof Error && error.cause ? messageOf(error.cause) : messageOf(error);
  return new OperatorError(
    'Unreachable',
    `The management port of Milvus at ${address} did not answer: ${why}. Check the address and network policies.`,
    { cause: error },
  );
}

function ticketIn(text: string): { ticket?: string } {
  try {
    const { ticket } = JSON.parse(text) as { ticket?: unknown };
    return typeof ticket === 'string' && ticket !== '' ? { ticket } : {};
  } catch {
    return {};
  }
}
