// SPDX-License-Identifier: Apache-2.0
// The suites of this project, which of them a command runs, and which run side by side.

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

/** Suites that run at once: most of their time they wait for servers. Stages follow one another. */
export type Stage = Suite[];

export type Selection = { stages: Stage[]; left: Suite[] };

const verify: Suite = {
  name: 'verify',
  what: 'generated files, types, lint, format, imports',
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
const lab: Suite = {
  name: 'lab',
  what: 'the lab itself: up, down, and nothing left',
  project: 'lab',
  lab: true,
  args: [],
  command: 'npm test -- cluster',
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
const idle: Suite = {
  name: 'idle',
  what: 'five minutes of an operator that has nothing to do, by the audit log of an API server of its own',
  project: 'idle',
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
const refusals: Suite = {
  name: 'refusals',
  what: 'bad input, a store that lies, runs that race; in the lab',
  project: 'refusals',
  lab: true,
  args: [],
  command: 'npm test -- cluster',
};
const operator: Suite = {
  name: 'operator',
  what: 'custom resources on a real node with a real kubelet: what people ask for, and what clusters do',
  project: 'operator',
  lab: true,
  args: [],
  command: 'npm test -- operator',
};
const disruptions: Suite = {
  name: 'disruptions',
  what: 'operator, node, Milvus and object store taken away and given back; what the operator costs',
  project: 'disruptions',
  lab: true,
  args: [],
  command: 'npm test -- operator',
};
const roundtrip: Suite = {
  name: 'roundtrip',
  what: 'random schemas backed up, restored and compared row by row',
  project: 'cluster',
  lab: true,
  args: ['roundtrip'],
  command: 'npm run test:roundtrip -- --seed N',
};
const moreSeeds: Suite = {
  ...roundtrip,
  name: 'more seeds',
  what: 'ten more seeds of random schemas, minutes each',
  seeds: '4,5,6,7,8,9,10,11,12,13',
  command: 'npm run test:slow',
};
const slow: Suite = {
  name: 'slow',
  what: 'half of the steps that runs are killed at, answers that are lost, half an hour of an idle operator, half an hour of a schedule whose operator is killed, the image built by its Dockerfile',
  project: 'slow',
  lab: true,
  args: [],
  command: 'npm run test:slow',
};

const badInput: Suite = {
  name: 'bad input',
  what: 'each bad input up to its status, on a real node',
  project: 'bad-input',
  lab: true,
  args: [],
  command: 'npm run test:slow',
};

const slowPlane: Suite = {
  name: 'slow plane',
  what: 'what the Kubernetes core costs with a thousand objects',
  project: 'slow-plane',
  args: [],
  command: 'npm run test:slow',
};

const longFailures: Suite = {
  name: 'long failures',
  what: 'rows of the failure table that take more than a minute on an API server of their own',
  project: 'failures',
  args: [],
  command: 'npm run test:failures',
};

/** Every suite that holds a row of the failure table; scripts/failures.ts picks its tests. */
export const failureStages: Stage[] = [
  [unit],
  [cluster, refusals, conformance],
  [operator],
  [disruptions, controlPlane],
  [slow, longFailures],
  [badInput],
];

const selections: Record<string, Selection> = {
  all: {
    stages: [
      [verify],
      [unit],
      [lab],
      [cluster, refusals, conformance],
      [operator],
      [disruptions],
      // By themselves: they say how much memory and time an operator takes.
      [controlPlane, idle],
    ],
    left: [slow, badInput, slowPlane, longFailures, moreSeeds],
  },
  unit: { stages: [[unit]], left: [] },
  conformance: { stages: [[conformance]], left: [] },
  'control-plane': { stages: [[controlPlane, idle]], left: [] },
  cluster: { stages: [[lab], [cluster, refusals]], left: [] },
  operator: { stages: [[operator], [disruptions]], left: [] },
  roundtrip: { stages: [[roundtrip]], left: [] },
  slow: { stages: [[slowPlane], [slow], [badInput], [moreSeeds]], left: [] },
};

export const usage = `usage: npm test [-- ${Object.keys(selections).join(' | ')}] [--seed N]`;

export function suitesOf(name: string): Selection | undefined {
  return Object.hasOwn(selections, name) ? selections[name] : undefined;
}
