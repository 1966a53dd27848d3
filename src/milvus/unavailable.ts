// SPDX-License-Identifier: Apache-2.0
// Why a connection did not come to be. grpc-js reports everything as UNAVAILABLE with a text of the layer below; the
// phrases were taken from grpc-js 1.14 on Node 24 against a real 2.3.5 with TLS modes 0, 1 and 2.
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import type { ServiceError } from '@grpc/grpc-js';
import { OperatorError } from '../base/error.ts';
import type { MilvusOptions } from './contract.ts';

type Options = Pick<MilvusOptions, 'address' | 'tls'>;

const probeMs = 3000;

/** Texts in the order in which they are looked for. */
const network: [RegExp, (address: string) => string][] = [
  [
    /ECONNREFUSED/,
    (a) =>
      `nothing listens at ${a} (connection refused). Check host and port (gRPC, usually 19530), and that Milvus runs`,
  ],
  [/Name resolution failed/, (a) => `the host name of ${a} cannot be resolved. Check the address`],
  [
    /EHOSTUNREACH|ENETUNREACH|ETIMEDOUT/,
    (a) => `there is no way to ${a}. Check the address, routes and network policies`,
  ],
];

const ofTLS: [RegExp, string][] = [
  [
    /wrong version number|packet length too long/,
    'the server speaks plain text there, while our TLS mode asks for TLS. Set the TLS mode to Disabled, or name the TLS port',
  ],
  [
    /alert (?:bad certificate|certificate required|unknown ca|handshake failure)/,
    'the server refused our client certificate or asks for one. It wants TLS mode Mutual with a certificate of a CA that it knows',
  ],
  [
    /altnames/,
    'the certificate of the server is for another name. Set the server name that the certificate carries, or use such an address',
  ],
  [/certificate has expired|not yet valid/, 'the certificate of the server is not valid at this time'],
  [
    /self.signed|unable to (?:verify|get)|issuer/,
    'the certificate of the server is of a CA that we do not trust. Name the CA file that signed it',
  ],
  [/SSL routines|certificate|TLS/i, 'TLS could not be agreed with the server'],
];

export async function explainUnavailable(
  rpc: string,
  options: Options,
  error: ServiceError,
): Promise<OperatorError> {
  const words = wordsOf(error.details);
  const say = (reason: 'Unreachable' | 'TLSFailed', text: string): OperatorError =>
    new OperatorError(reason, `${rpc} did not reach Milvus: ${text}. (${words})`, { cause: error });
  const { address } = options;
  const away = network.find(([pattern]) => pattern.test(words));
  if (away) return say('Unreachable', away[1](address));
  const secure = options.tls.mode !== 'Disabled';
  const refused = secure ? ofTLS.find(([pattern]) => pattern.test(words)) : undefined;
  if (refused) return say('TLSFailed', `at ${address} ${refused[1]}`);
  if (!secure && (await speaksTLS(address))) {
    return say(
      'TLSFailed',
      `at ${address} the server speaks TLS, while our TLS mode is Disabled. Set it to Server (or Mutual)`,
    );
  }
  return say(
    'Unreachable',
    `the connection to ${address} broke or is none of gRPC. Check the port, and whether Milvus is restarting`,
  );
}

/** The layer below, without its padding. */
function wordsOf(details: string): string {
  return details
    .replace(/^No connection established\. Last error: (?:Error: )?/, '')
    .replace(/\.? ?Resolution note: .*$/s, '')
    .replace(/\s*\(\d{4}-\d\d-\d\dT[\d:.]+Z\)/, '')
    .replace(/\b[0-9A-F]{16}:error:/, 'error:')
    .trim();
}

/** A plain client against a TLS port only hears that the connection closed: a handshake of our own tells. */
async function speaksTLS(address: string): Promise<boolean> {
  if (!URL.canParse(`tcp://${address}`)) return false;
  const { hostname, port } = new URL(`tcp://${address}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({
      host,
      port: Number(port),
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      ...(isIP(host) === 0 && { servername: host }),
    });
    const settle = (answer: boolean) => () => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(probeMs, settle(false));
    socket.once('secureConnect', settle(true));
    socket.once('error', settle(false));
    socket.once('close', settle(false));
  });
}
