// SPDX-License-Identifier: Apache-2.0
// The suites of this project and which of them a command runs.

export type Suite = {
  name: string;
  what: string;
  /** The vitest project; none for a script. */
  project?: string;
  /** Needs the lab. */
  lab?: true;
  /** For the round trip, where the caller names none. */
  seeds?: string;
  args: string[];
  command: string;
};

const verify: Suite = {
  name: 'verify',
  what: 'generated files, types, lint, format, imports, unit tests',
  args: ['scripts/verify.ts', '--without-unit'],
  command: 'npm run verify',
};
const unit: Suite = {
  name: 'unit',
  what: 'needs nothing',
  project: 'unit',
  args: [],
  command: 'npm run test:unit',
};
const conformance: Suite = {
  name: 'conformance',
  what: 'one suite per contract over each implementation; servers on loopback and the lab',
  project: 'conformance',
  lab: true,
  args: [],
  command: 'npm test -- conformance',
};
const controlPlane: Suite = {
  name: 'control plane',
  what: 'definitions and the Kubernetes core against a real API server; etcd and its friends on loopback',
  project: 'control-plane',
  args: [],
  command: 'npm test -- control-plane',
};
const cluster: Suite = {
  name: 'cluster',
  what: 'the whole thing in the lab: real node, real Milvus, real MinIO',
  project: 'cluster',
  lab: true,
  args: [],
  command: 'npm test -- cluster',
};
const roundtrip: Suite = {
  name: 'roundtrip',
  what: 'random schemas backed up, restored and compared row by row',
  project: 'cluster',
  lab: true,
  args: ['roundtrip'],
  command: 'npm run test:roundtrip -- --seed N',
};
const slow: Suite = {
  ...roundtrip,
  name: 'slow',
  what: 'ten more seeds of random schemas, minutes each',
  seeds: '4,5,6,7,8,9,10,11,12,13',
  command: 'npm run test:slow',
};

const selections: Record<string, { run: Suite[]; left: Suite[] }> = {
  all: { run: [verify, unit, conformance, cluster], left: [controlPlane, slow] },
  unit: { run: [unit], left: [] },
  conformance: { run: [conformance], left: [] },
  'control-plane': { run: [controlPlane], left: [] },
  cluster: { run: [cluster], left: [] },
  roundtrip: { run: [roundtrip], left: [] },
  slow: { run: [slow], left: [] },
};

export const usage = `usage: npm test [-- ${Object.keys(selections).join(' | ')}] [--seed N]`;

export function suitesOf(name: string): { run: Suite[]; left: Suite[] } | undefined {
  return Object.hasOwn(selections, name) ? selections[name] : undefined;
}
