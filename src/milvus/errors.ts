// SPDX-License-Identifier: Apache-2.0
// What a refusal by Milvus means to us. Two worlds: a Status inside an answer, and a gRPC failure without an answer.
import { type ServiceError, status as grpc } from '@grpc/grpc-js';
import { OperatorError } from '../base/error.ts';
import type { Reason } from '../base/reason.ts';
import { explainUnavailable } from './unavailable.ts';
import type { MilvusOptions } from './contract.ts';

/** common.Status: the legacy `error_code` and the `code` that 2.3 introduced. Both are zero on success. */
export type Status = { error_code: number; code: number; reason: string };

export type CallPlace = { rpc: string; options: Pick<MilvusOptions, 'address' | 'tls' | 'timeoutMs'> };

export const codes = {
  notReady: 1,
  unavailable: 2,
  rateLimit: 8,
  collectionNotFound: 100,
  collectionNotLoaded: 101,
  segmentNotFound: 600,
  indexNotFound: 700,
  databaseNotFound: 800,
  keyNotFound: 1000,
  notAuthenticated: 1400,
  privilegeNotPermitted: 1401,
  aliasNotFound: 1600,
  aliasExists: 1602,
  importFailed: 2100,
} as const;

/** Legacy numbers of servers before 2.3, which send no code. */
const legacyCodes: Record<number, number> = {
  4: codes.collectionNotFound,
  25: codes.indexNotFound,
  47: codes.segmentNotFound,
  49: codes.rateLimit,
};

const reasonsOfCodes: Record<number, Reason> = {
  [codes.notReady]: 'Unreachable',
  [codes.unavailable]: 'Unreachable',
  [codes.rateLimit]: 'Throttled',
  [codes.segmentNotFound]: 'CollectionChanging',
  [codes.notAuthenticated]: 'CredentialsRejected',
  [codes.privilegeNotPermitted]: 'CredentialsRejected',
};

export function isSuccess(status: Status): boolean {
  return status.code === 0 && status.error_code === 0;
}

/** The code, by the legacy number where the server sent no other. */
export function codeOf(status: Status): number {
  return status.code === 0 ? (legacyCodes[status.error_code] ?? 0) : status.code;
}

export function statusError({ rpc, options }: CallPlace, status: Status): OperatorError {
  const code = codeOf(status);
  const number = code === 0 ? `error_code ${status.error_code}` : `code ${code}`;
  return new OperatorError(
    reasonsOfCodes[code] ?? 'MilvusError',
    `${rpc} at Milvus ${options.address} failed: ${status.reason || 'no reason given'} (${number}).`,
    { cause: status },
  );
}

export function missingStatus({ rpc, options }: CallPlace): OperatorError {
  return new OperatorError(
    'MilvusError',
    `${rpc} at Milvus ${options.address} was answered without a status, which is no success: the server does not know this call, or something between answers for it.`,
  );
}

export async function grpcError(place: CallPlace, error: ServiceError): Promise<OperatorError> {
  const { rpc, options } = place;
  const at = `${rpc} at Milvus ${options.address}`;
  const make = (reason: Reason, message: string): OperatorError =>
    new OperatorError(reason, message, { cause: error });
  switch (error.code) {
    case grpc.UNAVAILABLE:
      return explainUnavailable(rpc, options, error);
    case grpc.DEADLINE_EXCEEDED:
      return make(
        'Unreachable',
        `${at} got no answer within ${options.timeoutMs / 1000} s: the server is busy, or packets to it are dropped on the way.`,
      );
    case grpc.UNAUTHENTICATED:
      return make(
        'CredentialsRejected',
        `${at} refused the login: ${error.details}. Check user name and password, and that both are given.`,
      );
    case grpc.PERMISSION_DENIED:
      return make(
        'CredentialsRejected',
        `${at} is not allowed for this user: ${error.details}. Grant it to the user, or use another one.`,
      );
    case grpc.RESOURCE_EXHAUSTED:
      return make('Throttled', `${at} was throttled: ${error.details}.`);
    case grpc.UNIMPLEMENTED:
      if (isPlainHttp(error)) {
        const who =
          'a Milvus that is starting, whose REST interface answers first, or another server on that port';
        return make('Unreachable', `${at} was answered in HTTP, not in gRPC: ${who} (${error.details}).`);
      }
      return make('MilvusError', `${at} is unknown to this version of Milvus: ${error.details}.`);
    default:
      return make('MilvusError', `${at} failed: ${error.details} (gRPC ${grpc[error.code]}).`);
  }
}

/** True for a call that the server's version does not have. */
export function isUnimplemented(error: unknown): boolean {
  const cause = error instanceof OperatorError ? error.cause : undefined;
  if (!(cause instanceof Error)) return false;
  const failure = cause as ServiceError;
  return failure.code === grpc.UNIMPLEMENTED && !isPlainHttp(failure);
}

/** grpc-js turns an HTTP 404 without gRPC into UNIMPLEMENTED; a restarting 2.3.5 answers so (measured). */
function isPlainHttp({ details }: ServiceError): boolean {
  return details.startsWith('Received HTTP status code');
}
