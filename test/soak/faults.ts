// SPDX-License-Identifier: Apache-2.0
// What goes wrong in a day, drawn from a seed: with the operator, with the way to the API server, and with pods.
import { isNotFound } from '../../src/kube/api-error.ts';
import type { Random } from '../data/random.ts';
import { pods, type Bench } from '../control-plane/operator/support/bench.ts';
import type { FullPod, Kubelet } from '../control-plane/operator/support/kubelet.ts';
import { argumentsOf, fails, succeeds } from '../control-plane/operator/support/results.ts';
import type { HttpProxy } from '../control-plane/kube/support/http-proxy.ts';

export type Hands = {
  killOperator: () => Promise<void>;
  proxy: HttpProxy;
  bench: Bench;
  random: Random;
  /** Milliseconds of the world that a disturbance of the way lasts at most. */
  longestMs: number;
  /** Only with a control plane of one's own. */
  restartServer?: () => Promise<void>;
};

type Fault = { name: string; act: (hands: Hands) => Promise<void> };

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function answering(status: number, reason: string): Fault['act'] {
  return async ({ proxy, random, longestMs }) => {
    const body = JSON.stringify({
      kind: 'Status',
      status: 'Failure',
      code: status,
      reason,
      message: 'not now',
    });
    const headers = { 'content-type': 'application/json' };
    proxy.intercept(({ method }) =>
      method !== 'GET' && random.chance(0.3) ? { status, headers, body } : undefined,
    );
    await pause(random.int(longestMs / 4, longestMs));
    proxy.intercept(() => undefined);
  };
}

const faults: Fault[] = [
  { name: 'operator killed', act: ({ killOperator }) => killOperator() },
  {
    name: 'watches cut',
    act({ proxy }) {
      proxy.cut();
      return Promise.resolve();
    },
  },
  { name: 'writes refused as conflicts', act: answering(409, 'Conflict') },
  { name: 'writes refused as too many', act: answering(429, 'TooManyRequests') },
  {
    name: 'pod deleted by hand',
    async act({ bench, random }) {
      const { items } = await bench.rest.list<FullPod>(pods, { namespace: bench.namespace });
      const working = items.filter(({ status }) => status?.phase === 'Running');
      if (working.length === 0) return;
      const { metadata } = random.pick(working);
      await bench.rest
        .delete(pods, { namespace: bench.namespace, name: metadata.name }, { propagation: 'Background' })
        .catch(() => undefined);
    },
  },
];

/** One of them, and its name. */
export async function disturb(hands: Hands): Promise<string> {
  const { restartServer, random } = hands;
  const own: Fault[] = restartServer ? [{ name: 'API server restarted', act: restartServer }] : [];
  const { name, act } = random.pick([...faults, ...own]);
  await act(hands);
  return name;
}

/** How a pod ends: most do their work, some slowly; others fail, are evicted, or say what nobody can read. */
export async function playOut(
  kubelet: Kubelet,
  pod: FullPod,
  random: Random,
  longestMs: number,
): Promise<void> {
  const args = argumentsOf(pod);
  const luck = random.real();
  const end = (): Promise<void> => {
    if (luck < 0.85) return kubelet.end(pod, succeeds(args));
    if (luck < 0.92) return kubelet.end(pod, fails(args));
    if (luck < 0.96) return kubelet.end(pod, { exitCode: 0, message: 'nobody can read this' });
    return kubelet.evict(pod);
  };
  await pause(luck < 0.05 ? longestMs : random.int(longestMs / 50, longestMs / 10));
  // Whatever it says is said, once the server is there to hear it.
  for (let left = 60; left > 0; left--) {
    try {
      return await end();
    } catch (error) {
      if (isNotFound(error)) return;
      await pause(1000);
    }
  }
}
