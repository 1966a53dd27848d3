// SPDX-License-Identifier: Apache-2.0
import type { ServiceError } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import type { MilvusOptions } from '../../../src/milvus/contract.ts';
import { codeOf, isSuccess, isUnimplemented, statusError, grpcError } from '../../../src/milvus/errors.ts';
import { explainUnavailable } from '../../../src/milvus/unavailable.ts';

const options = (mode: MilvusOptions['tls']['mode']) => ({
  address: 'milvus:19530',
  tls: { mode },
  timeoutMs: 5000,
});

function failure(details: string, code = 14): ServiceError {
  return Object.assign(new Error(details), { code, details, metadata: {} }) as unknown as ServiceError;
}

/** Around what grpc-js puts its padding. */
function padded(words: string): string {
  return `No connection established. Last error: ${words}. Resolution note: `;
}

const ssl = (words: string) =>
  `4097B9BDA77F0000:error:0A00010B:SSL routines:${words}:../deps/openssl/tls.c:77:\n`;

/** Texts that grpc-js 1.14 on Node 24 gave against a real 2.3.5 (and one against a server on Node). */
const seen: [string, MilvusOptions['tls']['mode'], string, string, RegExp][] = [
  [
    'nothing listens',
    'Disabled',
    padded('Error: connect ECONNREFUSED 10.0.0.1:1'),
    'Unreachable',
    /nothing listens at milvus:19530/,
  ],
  [
    'no such name',
    'Server',
    'Name resolution failed for target dns:milvus:19530',
    'Unreachable',
    /cannot be resolved/,
  ],
  ['no way', 'Disabled', padded('Error: connect EHOSTUNREACH 10.0.0.1:1'), 'Unreachable', /network policies/],
  [
    'plain server',
    'Server',
    padded(`Error: ${ssl('tls_validate_record_header:wrong version number')}`),
    'TLSFailed',
    /speaks plain text/,
  ],
  [
    'client certificate',
    'Server',
    padded(ssl('ssl3_read_bytes:ssl/tls alert bad certificate')),
    'TLSFailed',
    /wants TLS mode Mutual/,
  ],
  [
    'client certificate, other version',
    'Server',
    padded(ssl('ssl3_read_bytes:tlsv13 alert certificate required')),
    'TLSFailed',
    /wants TLS mode Mutual/,
  ],
  [
    'unknown CA',
    'Server',
    padded(
      'Error: unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca',
    ),
    'TLSFailed',
    /Name the CA file/,
  ],
  ['self-signed', 'Server', padded('Error: self-signed certificate'), 'TLSFailed', /Name the CA file/],
  [
    'other name',
    'Server',
    padded(
      "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames: Host: x.",
    ),
    'TLSFailed',
    /for another name/,
  ],
  ['expired', 'Server', padded('Error: certificate has expired'), 'TLSFailed', /not valid at this time/],
  ['lost', 'Server', 'Connection dropped', 'Unreachable', /broke or is none of gRPC/],
];

describe('a connection that did not come to be', () => {
  it.each(seen)('%s', async (_, mode, details, reason, words) => {
    const error = await explainUnavailable('Connect', options(mode), failure(details));
    expect(error).toMatchObject({ reason, message: expect.stringMatching(words) });
    expect(error.message).not.toMatch(/Resolution note|No connection established|[0-9A-F]{16}/);
  });
});

describe('a call without an answer', () => {
  it('says after how long', async () => {
    const error = await grpcError(
      { rpc: 'Flush', options: options('Disabled') },
      failure('Deadline exceeded', 4),
    );
    expect(error).toMatchObject({ reason: 'Unreachable', message: expect.stringContaining('within 5 s') });
    expect(isUnimplemented(error)).toBe(false);
  });

  it('is told when it is not known', async () => {
    const error = await grpcError(
      { rpc: 'Flush', options: options('Disabled') },
      failure('unknown method', 12),
    );
    expect(isUnimplemented(error)).toBe(true);
    expect(isUnimplemented(error.cause)).toBe(false);
  });

  it('is not taken for one that is not known when plain HTTP answered', async () => {
    const details = 'Received HTTP status code 404';
    const error = await grpcError({ rpc: 'Flush', options: options('Disabled') }, failure(details, 12));
    expect(error.reason).toBe('Unreachable');
    expect(isUnimplemented(error)).toBe(false);
  });
});

describe('a status', () => {
  it('is success only if both numbers are', () => {
    expect(isSuccess({ code: 0, error_code: 0, reason: '' })).toBe(true);
    expect(isSuccess({ code: 100, error_code: 0, reason: '' })).toBe(false);
    expect(isSuccess({ code: 0, error_code: 1, reason: '' })).toBe(false);
  });

  it.each([
    [{ code: 100, error_code: 1, reason: '' }, 100],
    [{ code: 0, error_code: 4, reason: '' }, 100],
    [{ code: 0, error_code: 1, reason: '' }, 0],
  ])('%o has code %i', (status, code) => {
    expect(codeOf(status)).toBe(code);
  });

  it('tells call, address, words and number', () => {
    const place = { rpc: 'Flush', options: options('Disabled') };
    expect(statusError(place, { code: 65535, error_code: 1, reason: 'why' }).message).toBe(
      'Flush at Milvus milvus:19530 failed: why (code 65535).',
    );
    expect(statusError(place, { code: 0, error_code: 1, reason: '' }).message).toBe(
      'Flush at Milvus milvus:19530 failed: no reason given (error_code 1).',
    );
  });
});
