// SPDX-License-Identifier: Apache-2.0
// One Lease as the API server keeps it: a write needs the resourceVersion that stands there. For elections on fake time;
// the real server has its own tests.
import { ApiError } from '../../../src/kube/api-error.ts';
import type { Lease } from '../../../src/kube/lease-record.ts';
import type { LeaseOptions } from '../../../src/kube/lease.ts';

export type Trouble = Error | 'silence' | undefined;

export class LeaseServer {
  lease: Lease | undefined;
  writes = 0;
  #version = 0;

  /** One client of it. While `trouble` gives an error, that is what its calls end in; it may take its time, too. */
  client(trouble: () => Trouble | Promise<Trouble> = () => undefined): LeaseOptions['rest'] {
    const call = async (action: () => Lease, signal?: AbortSignal): Promise<never> => {
      await Promise.resolve();
      signal?.throwIfAborted();
      const wrong = await trouble();
      if (wrong === 'silence') return hang(signal);
      if (wrong) throw wrong;
      return structuredClone(action()) as never;
    };
    return {
      get: (_resource, _name, signal) => call(() => this.#get(), signal),
      create: (_resource, object, _options, signal) => call(() => this.#create(object), signal),
      replace: (_resource, object, _options, signal) => call(() => this.#replace(object), signal),
    };
  }

  /** Somebody writes without asking. */
  edit(change: (lease: Lease) => void): void {
    const lease = this.#get();
    change(lease);
    this.#write(lease);
  }

  /** Somebody writes what changes nothing, if there is something to write to. */
  touch(): void {
    if (this.lease) this.#write(this.lease);
  }

  #get(): Lease {
    if (!this.lease) throw new ApiError('no lease', { status: 404, reason: 'NotFound' });
    return this.lease;
  }

  #create(lease: Lease): Lease {
    if (this.lease) throw new ApiError('there is one', { status: 409, reason: 'AlreadyExists' });
    return this.#write(lease);
  }

  #replace(lease: Lease): Lease {
    const { resourceVersion } = this.#get().metadata;
    if (lease.metadata.resourceVersion !== resourceVersion) {
      throw new ApiError('modified', { status: 409, reason: 'Conflict' });
    }
    return this.#write(lease);
  }

  #write(lease: Lease): Lease {
    this.writes += 1;
    this.#version += 1;
    this.lease = structuredClone(lease);
    this.lease.metadata.resourceVersion = String(this.#version);
    return this.lease;
  }
}

async function hang(signal?: AbortSignal): Promise<never> {
  signal?.throwIfAborted();
  return new Promise((_resolve, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
