// SPDX-License-Identifier: Apache-2.0
// Minutes in which nobody wants anything: by the audit log the operator writes nothing but its Lease; in half an hour
// watches end and begin anew besides. With a control plane of its own, so that others may run beside it.
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Bench } from '../control-plane/operator/support/bench.ts';
import { askedWhileIdle, settle, untilSettled } from '../control-plane/operator/support/idle.ts';
import { startOperator, type Operator } from '../control-plane/operator/support/operators.ts';
import { succeeds } from '../control-plane/operator/support/results.ts';
import { Stage } from '../control-plane/operator/support/stage.ts';
import { startControlPlaneOnly, type ControlPlane } from '../lab/control-plane-only.ts';

/** Five in every gate, thirty in `npm run test:slow`. */
const idleMinutes = Number(process.env['IDLE_MINUTES'] ?? 5);
const idleMs = idleMinutes * 60_000;
let plane: ControlPlane;
let stage: Stage;
let operator: Operator;
beforeAll(async () => {
  plane = await startControlPlaneOnly({ controllers: true, audit: true });
  stage = new Stage(await new Bench(plane.info).start());
  await stage.kubelet.start();
  const { namespace } = stage.bench;
  const flags = [`--lease-namespace=${namespace}`];
  operator = startOperator(plane.info, { namespaces: [namespace], flags });
  await operator.until('leading');
});
afterAll(async () => {
  await operator?.kill();
  await stage?.close();
  await plane?.stop();
});

it(
  `an operator writes nothing but its Lease for ${idleMinutes} minutes`,
  async () => {
    await settle(stage.bench);
    await untilSettled(stage.bench);
    await stage.backup('done', {}, (args) => succeeds(args));
    const done = await stage.bench.phase('MilvusBackup', 'done', 'Succeeded');
    await stage.bench.untilJobs(done, (jobs) =>
      jobs.every(({ spec }) => spec.ttlSecondsAfterFinished !== undefined),
    );
    // A storage is counted once more when a backup in it has ended, about a minute later.
    await sleep(100_000);
    await untilSettled(stage.bench);
    const asked = await askedWhileIdle(stage.bench, idleMs);
    const writes = asked.filter(
      (request) => !/^(get|list|watch) /.test(request) && request !== 'update leases',
    );
    const { now } = operator.memory();
    console.log(
      `idle for ${idleMinutes} min: ${asked.length} requests, writes [${writes.join(', ')}], ${now.toFixed(0)} MiB`,
    );
    expect(writes).toEqual([]);
    expect(now).toBeLessThan(120);
  },
  idleMs + 600_000,
);
