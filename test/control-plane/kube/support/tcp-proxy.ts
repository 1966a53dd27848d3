// SPDX-License-Identifier: Apache-2.0
// A door in front of the API server that can fail the way networks do: cut, refuse, or go silent.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type TcpProxy = {
  url: string;
  /** Connections that were ever opened, and that are open. */
  opened: () => number;
  open: () => number;
  /** No byte goes through any more, and nobody is told. New connections are taken and kept silent too. */
  silence: () => void;
  /** Old connections stay silent, new ones work: what a machine that came back looks like. */
  recover: () => void;
  /** Every connection is reset, and new ones until `recover`. */
  cut: () => void;
  close: () => Promise<void>;
};

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let state: 'open' | 'silent' | 'cut' = 'open';
  let opened = 0;
  const server = createServer((near) => {
    opened += 1;
    keep(near);
    if (state === 'cut') near.resetAndDestroy();
    else if (state === 'silent') near.pause();
    else join(near, keep(connect(Number(port), hostname)));
  });
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    opened: () => opened,
    open: () => sockets.size / 2,
    silence() {
      state = 'silent';
      for (const socket of sockets) socket.unpipe().pause();
    },
    recover: () => void (state = 'open'),
    cut() {
      state = 'cut';
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}

function join(near: Socket, far: Socket): void {
  near.pipe(far).pipe(near);
  near.on('close', () => far.destroy());
  far.on('close', () => near.destroy());
}
