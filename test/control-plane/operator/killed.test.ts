// SPDX-License-Identifier: Apache-2.0
// The operator killed after each of its writes, one after the other, and started again: however often, there is one Job
// per attempt and one to clean up, and the status tells what happened. A proxy before the API server counts the writes and
// kills it when one has been done and before it has heard of that.
import { readFileSync } from 'node:fs';
import { describe, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { createGate } from '../../../src/base/gate.ts';
import { startHttpProxy, type Request } from '../kube/support/http-proxy.ts';
import { succeeds, fails } from './support/results.ts';
import { Bench, patienceMs } from './support/bench.ts';
import { Stage, type Script } from './support/stage.ts';

const plane = inject('controlPlane');
/** Of all scenarios together. */
const slots = createGate(8);

type Scenario = {
  name: string;
  spec?: object;
  script: Script;
  /** When it is done; left out: once the first attempt runs. */
  ready?: (stage: Stage) => Promise<unknown>;
  /** Done to the object. What comes before it is the same in all scenarios, and killed in the one without. */
  act?: (stage: Stage) => Promise<void>;
  /** When it is over. */
  ended: (stage: Stage) => Promise<MilvusBackup | undefined>;
  /** Jobs that were ever made, without the base of their names. */
  made: string[];
};

/** In this phase, held by nothing, and its Jobs put away. */
const settled =
  (phase: string): Scenario['ended'] =>
  async ({ bench }) => {
    const isSettled = ({ metadata, status }: MilvusBackup): boolean =>
      status?.phase === phase && !metadata.finalizers;
    const ended = await bench.until<MilvusBackup>('MilvusBackup', 'b', isSettled, patienceMs);
    await bench.untilJobs(ended, (jobs) =>
      jobs.every(({ spec }) => spec.ttlSecondsAfterFinished !== undefined),
    );
    return ended;
  };

const gone: Scenario['ended'] = async ({ bench }) => {
  await bench.gone('MilvusBackup', 'b', patienceMs);
  return undefined;
};

const expired = { 'milvusbackup.dev/expired-by': 'noKeepRule' };
const ofSchedule = { 'milvusbackup.dev/schedule-uid': 'a-schedule' };

const scenarios: Scenario[] = [
  {
    name: 'a backup whose first attempt fails',
    script: (args) => (args.attempt === 1 ? fails(args) : succeeds(args)),
    ended: settled('Succeeded'),
    made: ['1', '2'],
  },
  {
    name: 'a backup that is canceled',
    script: () => 'as usual',
    act: ({ bench }) => bench.patch('MilvusBackup', 'b', { spec: { cancel: true } }),
    ended: settled('Canceled'),
    made: ['1', 'c1'],
  },
  {
    name: 'a backup that is deleted with its data',
    spec: { deletionPolicy: 'Delete' },
    script: (args) => (args.command === 'delete' ? 'as usual' : succeeds(args)),
    ready: ({ bench }) => bench.phase('MilvusBackup', 'b', 'Succeeded'),
    act: ({ bench }) => bench.delete('MilvusBackup', 'b'),
    ended: gone,
    made: ['1', 'c1'],
  },
  {
    name: 'a backup whose data expire',
    script: (args) => (args.command === 'delete' ? 'as usual' : succeeds(args)),
    ready: ({ bench }) => bench.phase('MilvusBackup', 'b', 'Succeeded'),
    act: ({ bench }) => bench.patch('MilvusBackup', 'b', { metadata: { annotations: expired } }),
    ended: settled('Expired'),
    made: ['1', 'c1'],
  },
  {
    name: 'a backup of a schedule whose data expire',
    script: (args) => (args.command === 'delete' ? 'as usual' : succeeds(args)),
    ready: ({ bench }) => bench.phase('MilvusBackup', 'b', 'Succeeded'),
    act: ({ bench }) =>
      bench.patch('MilvusBackup', 'b', { metadata: { annotations: expired, labels: ofSchedule } }),
    ended: gone,
    made: ['1', 'c1'],
  },
];

/** About the backup and its Jobs; neither Events nor checks of instance and storage. */
function isCounted({ method, path }: Request): boolean {
  return method !== 'GET' && (path.includes('/milvusbackups/') || path.includes('/jobs'));
}

type Played = { writes: number; before: number; status: MilvusBackup['status'] | undefined; made: string[] };

/** Plays it through with an operator that is killed after its write number `k`; 0: never. */
async function play(scenario: Scenario, k: number): Promise<Played> {
  const bench = await new Bench(plane).start();
  const stage = new Stage(bench);
  const proxy = await startHttpProxy(plane);
  let writes = 0;
  let before = 0;
  let again: Promise<unknown> = Promise.resolve();
  proxy.onAnswer((request) => {
    if (!isCounted(request) || (writes += 1) !== k) return true;
    const killed = stage.operator;
    killed.signal('SIGKILL');
    again = killed.exit().then(() => stage.startOperator());
    return false;
  });
  try {
    await stage.kubelet.start();
    await stage.instance('milvus');
    await stage.storage('store');
    await stage.startOperator({ server: proxy.url });
    const made = await stage.backup('b', scenario.spec, scenario.script);
    if (scenario.act) before = await act(stage, scenario, () => writes);
    const ended = await scenario.ended(stage);
    return { writes, before, status: ended?.status, made: madeOf(made) };
  } finally {
    await again;
    await stage.close();
    await proxy.close();
  }
}

/** Returns how many writes there had been. */
async function act(stage: Stage, scenario: Scenario, writes: () => number): Promise<number> {
  const isBegun = ({ status }: MilvusBackup): boolean =>
    (status?.attempts ?? []).some(({ startTime }) => startTime !== undefined);
  await stage.bench.until<MilvusBackup>('MilvusBackup', 'b', isBegun);
  await scenario.ready?.(stage);
  const before = writes();
  await scenario.act?.(stage);
  return before;
}

/** All Jobs that the server ever made for this object, from its audit log: gone ones too, and each as often as it was. */
function madeOf({ metadata: { namespace } }: MilvusBackup): string[] {
  return readFileSync(plane.auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`/namespaces/${namespace}/jobs`) && line.includes('"verb":"create"'))
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ responseStatus }) => responseStatus.code === 201)
    .map(({ objectRef }) => /-([c]?\d+)$/.exec(objectRef.name ?? '')?.[1] ?? '')
    .filter((suffix) => suffix !== '')
    .sort();
}
type AuditLine = { objectRef: { name?: string }; responseStatus: { code: number } };

describe.concurrent.each(scenarios)('$name', (scenario) => {
  // Invariant: one Job per attempt, and the same status, wherever the operator died.
  it('[FM-01] ends the same after whichever write the operator was killed', async () => {
    const { writes, before, status: whole, made } = await slots(() => play(scenario, 0));
    expect(made).toEqual(scenario.made);
    expect(writes).toBeGreaterThan(4);
    const first = Math.max(1, before);
    const all = Array.from({ length: writes - first + 1 }, (_, i) => first + i);
    const played = await Promise.all(all.map((k) => slots(() => play(scenario, k))));
    for (const [i, { status, made }] of played.entries()) {
      const about = `killed after write ${all[i]} of ${writes}`;
      expect(made, about).toEqual(scenario.made);
      expect(essence(status), about).toEqual(essence(whole));
    }
    console.log(`${scenario.name}: killed after each of writes ${first} to ${writes}`);
  }, 900_000);
});

/** Without names and times, which differ from one play to the next. */
function essence(status: MilvusBackup['status'] | undefined): unknown {
  return {
    phase: status?.phase,
    attempts: status?.attempts?.map(({ number, reason }) => ({ number, reason })),
    conditions: status?.conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
  };
}
