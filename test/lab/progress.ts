// SPDX-License-Identifier: Apache-2.0
// The lines that `up` prints: one per step, with what was done and how long it took, and a sign of life during long ones.

export type Log = (line: string) => void;

/** Tells what a step is at. Repeated by the heartbeat until the step ends or says something else. */
export type Say = (text: string) => void;

export type Steps = <T>(title: string, work: (say: Say) => Promise<T>) => Promise<T>;

const heartbeatMs = 15_000;

/** Numbered steps. What `work` last said with `say` stands behind the title; the closing line adds the time. */
export function startSteps(log: Log, total: number): Steps {
  let number = 0;
  return async (title, work) => {
    number += 1;
    const head = `[${number}/${total}] ${title}`;
    const start = performance.now();
    let at = '';
    const say: Say = (text) => {
      at = text;
    };
    const heartbeat = setInterval(
      () => log(`${head}: ${at || 'working'} ... ${duration(start)}`),
      heartbeatMs,
    );
    try {
      const result = await work((text) => {
        // The first word of a step that will take long is shown at once; later ones come with the heartbeat.
        if (at === '' && text.endsWith('...')) log(`${head}: ${text}`);
        say(text.replace(/ ?\.\.\.$/, ''));
      });
      log(`${head}: ${at || 'done'} (${duration(start)})`);
      return result;
    } catch (error) {
      log(`${head}: FAILED after ${duration(start)}`);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
  };
}

export function duration(start: number): string {
  const seconds = (performance.now() - start) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
