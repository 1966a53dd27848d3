// SPDX-License-Identifier: Apache-2.0
// /livez, /readyz and /metrics over plain HTTP. Alive means that this process can still do its work, whatever the API
// server does: a probe that asks others restarts everything at once when one of them is away.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from '@prometheus-io/client';
import { messageOf } from '../base/error.ts';

/** What is wrong, or undefined. */
export type Check = () => string | undefined;

export type ProbeOptions = {
  /** 0: any free one. */
  port: number;
  host?: string;
  livez?: Readonly<Record<string, Check>>;
  readyz?: Readonly<Record<string, Check>>;
  registry?: Registry;
};

type Answer = { status: number; type: string; text: string };

const plain = 'text/plain; charset=utf-8';

export class ProbeServer {
  readonly #server: Server;
  readonly #options: ProbeOptions;

  constructor(options: ProbeOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#respond(request, response));
  }

  /** Returns the port that it listens on. */
  async listen(): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#options.port, this.#options.host, resolve);
    await promise;
    return (this.#server.address() as AddressInfo).port;
  }

  /** Does not wait for those who keep their connection open. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, text } = await this.#answer(request).catch((error: unknown) => ({
      status: 500,
      type: plain,
      text: `${messageOf(error)}\n`,
    }));
    response.writeHead(status, { 'content-type': type }).end(request.method === 'HEAD' ? undefined : text);
  }

  async #answer({ method, url = '' }: IncomingMessage): Promise<Answer> {
    const { livez = {}, readyz = {}, registry } = this.#options;
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: plain, text: 'GET only\n' };
    const path = url.split('?')[0];
    if (path === '/livez') return examine(livez);
    if (path === '/readyz') return examine(readyz);
    if (path === '/metrics' && registry) {
      return { status: 200, type: registry.contentType, text: await registry.metrics() };
    }
    return { status: 404, type: plain, text: 'there are /livez, /readyz and /metrics\n' };
  }
}

/** One line per check, as the API server's own probes write them. */
function examine(checks: Readonly<Record<string, Check>>): Answer {
  const findings = Object.entries(checks).map(([name, check]) => ({ name, wrong: tryCheck(check) }));
  const lines = findings.map(({ name, wrong }) =>
    wrong === undefined ? `[+]${name} ok` : `[-]${name} failed: ${wrong}`,
  );
  const status = findings.some(({ wrong }) => wrong !== undefined) ? 503 : 200;
  return { status, type: plain, text: `${[...lines, status === 200 ? 'ok' : 'failed'].join('\n')}\n` };
}

function tryCheck(check: Check): string | undefined {
  try {
    return check();
  } catch (error) {
    return messageOf(error);
  }
}
