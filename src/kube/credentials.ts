// SPDX-License-Identifier: Apache-2.0
// Who we are to the API server, and by which certificates we know it: read from files that others replace while we run.
import type { RequestOptions } from 'node:https';
import type { Clock } from '../base/clock.ts';
import { openServiceAccount, type InCluster } from './service-account.ts';

/** Where the identity comes from: a kubeconfig, or the pod's service account. */
export type CredentialSource =
  | { kubeconfig: string; context?: string | undefined }
  | { inCluster: InCluster };

export type TlsMaterial = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'passphrase' | 'rejectUnauthorized' | 'servername'
>;

export type Access = {
  server: string;
  /** The namespace of the context or of the pod. */
  namespace: string | undefined;
  proxy: string | undefined;
  headers: Readonly<Record<string, string>>;
  tls: TlsMaterial;
};

/** Reads tokens and certificates as they stand now. */
export type AccessReader = () => Promise<Access>;

/** As long as client-go: a rotated token is good for at least this long beside its successor. */
const maxAgeMs = 60_000;

export class Credentials {
  readonly #source: CredentialSource;
  readonly #clock: Clock;
  #reader: AccessReader | undefined;
  #access: Access | undefined;
  #readAt = 0;
  #reading: Promise<Access> | undefined;

  constructor(source: CredentialSource, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  /** What stands in the files, at most a minute old. */
  async current(): Promise<Access> {
    if (this.#access && this.#clock.monotonic() - this.#readAt < maxAgeMs) return this.#access;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  /** The server refused us, or could not be trusted: the next call reads everything anew, login plugins included. */
  expire(): void {
    this.#readAt = -Infinity;
    this.#reader = undefined;
  }

  async #read(): Promise<Access> {
    try {
      this.#reader ??= await open(this.#source);
      this.#access = await this.#reader();
    } catch (error) {
      // A file that is being replaced: what was good a minute ago may still be.
      if (!this.#access) throw error;
    }
    this.#readAt = this.#clock.monotonic();
    return this.#access;
  }
}

/** The client library costs 15 MiB and is for kubeconfigs only: a pod does without. */
async function open(source: CredentialSource): Promise<AccessReader> {
  if ('inCluster' in source) return openServiceAccount(source.inCluster);
  const { openKubeconfig } = await import('./kubeconfig.ts');
  return openKubeconfig(source);
}
