// SPDX-License-Identifier: Apache-2.0
// What a failed request means: one reading of everything that the SDK, Node's sockets and TLS may throw. It decides
// nothing about the text (errors.ts) nor about trying again (request.ts); it says which situation it is.
import { messageOf } from '../base/error.ts';
import type { Reason } from '../base/reason.ts';

/** What the room knows of a failure before it becomes an error with a text. */
export type Failure = {
  kind: FailureKind;
  /** The store's own code or the system's, for the message. */
  code: string;
  /** The store's own words, if it had some. */
  said: string;
};

export type FailureKind = keyof typeof kinds;

/** What follows from a situation. */
export type Kind = {
  /** By access: a refusal means something else for a reader than for a writer. */
  reason: Reason | { read: Reason; write: Reason };
  /** The same request may succeed in a moment. */
  isTransient?: true;
  /** It may succeed with credentials read anew. */
  isLogin?: true;
};

const kinds = {
  refused: { reason: 'Unreachable', isTransient: true },
  unknownHost: { reason: 'Unreachable', isTransient: true },
  timeout: { reason: 'Unreachable', isTransient: true },
  cut: { reason: 'Unreachable', isTransient: true },
  unreachable: { reason: 'Unreachable', isTransient: true },
  plainServer: { reason: 'TLSFailed' },
  tlsServer: { reason: 'TLSFailed' },
  certificate: { reason: 'TLSFailed' },
  handshake: { reason: 'TLSFailed' },
  login: { reason: 'CredentialsRejected', isLogin: true },
  noLogin: { reason: 'CredentialsRejected', isLogin: true },
  clock: { reason: 'CredentialsRejected', isTransient: true },
  denied: { reason: { read: 'CredentialsRejected', write: 'TargetReadOnly' }, isLogin: true },
  locked: { reason: 'ObjectLocked' },
  noBucket: { reason: 'BucketNotFound' },
  noObject: { reason: 'ObjectMissing' },
  changed: { reason: 'ObjectMissing' },
  region: { reason: 'InvalidConfiguration' },
  addressing: { reason: 'InvalidConfiguration' },
  bucketName: { reason: 'InvalidConfiguration' },
  throttled: { reason: 'Throttled', isTransient: true },
  full: { reason: 'StoreError' },
  server: { reason: 'StoreError', isTransient: true },
  notS3: { reason: 'StoreError' },
  other: { reason: 'StoreError' },
} as const satisfies Record<string, Kind>;

export function kindOf(failure: Failure): Kind {
  return kinds[failure.kind];
}

const byCode = new Map<string, FailureKind>(
  Object.entries({
    ECONNREFUSED: 'refused',
    ENOTFOUND: 'unknownHost',
    EAI_AGAIN: 'unknownHost',
    ETIMEDOUT: 'timeout',
    TimeoutError: 'timeout',
    RequestTimeout: 'timeout',
    ECONNRESET: 'cut',
    EPIPE: 'cut',
    ECONNABORTED: 'cut',
    ERR_STREAM_PREMATURE_CLOSE: 'cut',
    EHOSTUNREACH: 'unreachable',
    ENETUNREACH: 'unreachable',

    ERR_SSL_WRONG_VERSION_NUMBER: 'plainServer',
    ERR_SSL_PACKET_LENGTH_TOO_LONG: 'plainServer',

    InvalidAccessKeyId: 'login',
    SignatureDoesNotMatch: 'login',
    ExpiredToken: 'login',
    TokenRefreshRequired: 'login',
    InvalidToken: 'login',
    InvalidSecurity: 'login',
    NotSignedUp: 'login',
    Unauthorized: 'login',
    CredentialsProviderError: 'noLogin',
    NotAnObjectStore: 'notS3',
    RequestTimeTooSkewed: 'clock',
    RequestExpired: 'clock',
    AccessDenied: 'denied',
    AllAccessDisabled: 'denied',
    AccountProblem: 'denied',
    Forbidden: 'denied',
    ObjectLocked: 'locked',
    FileImmutable: 'locked',
    NoSuchBucket: 'noBucket',
    NoSuchKey: 'noObject',
    NoSuchUpload: 'other',
    NotFound: 'noObject',
    PreconditionFailed: 'changed',
    PermanentRedirect: 'region',
    AuthorizationHeaderMalformed: 'region',
    IllegalLocationConstraintException: 'region',
    SecondLevelDomainForbidden: 'addressing',
    InvalidBucketName: 'bucketName',
    SlowDown: 'throttled',
    SlowDownRead: 'throttled',
    SlowDownWrite: 'throttled',
    ServiceUnavailable: 'throttled',
    TooManyRequests: 'throttled',
    RequestLimitExceeded: 'throttled',
    BandwidthLimitExceeded: 'throttled',
    XMinioStorageFull: 'full',
    QuotaExceeded: 'full',
    // Inside a 200, where the SDK makes up the status 503.
    InternalError: 'server',
    ConditionalRequestConflict: 'server',
    OperationAborted: 'server',
  } satisfies Record<string, FailureKind>),
);

