// SPDX-License-Identifier: Apache-2.0
// The progress bar at a terminal.
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { progressLine, type Display } from './report-text.ts';
import type { Output } from './world.ts';

/** Drawn on the stream from the first progress on; stop() gives the line back. */
export function createBarDisplay(stream: Output): Display {
  let bars: MultiBar | undefined;
  let bar: SingleBar | undefined;
  return {
    show(progress) {
      bars ??= openBars(stream);
      const text = progressLine({ ...progress, percent: 0 });
      bar ??= bars.create(100, 0, { text });
      bar.update(progress.percent, { text });
    },
    above(line) {
      // Logged lines appear above the bar with its next drawing.
      if (bars) bars.log(`${line}\n`);
      else stream.write(`${line}\n`);
    },
    stop() {
      bars?.stop();
      bars = undefined;
      bar = undefined;
    },
  };
}

function openBars(stream: Output): MultiBar {
  return new MultiBar(
    {
      stream,
      format: '{bar} {percentage} % {text}',
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      // Signals are ours: the run lets go of what it holds first, then the bar stops.
      gracefulExit: false,
      fps: 4,
    },
    Presets.shades_classic,
  );
}
