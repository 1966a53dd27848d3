// SPDX-License-Identifier: Apache-2.0
// A gRPC server that says what a test wants said, byte for byte: for answers that no real server gives on demand.
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type handleUnaryCall,
  type sendUnaryData,
} from '@grpc/grpc-js';
import { methodOf } from '../../src/milvus/service.ts';

export type Seen = { rpc: string; request: Record<string, unknown>; metadata: Record<string, unknown> };

/** What to answer: a message, bytes, or a gRPC failure `{ code, details }`. Undefined: never. */
export type Reply = (seen: Seen) => object | Uint8Array | undefined;

export type Stub = { address: string; seen: Seen[]; stop: () => void };

export const success = { status: { code: 0 } };

/** Enough of a server to open a client. */
export const standard: Record<string, Reply> = {
  Connect: () => ({ ...success, server_info: { build_tags: 'v2.4.23' } }),
  GetVersion: () => ({ ...success, version: 'v2.4.23' }),
};

/** Calls that are not named are unimplemented. */
export async function startStub(
  replies: Record<string, Reply>,
  {
    credentials = ServerCredentials.createInsecure(),
    address = '127.0.0.1:0',
  }: { credentials?: ServerCredentials; address?: string } = {},
): Promise<Stub> {
  const server = new Server();
  const seen: Seen[] = [];
  const methods = Object.keys(replies).map((rpc) => [rpc, passBytes(methodOf(rpc))] as const);
  const handlers = Object.entries(replies).map(([rpc, reply]) => [rpc, handler(rpc, reply, seen)] as const);
  server.addService(Object.fromEntries(methods), Object.fromEntries(handlers));
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: `127.0.0.1:${port}`, seen, stop: () => server.forceShutdown() };
}

function passBytes(method: MethodDefinition<object, object>): MethodDefinition<object, object> {
  const responseSerialize = (answer: object): Buffer =>
    answer instanceof Uint8Array ? Buffer.from(answer) : method.responseSerialize(answer);
  return { ...method, responseSerialize };
}

function handler(rpc: string, reply: Reply, seen: Seen[]): handleUnaryCall<object, object> {
  return (call: ServerUnaryCall<object, object>, done: sendUnaryData<object>) => {
    const metadata = call.metadata.getMap();
    const one = { rpc, request: call.request as Record<string, unknown>, metadata };
    seen.push(one);
    const answer = reply(one);
    if (answer === undefined) return;
    if ('details' in answer) done(answer as { code: number; details: string });
    else done(null, answer);
  };
}