const byStatus: Record<number, FailureKind> = {
  301: 'region',
  401: 'login',
  403: 'denied',
  404: 'noObject',
  408: 'timeout',
  412: 'changed',
  429: 'throttled',
  503: 'throttled',
  507: 'full',
};

/** Reads what was thrown. Certificates have two dozen codes in Node; they are known by their form. */
export function readFailure(error: unknown): Failure {
  const { code, status, text } = detailsOf(error);
  const kind = byText(text) ?? byCode.get(code) ?? byForm(code) ?? kindOfStatus(status);
  // What sockets and OpenSSL say beyond their code is noise, but for certificates.
  const isWorthTelling = status !== undefined || kind === 'certificate' || kind === 'other';
  return { kind, code, said: isWorthTelling ? text.replaceAll(/\s+/g, ' ').trim().slice(0, 200) : '' };
}

function byText(text: string): FailureKind | undefined {
  if (/wrong version number|packet length too long/i.test(text)) return 'plainServer';
  // Go says "Client sent an HTTP request to an HTTPS server", nginx "The plain HTTP request was sent to HTTPS port".
  if (/HTTP request (was sent )?to (an )?HTTPS/i.test(text)) return 'tlsServer';
  if (text === 'Region is missing') return 'region';
  // A refused overwrite or deletion has no code of its own at Amazon and MinIO.
  if (/object lock|WORM[- ]protected|retention (period|mode|policy)|legal hold/i.test(text)) return 'locked';
  return undefined;
}

function byForm(code: string): FailureKind | undefined {
  if (/^(CERT_|UNABLE_TO_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|INVALID_CA)/.test(code)) {
    return 'certificate';
  }
  // Not HTTP at all: a TLS alert, usually. EPROTO is OpenSSL's word for a handshake that failed.
  if (code.startsWith('HPE_')) return 'tlsServer';
  if (code === 'EPROTO' || code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS')) return 'handshake';
  return undefined;
}

function kindOfStatus(status: number | undefined): FailureKind {
  if (status === undefined) return 'other';
  return byStatus[status] ?? (status >= 500 ? 'server' : 'other');
}

// What the SDK calls an answer without a code: to HEAD, or of something that is no object store.
const empty: ReadonlySet<unknown> = new Set(['', 'Error', 'Unknown', 'UnknownError']);

type Details = { code: string; status: number | undefined; text: string };

type Thrown = {
  name?: unknown;
  code?: unknown;
  message?: unknown;
  $metadata?: { httpStatusCode?: number };
  $responseBodyText?: unknown;
};

function detailsOf(error: unknown): Details {
  if (error === undefined || error === null) return { code: '', status: undefined, text: '' };
  if (typeof error !== 'object') return { code: '', status: undefined, text: messageOf(error) };
  const thrown = error as Thrown;
  const status = thrown.$metadata?.httpStatusCode;
  const code = [thrown.code, thrown.name].find((name) => typeof name === 'string' && !empty.has(name));
  const body = typeof thrown.$responseBodyText === 'string' ? thrown.$responseBodyText : undefined;
  const message = typeof thrown.message === 'string' ? thrown.message : '';
  return {
    code: typeof code === 'string' ? code : '',
    status,
    text: body ?? (empty.has(message) ? '' : message),
  };
}
