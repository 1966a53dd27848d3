// SPDX-License-Identifier: Apache-2.0
// The wire of Milvus as the SDK's embedded protocol knows it, without the SDK's interceptors: those turn an unknown call
// into an empty success and repeat failed ones. Messages keep their protocol names; int64 are decimal text, enums numbers.
import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import { getGRPCService } from '@zilliz/milvus2-sdk-node';

export type Method = MethodDefinition<object, object> & { responseType: { type: { name: string } } };

const serviceName = 'milvus.proto.milvus.MilvusService';
const shape = { keepCase: true, longs: String, enums: Number };

/** Every absent field is filled, absent messages are null. */
const filled: ServiceDefinition = getGRPCService({ serviceName }, { ...shape, defaults: true }).service;

/** Only what came is there: encoding it again gives what came, less what this protocol does not know. 0.1 s to build. */
let sparse: ServiceDefinition | undefined;

export function methodOf(rpc: string): Method {
  const method = filled[rpc];
  if (!method) throw new Error(`The embedded protocol has no call ${rpc}`);
  return method as unknown as Method;
}

/** Some calls answer a bare Status, most answer a message that holds one. */
export function answersStatus(method: Method): boolean {
  return method.responseType.type.name === 'Status';
}

export function encodeResponse(rpc: string, message: object): Uint8Array {
  return methodOf(rpc).responseSerialize(message);
}

export function decodeResponse(rpc: string, bytes: Uint8Array): object {
  return methodOf(rpc).responseDeserialize(Buffer.from(bytes));
}

/**
 * True if encoding what was understood of `raw` does not give as many bytes: the server knows fields that this protocol
 * does not. Lengths are compared because the order of a map's entries is free.
 */
export function losesFields(rpc: string, raw: Uint8Array): boolean {
  sparse ??= getGRPCService({ serviceName }, shape).service;
  const method = sparse[rpc] as unknown as Method;
  return method.responseSerialize(method.responseDeserialize(Buffer.from(raw))).length !== raw.length;
}
