// SPDX-License-Identifier: Apache-2.0
// Two kinds of series: states that are taken when somebody asks, and counts that go with what they are about.
import { Counter, Gauge, type Registry } from '@prometheus-io/client';

export const prefix = 'milvus_backup_';

export type Labels = Record<string, string>;
export type Tell = (labels: Labels, value: number) => void;
export type About = { name: string; help: string; labelNames: string[] };

/** `tell` is called with each scrape; what it does not tell any more is gone. */
export function addState(registry: Registry, about: About, tell: (set: Tell) => void): void {
  void new Gauge<string>({
    ...about,
    name: `${prefix}${about.name}`,
    registers: [registry],
    collect() {
      this.reset();
      tell((labels, value) => this.set(labels, value));
    },
  });
}

/** The same of a number that only grows, and stands in a status: it survives this process. */
export function addTotal(registry: Registry, about: About, tell: (add: Tell) => void): void {
  void new Counter<string>({
    ...about,
    name: `${prefix}${about.name}`,
    registers: [registry],
    collect() {
      this.reset();
      tell((labels, value) => this.inc(labels, value));
    },
  });
}

/** Whether something is still there that labels are about; asked once for each scrape. */
export type Known = () => (labels: Labels) => boolean;

/** A count whose series are told as long as there is what they are about. */
export function addCount(registry: Registry, about: About, known: Known): Tell {
  const series = new Map<string, Labels>();
  const counter = new Counter<string>({
    ...about,
    name: `${prefix}${about.name}`,
    registers: [registry],
    collect() {
      const isKnown = known();
      for (const [key, labels] of series) {
        if (isKnown(labels)) continue;
        this.remove(labels);
        series.delete(key);
      }
    },
  });
  return (labels, value) => {
    series.set(JSON.stringify(labels), labels);
    counter.inc(labels, value);
  };
}
