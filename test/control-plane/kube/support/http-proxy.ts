// SPDX-License-Identifier: Apache-2.0
// Stands in front of the API server with its certificate, sees each request, and answers some of them itself.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request as forward } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';

export type Request = { method: string; path: string; query: URLSearchParams; at: number };
export type OwnAnswer = { status: number; headers?: Record<string, string>; body?: string };

export type HttpProxy = {
  url: string;
  requests: Request[];
  /** Answers instead of the API server whatever this gives an answer for. */
  intercept: (answer: (request: Request) => OwnAnswer | undefined) => void;
  /** Told of each answer of the API server before it is passed on; a no keeps it back for good. */
  onAnswer: (mayPass: (request: Request, status: number) => boolean) => void;
  /** Every connection ends at once; new ones work. */
  cut: () => void;
  close: () => Promise<void>;
};

export async function startHttpProxy(plane: ControlPlaneInfo): Promise<HttpProxy> {
  const requests: Request[] = [];
  let answer: (request: Request) => OwnAnswer | undefined = () => undefined;
  let mayPass: (request: Request, status: number) => boolean = () => true;
  const agent = new Agent({ ca: readFileSync(plane.authority), keepAlive: true });
  const certificate = { cert: readFileSync(plane.serving.certificate), key: readFileSync(plane.serving.key) };
  const server = createServer(certificate, (incoming, response) => {
    const { pathname, searchParams } = new URL(incoming.url ?? '', plane.url);
    const request = {
      method: incoming.method ?? '',
      path: pathname,
      query: searchParams,
      at: performance.now(),
    };
    requests.push(request);
    const own = answer(request);
    if (own) response.writeHead(own.status, own.headers).end(own.body);
    else pass({ plane, agent, incoming, response, mayPass: (status) => mayPass(request, status) });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    intercept: (next) => void (answer = next),
    onAnswer: (next) => void (mayPass = next),
    cut: () => server.closeAllConnections(),
    async close() {
      server.close();
      server.closeAllConnections();
      agent.destroy();
      await once(server, 'close');
    },
  };
}

type Passing = {
  plane: ControlPlaneInfo;
  agent: Agent;
  incoming: IncomingMessage;
  response: ServerResponse;
  mayPass: (status: number) => boolean;
};

function pass({ plane, agent, incoming, response, mayPass }: Passing): void {
  const { method, headers, url = '' } = incoming;
  const outgoing = forward(`${plane.url}${url}`, { method, headers, agent }, (answered) => {
    if (!mayPass(answered.statusCode ?? 500)) {
      response.destroy();
      return;
    }
    response.writeHead(answered.statusCode ?? 500, answered.headers);
    response.flushHeaders();
    answered.pipe(response);
  });
  outgoing.on('error', () => response.destroy());
  response.on('close', () => outgoing.destroy());
  incoming.pipe(outgoing);
}
