// SPDX-License-Identifier: Apache-2.0
// A scripted server for one resource: lists are answered by a function, watches are held open and written to by hand.
import type { ServerResponse } from 'node:http';
import { Rest } from '../../../src/kube/rest.ts';
import type { ReflectorTiming } from '../../../src/kube/reflector.ts';
import { settle } from './fake-clock.ts';
import { widget, type Widget } from './objects.ts';
import { answer, startScriptedServer, type Seen } from './scripted-server.ts';

export type Watch = {
  query: Record<string, string>;
  send: (type: string, object: object) => void;
  /** In good order. */
  end: () => void;
  /** Without it. */
  cut: () => void;
};

export type WatchServer = {
  rest: Rest;
  lists: Seen[];
  /** The n-th watch, counted from 1, as soon as it is opened. */
  watch: (number: number) => Promise<Watch>;
  watches: () => number;
  /** How lists are answered from now on. */
  onList: (respond: (seen: Seen, response: ServerResponse) => void) => void;
  /** How the next watch is refused. */
  refuse: (status: number, headers?: object) => void;
  close: () => Promise<void>;
};

export const timing: Partial<ReflectorTiming> = { watchSeconds: [300, 600], silenceMs: [90_000, 90_000] };

export function listOf(items: Widget[], resourceVersion: string, more?: string): object {
  const bare = items.map(({ metadata }) => ({ metadata }));
  return { metadata: { resourceVersion, ...(more ? { continue: more } : {}) }, items: bare };
}

export async function startWatchServer(): Promise<WatchServer> {
  const lists: Seen[] = [];
  const watches: Watch[] = [];
  const refusals: { status: number; headers: object }[] = [];
  let respond = (_seen: Seen, response: ServerResponse): void =>
    answer(response, 200, listOf([widget('x/a')], '10'));
  const server = await startScriptedServer((seen, response) => {
    if (seen.query['watch'] !== 'true') {
      lists.push(seen);
      return respond(seen, response);
    }
    const refusal = refusals.shift();
    watches.push(watchOn(seen, response));
    if (refusal) return answer(response, refusal.status, '', refusal.headers);
    response.writeHead(200).flushHeaders();
  });
  return {
    rest: new Rest(server.client()),
    lists,
    watches: () => watches.length,
    onList: (next) => void (respond = next),
    refuse: (status, headers = {}) => void refusals.push({ status, headers }),
    close: server.close,
    async watch(number) {
      await until(() => watches.length >= number);
      return watches[number - 1] as Watch;
    },
  };
}

function watchOn({ query }: Seen, response: ServerResponse): Watch {
  return {
    query,
    send: (type, object) => void response.write(`${JSON.stringify({ type, object })}\n`),
    end: () => void response.end(),
    cut: () => void response.destroy(),
  };
}

/** Network takes real time, a little; whoever waits in vain is ended by the test's own limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await settle();
}
