// SPDX-License-Identifier: Apache-2.0
// Something happens at a certain moment of a run: while it stands still at a step, or while it waits for an answer.
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'vitest';
import type { Bench, Told } from './bad-bench.ts';
import type { Line } from './command.ts';

/** Stops the run at the first line that names the step, of that collection, acts, and lets it go on. */
export async function actAt(
  { step, collection }: { step: string; collection: string },
  action: () => Promise<unknown>,
  { bench, document, args }: { bench: Bench; document: unknown; args: readonly string[] },
): Promise<Told> {
  let acted: Promise<unknown> | undefined;
  const { told } = bench.start(document, args, (line: Line, child) => {
    if (acted !== undefined || line.step !== step || line['collection'] !== collection) return;
    child.kill('SIGSTOP');
    acted = action().finally(() => child.kill('SIGCONT'));
  });
  const ended = await told;
  expect(acted, `the run came to ${step}: ${ended.stdout}${ended.stderr}`).toBeDefined();
  await acted;
  return ended;
}

export type HoldingProxy = { address: string; port: number; close(): Promise<void> };

/** Before a store: every listing waits until `before`, which is told its prefix, is done. */
export async function startHoldingProxy(
  upstream: string,
  before: (prefix: string) => Promise<unknown>,
): Promise<HoldingProxy> {
  const [host, port] = upstream.split(':');
  const server = createServer((incoming, response) => {
    const { method, url = '', rawHeaders: headers } = incoming;
    const prefix = new URL(url, 'http://store').searchParams.get('prefix');
    const forward = (): void => {
      const outgoing = request({ host, port, method, path: url, headers, setHost: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(response);
      });
      outgoing.once('error', () => response.destroy());
      incoming.pipe(outgoing);
    };
    (prefix === null ? Promise.resolve() : before(prefix)).then(forward, () => response.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: '127.0.0.1',
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
