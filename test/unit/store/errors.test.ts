// SPDX-License-Identifier: Apache-2.0
// Every situation that the room tells apart: its reason for readers and for writers, and whether trying again helps.
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../src/base/error.ts';
import type { Reason } from '../../../src/base/reason.ts';
import { notAnObjectStore, toOperatorError, type Situation } from '../../../src/store/errors.ts';
import { kindOf, readFailure } from '../../../src/store/failure.ts';

const place = { endpoint: 'minio:9000', bucket: 'backups', isTls: false };
const reading: Situation = { verb: 'read', key: 'a/b', access: 'read', permission: 's3:GetObject' };
const writing: Situation = { verb: 'write', key: 'a/b', access: 'write', permission: 's3:PutObject' };

/** What the SDK throws for an answer of the store. */
function answer(status: number, name = 'Unknown', message = 'UnknownError'): unknown {
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

/** What Node throws for a connection. */
function broken(code: string, message = ''): unknown {
  return Object.assign(new Error(message), { code });
}

type Row = [
  name: string,
  error: unknown,
  reason: Reason | [Reason, Reason],
  again: 'again' | 'login' | 'never',
  text: RegExp,
];

const rows: Row[] = [
  ['a closed port', broken('ECONNREFUSED'), 'Unreachable', 'again', /connection was refused/],
  [
    'both addresses closed',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    'Unreachable',
    'again',
    /connection was refused/,
  ],
  ['an unknown host', broken('ENOTFOUND'), 'Unreachable', 'again', /host name is not known/],
  ['DNS that does not answer', broken('EAI_AGAIN'), 'Unreachable', 'again', /host name is not known/],
  [
    'silence',
    Object.assign(new Error('x'), { name: 'TimeoutError' }),
    'Unreachable',
    'again',
    /no answer in time/,
  ],
  ['a connect that takes too long', broken('ETIMEDOUT'), 'Unreachable', 'again', /no answer in time/],
  ['a reset', broken('ECONNRESET'), 'Unreachable', 'again', /was cut.*tls\.enabled: true/],
  ['a write into a closed socket', broken('EPIPE'), 'Unreachable', 'again', /was cut/],
  ['no route', broken('EHOSTUNREACH'), 'Unreachable', 'again', /no route/],
  [
    'TLS to a plain port',
    broken('EPROTO', 'x:SSL routines::wrong version number:y'),
    'TLSFailed',
    'never',
    /tls\.enabled: false/,
  ],
  ['TLS to junk', broken('ERR_SSL_PACKET_LENGTH_TOO_LONG'), 'TLSFailed', 'never', /without TLS/],
  [
    'HTTP to Go’s TLS port',
    answer(400, 'Error', 'Client sent an HTTP request to an HTTPS server.'),
    'TLSFailed',
    'never',
    /tls\.enabled: true/,
  ],
  [
    'HTTP to nginx’s TLS port',
    answer(400, 'Error', 'The plain HTTP request was sent to HTTPS port'),
    'TLSFailed',
    'never',
    /tls\.enabled: true/,
  ],
  ['a TLS alert', broken('HPE_INVALID_CONSTANT'), 'TLSFailed', 'never', /expects TLS/],
  ['a handshake', broken('EPROTO', 'alert protocol version'), 'TLSFailed', 'never', /handshake failed/],
  [
    'an unknown CA',
    broken('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify'),
    'TLSFailed',
    'never',
    /not trusted/,
  ],
  [
    'an old certificate',
    broken('CERT_HAS_EXPIRED', 'certificate has expired'),
    'TLSFailed',
    'never',
    /has expired/,
  ],
  ['another host', broken('ERR_TLS_CERT_ALTNAME_INVALID', 'x'), 'TLSFailed', 'never', /not trusted/],
  [
    'an unknown key',
    answer(403, 'InvalidAccessKeyId', 'no such key'),
    'CredentialsRejected',
    'login',
    /rejected/,
  ],
  ['a wrong signature', answer(403, 'SignatureDoesNotMatch'), 'CredentialsRejected', 'login', /rejected/],
  ['an old token', answer(400, 'ExpiredToken'), 'CredentialsRejected', 'login', /rejected/],
  ['a bare 401', answer(401), 'CredentialsRejected', 'login', /rejected/],
  [
    'no identity',
    Object.assign(new Error('x'), { name: 'CredentialsProviderError' }),
    'CredentialsRejected',
    'login',
    /no credentials were found/,
  ],
  ['a clock', answer(403, 'RequestTimeTooSkewed'), 'CredentialsRejected', 'again', /clock/],
  [
    'a refusal',
    answer(403, 'AccessDenied'),
    ['CredentialsRejected', 'TargetReadOnly'],
    'login',
    /s3:(Get|Put)Object is missing/,
  ],
  [
    'a bare 403',
    answer(403),
    ['CredentialsRejected', 'TargetReadOnly'],
    'login',
    /s3:(Get|Put)Object is missing/,
  ],
  ['an absent bucket', answer(404, 'NoSuchBucket'), 'BucketNotFound', 'never', /no bucket backups/],
  ['an absent object', answer(404, 'NoSuchKey'), 'ObjectMissing', 'never', /does not exist/],
  ['a bare 404', answer(404, 'NotFound'), 'ObjectMissing', 'never', /does not exist/],
  ['another version', answer(412, 'PreconditionFailed'), 'ObjectMissing', 'never', /another version/],
  ['a lock by its code', answer(403, 'ObjectLocked'), 'ObjectLocked', 'never', /locked/],
  [
    'a lock by MinIO’s words',
    answer(400, 'InvalidRequest', 'Object is WORM protected and cannot be overwritten'),
    'ObjectLocked',
    'never',
    /locked/,
  ],
  [
    'a lock by Amazon’s words',
    answer(403, 'AccessDenied', 'Access Denied because object protected by object lock.'),
    'ObjectLocked',
    'never',
    /locked/,
  ],
  ['a lock of Aliyun', answer(409, 'FileImmutable'), 'ObjectLocked', 'never', /locked/],
  ['another region', answer(301, 'PermanentRedirect'), 'InvalidConfiguration', 'never', /region/],
  [
    'a signature for another region',
    answer(400, 'AuthorizationHeaderMalformed', "the region 'a' is wrong; expecting 'b'"),
    'InvalidConfiguration',
    'never',
    /expecting 'b'/,
  ],
  [
    'no region',
    new Error('Region is missing'),
    'InvalidConfiguration',
    'never',
    /region is wrong or missing/,
  ],
  [
    'path addressing at Aliyun',
    answer(403, 'SecondLevelDomainForbidden'),
    'InvalidConfiguration',
    'never',
    /VirtualHosted/,
  ],
  ['a bucket name', answer(400, 'InvalidBucketName'), 'InvalidConfiguration', 'never', /not legal/],
  ['SlowDown', answer(503, 'SlowDown'), 'Throttled', 'again', /slow down/],
  ['a bare 503', answer(503), 'Throttled', 'again', /slow down/],
  ['429', answer(429), 'Throttled', 'again', /slow down/],
  ['a full disk', answer(507, 'XMinioStorageFull'), 'StoreError', 'never', /no room/],
  ['a quota', answer(403, 'QuotaExceeded'), 'StoreError', 'never', /no room/],
  ['500', answer(500), 'StoreError', 'again', /the store failed/],
  ['an error in a 200', answer(503, 'InternalError'), 'StoreError', 'again', /the store failed/],
  [
    'a conflict of writers',
    answer(409, 'ConditionalRequestConflict'),
    'StoreError',
    'again',
    /the store failed/,
  ],
  ['an upload that was aborted', answer(404, 'NoSuchUpload'), 'StoreError', 'never', /NoSuchUpload/],
  [
    'a bad argument',
    answer(400, 'InvalidArgument', 'that is wrong'),
    'StoreError',
    'never',
    /\(InvalidArgument: that is wrong\)/,
  ],
  ['a web page', notAnObjectStore(), 'StoreError', 'never', /no object store/],
  ['a text', 'thrown', 'StoreError', 'never', /\(thrown\)/],
  ['nothing', undefined, 'StoreError', 'never', /the request failed/],
];

describe('failures', () => {
  it.each(rows)('%s', (_name, error, reason, again, text) => {
    const [whenReading, whenWriting] = typeof reason === 'string' ? [reason, reason] : reason;
    expect(toOperatorError(error, place, reading, []).reason).toBe(whenReading);
    expect(toOperatorError(error, place, writing, []).reason).toBe(whenWriting);
    const { isTransient = false, isLogin = false } = kindOf(readFailure(error));
    expect({ isTransient, isLogin }).toEqual({ isTransient: again === 'again', isLogin: again === 'login' });
    const { message } = toOperatorError(error, place, reading, []);
    expect(message).toMatch(/^Could not read s3:\/\/backups\/a\/b at minio:9000: .+\. .+\.$/);
    expect(message).toMatch(text);
    expect(message).not.toMatch(/\n|undefined|Unknown/);
  });

  it('pass an error that has its reason already', () => {
    const error = new OperatorError('SecretNotFound', 'x');
    expect(toOperatorError(error, place, reading, [])).toBe(error);
  });
});

describe('texts', () => {
  it('hold no credentials, whatever the store says', () => {
    const said = 'no key AKIAEXAMPLE with secret hunter2222, authorization: AWS4-HMAC';
    const { message } = toOperatorError(answer(403, 'InvalidAccessKeyId', said), place, reading, [
      'AKIAEXAMPLE',
      'hunter2222',
    ]);
    expect(message).not.toMatch(/AKIAEXAMPLE|hunter2222|AWS4-HMAC/);
  });

  it('cut what the store says', () => {
    const { message } = toOperatorError(answer(400, 'X', 'long '.repeat(10_000)), place, reading, []);
    expect(message.length).toBeLessThan(500);
  });

  it('speak of the bucket where there is no key, and of another bucket where it is that one', () => {
    const { key: _key, ...about } = reading;
    expect(toOperatorError(answer(500), place, about, []).message).toContain('read s3://backups at');
    const { message } = toOperatorError(
      answer(404, 'NoSuchBucket'),
      place,
      { ...reading, bucket: 'other' },
      [],
    );
    expect(message).toMatch(/s3:\/\/other\/a\/b.*no bucket other/);
  });

  it('offer TLS only to who does not use it', () => {
    const text = (isTls: boolean) =>
      toOperatorError(broken('ECONNRESET'), { ...place, isTls }, reading, []).message;
    expect(text(false)).toContain('tls.enabled');
    expect(text(true)).not.toContain('tls.enabled');
  });
});
