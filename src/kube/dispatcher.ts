// SPDX-License-Identifier: Apache-2.0
// The connections to the API server: one pool for everything, made anew only when certificates change. The client
// library makes one per call: fifty calls, fifty TLS connections, all open at once.
import { isDeepStrictEqual } from 'node:util';
import { Agent, ProxyAgent, Socks5ProxyAgent, type Dispatcher } from 'undici';
import type { Access } from './credentials.ts';

/**
 * HTTP/1.1 on purpose: over HTTP/2 all requests share one connection, and when that one dies in silence they all hang,
 * the Lease's renewal among them (client-go's issue of years). A kept socket is probed after half a minute, so that
 * load balancers do not forget a quiet watch.
 */
const connection = { allowH2: false, keepAlive: true, keepAliveInitialDelay: 30_000, timeout: 10_000 };

export class Connections {
  #dispatcher: Dispatcher | undefined;
  #access: Access | undefined;

  /** The pool for this access. The former one is closed as soon as its last request (a watch, minutes) has ended. */
  for(access: Access): Dispatcher {
    if (this.#dispatcher && this.#access && isSame(this.#access, access)) return this.#dispatcher;
    this.renew();
    this.#dispatcher = createDispatcher(access);
    this.#access = access;
    return this.#dispatcher;
  }

  /**
   * The next request opens a connection of its own: where one has died in silence, the idle ones beside it have too, and
   * each would cost another time limit.
   */
  renew(): void {
    this.#dispatcher?.close().catch(() => undefined);
    this.#dispatcher = undefined;
  }

  /** Ends everything that is under way. */
  async close(): Promise<void> {
    await this.#dispatcher?.destroy();
    this.#dispatcher = undefined;
  }
}

function createDispatcher({ tls, proxy }: Access): Dispatcher {
  const connect = { ...connection, ...tls };
  if (proxy === undefined) return new Agent({ allowH2: false, connect });
  if (proxy.startsWith('socks')) return new Socks5ProxyAgent(proxy, { allowH2: false, requestTls: connect });
  return new ProxyAgent({ uri: proxy, allowH2: false, requestTls: connect });
}

function isSame(one: Access, other: Access): boolean {
  if (one === other) return true;
  return isDeepStrictEqual([one.tls, one.proxy], [other.tls, other.proxy]);
}
