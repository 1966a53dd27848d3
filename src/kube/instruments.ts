// SPDX-License-Identifier: Apache-2.0
// Counters, histograms and gauges of one registry that share a prefix and their labels.
import { Counter, Gauge, Histogram, type Registry } from '@prometheus-io/client';

export type Labels = Record<string, string>;
export type Count = (labels: Labels) => void;
export type Observe = (labels: Labels, value: number) => void;

export type Instruments = {
  counter: (name: string, help: string) => Count;
  /** Of seconds. */
  histogram: (name: string, help: string) => Observe;
  gauge: (name: string, help: string) => Observe;
  /** A state that is not kept: `collect` is called whenever somebody asks. */
  state: (name: string, help: string, collect: (set: Observe) => void) => void;
};

const buckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export function createInstruments(registry: Registry, prefix: string, labelNames: string[]): Instruments {
  const common = (name: string, help: string) => ({
    name: `${prefix}${name}`,
    help,
    labelNames,
    registers: [registry],
  });
  return {
    counter(name, help) {
      const counter = new Counter<string>(common(name, help));
      return (labels) => counter.inc(labels);
    },
    histogram(name, help) {
      const histogram = new Histogram<string>({ ...common(name, help), buckets });
      return (labels, value) => histogram.observe(labels, value);
    },
    gauge(name, help) {
      const gauge = new Gauge<string>(common(name, help));
      return (labels, value) => gauge.set(labels, value);
    },
    state(name, help, collect) {
      const gauge: Gauge<string> = new Gauge<string>({
        ...common(name, help),
        collect: () => collect((labels, value) => gauge.set(labels, value)),
      });
    },
  };
}
