// SPDX-License-Identifier: Apache-2.0
// SIGTERM and SIGINT as one AbortSignal, with an end that comes even if nobody listens to it.
import { OperatorError } from '../base/error.ts';
import { exitCodes, type ExitCode } from '../contract/exit.ts';
import type { World } from './world.ts';

export type Interruption = 'SIGTERM' | 'SIGINT';

export type Signals = {
  signal: AbortSignal;
  interruptedBy(): Interruption | undefined;
  /** Stops listening and waiting. */
  dispose(): void;
};

/** A pod's grace is 30 s; within 20 s we are gone. */
const graceMs = 18_000;

const codes: Record<Interruption, ExitCode> = { SIGTERM: exitCodes.failed, SIGINT: exitCodes.interrupted };

/** `onForced` is told just before the process ends without having finished. */
export function watchSignals(
  world: Pick<World, 'onSignal' | 'exit' | 'stderr'>,
  onForced: (error: OperatorError) => void,
  grace = graceMs,
): Signals {
  const controller = new AbortController();
  let first: Interruption | undefined;
  let timer: NodeJS.Timeout | undefined;
  const force = (by: Interruption): void => {
    onForced(new OperatorError('Interrupted', `stopped by ${by} before it could let go of what it held`));
    world.exit(codes[by]);
  };
  const interrupt = (by: Interruption): void => {
    if (first !== undefined) {
      // A second SIGTERM is only impatience of the same kubelet; a second Ctrl-C is a person's decision.
      if (by === 'SIGINT') force(by);
      return;
    }
    first = by;
    if (by === 'SIGINT')
      world.stderr.write('Stopping: letting go of what is held. Once more stops at once.\n');
    controller.abort(new OperatorError('Interrupted', `stopped by ${by}`));
    timer = setTimeout(() => force(by), grace);
  };
  const stops = (['SIGTERM', 'SIGINT'] as const).map((by) => world.onSignal(by, () => interrupt(by)));
  return {
    signal: controller.signal,
    interruptedBy: () => first,
    dispose() {
      clearTimeout(timer);
      for (const stop of stops) stop();
    },
  };
}
