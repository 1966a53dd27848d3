// SPDX-License-Identifier: Apache-2.0
// The texts: what was found, where, and what to do about it. One sentence per situation, never a credential.
import { OperatorError } from '../base/error.ts';
import { redact } from '../base/redact.ts';
import { kindOf, readFailure, type Failure, type FailureKind } from './failure.ts';

/** Where a store is, for messages. */
export type Place = { endpoint: string; bucket: string; isTls: boolean };

/** What a request was about. */
export type Situation = {
  /** For the message, as in "could not read ...": read, write, list, remove, copy. */
  verb: string;
  /** The key or prefix; left out where it is about the bucket. */
  key?: string;
  /** Of another bucket than the store's own: a copy's source. */
  bucket?: string;
  access: 'read' | 'write';
  /** What AccessDenied is about: s3:GetObject. */
  permission: string;
};

/** An answer with status 200 that no object store gives: a web page, usually. */
export function notAnObjectStore(): Error {
  return Object.assign(new Error(''), { name: 'NotAnObjectStore' });
}

/** The error that leaves the room. `secrets` are cut out of the store's own words. */
export function toOperatorError(
  error: unknown,
  place: Place,
  situation: Situation,
  secrets: readonly string[],
): OperatorError {
  if (error instanceof OperatorError) return error;
  const failure = readFailure(error);
  const { reason } = kindOf(failure);
  const text = redact(textOf(failure, place, situation), secrets);
  return new OperatorError(typeof reason === 'string' ? reason : reason[situation.access], text);
}

function textOf(failure: Failure, place: Place, situation: Situation): string {
  const bucket = situation.bucket ?? place.bucket;
  const object = `s3://${bucket}${situation.key === undefined ? '' : `/${situation.key}`}`;
  const { found, advice } = sentences[failure.kind]({ ...place, bucket }, situation);
  const said = [failure.code, failure.said].filter(Boolean).join(': ');
  return `Could not ${situation.verb} ${object} at ${place.endpoint}: ${found}${said ? ` (${said})` : ''}. ${advice}`;
}

type Sentence = (place: Place, situation: Situation) => { found: string; advice: string };

const checkRoute =
  'Check host and port of the endpoint, that the store runs, and that network policies let it through.';

const sentences: Record<FailureKind, Sentence> = {
  refused: () => ({ found: 'the connection was refused', advice: checkRoute }),
  unknownHost: ({ endpoint, bucket }) => ({
    found: 'the host name is not known',
    advice: `Check ${endpoint} for a typing error, that DNS resolves it from here, and, with addressing VirtualHosted, that it resolves ${bucket}.${endpoint} too.`,
  }),
  timeout: () => ({ found: 'no answer in time', advice: checkRoute }),
  cut: ({ isTls }) => ({
    found: 'the connection was cut',
    advice: isTls
      ? checkRoute
      : `${checkRoute} If the store speaks TLS there, set tls.enabled: true (useSSL).`,
  }),
  unreachable: () => ({ found: 'there is no route to the host', advice: checkRoute }),
  plainServer: () => ({
    found: 'TLS was tried but the endpoint answers without TLS',
    advice: 'Set tls.enabled: false (useSSL), or name the TLS port.',
  }),
  tlsServer: () => ({
    found: 'the endpoint expects TLS but was spoken to without',
    advice: 'Set tls.enabled: true (useSSL), or name the plain port.',
  }),
  certificate: () => ({
    found: "the endpoint's certificate is not trusted",
    advice: 'Name the CA that signed it (tls CA file), and use the host name that stands in the certificate.',
  }),
  handshake: () => ({
    found: 'the TLS handshake failed',
    advice: 'Check that the endpoint speaks TLS 1.2 or later and that nothing in between breaks it.',
  }),
  login: () => ({
    found: 'the credentials were rejected',
    advice:
      'Check access key and secret key (or session token) and that they belong to this store; they were read anew once.',
  }),
  noLogin: () => ({
    found: 'no credentials were found',
    advice: 'Name a Secret or key files, or give the pod an identity that the provider knows.',
  }),
  clock: () => ({
    found: "this machine's clock differs too much from the store's",
    advice: 'Synchronise the clocks (NTP).',
  }),
  denied: (_place, situation) => ({
    found: `access was denied, ${situation.permission} is missing`,
    advice: `Grant ${situation.permission} on this bucket to these credentials.`,
  }),
  locked: () => ({
    found: 'the object is locked',
    advice: 'Object lock, a legal hold or a retention period protects it: wait for its end or lift it.',
  }),
  noBucket: ({ bucket }) => ({
    found: `there is no bucket ${bucket}`,
    advice:
      'Check the bucket name, the region and the endpoint, or create the bucket; it is never created for you.',
  }),
  noObject: () => ({
    found: 'the object does not exist',
    advice: 'It was removed meanwhile, or it never was written.',
  }),
  changed: () => ({
    found: 'another version of the object stands there now',
    advice: 'Something else writes here; find out what.',
  }),
  region: () => ({
    found: 'the region is wrong or missing',
    advice: "Set region to the bucket's own.",
  }),
  addressing: () => ({
    found: 'this provider wants the bucket in the host name',
    advice: 'Set addressing: VirtualHosted.',
  }),
  bucketName: () => ({ found: 'the bucket name is not legal', advice: 'Correct the bucket name.' }),
  throttled: () => ({
    found: 'the store asks to slow down',
    advice: 'Lower the concurrency if that goes on.',
  }),
  full: () => ({ found: 'the store has no room left', advice: 'Free space or raise the quota.' }),
  server: () => ({ found: 'the store failed', advice: "Look at the store's own log if that goes on." }),
  notS3: () => ({
    found: 'what answers there is no object store',
    advice: 'Check the port: a web console or a proxy may stand there.',
  }),
  other: () => ({ found: 'the request failed', advice: "Look at the store's own log." }),
};
