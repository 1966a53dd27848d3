// SPDX-License-Identifier: Apache-2.0
// A schedule whose operator is killed: after each of its writes, at moments that nobody chose, and over many slots.
// Invariant: one backup per slot, whatever dies.
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusBackupSchedule } from '../../../src/api/index.ts';
import { startHttpProxy, type Request } from '../kube/support/http-proxy.ts';
import { askedOf } from './support/audit.ts';
import { Bench, patienceMs, scheduleOf } from './support/bench.ts';
import { succeeds } from './support/results.ts';
import { letCome, slotName, untilDealtWith, untilMade } from './support/slots.ts';
import { Stage } from './support/stage.ts';

const plane = inject('controlPlane');
const kind = 'MilvusBackupSchedule';
const slot = (day: number): string => `2026-01-${String(day).padStart(2, '0')}T03:00:00Z`;

/** Names of all backups that were ever made here, as often as they were. */
function madeIn({ namespace }: Bench): string[] {
  return askedOf(plane, `/namespaces/${namespace}/milvusbackups`)
    .filter(
      ({ verb, resource, subresource, code }) =>
        verb === 'create' && resource === 'milvusbackups' && subresource === '' && code === 201,
    )
    .map(({ name }) => name)
    .sort();
}

async function open(script: boolean): Promise<Stage> {
  const stage = new Stage(await new Bench(plane).start());
  await stage.kubelet.start();
  await stage.instance('milvus');
  await stage.storage('store');
  if (script) stage.kubelet.fates = (args) => succeeds(args);
  return stage;
}

/** Of schedules and the backups they make; not what runs write of themselves. */
function isCounted({ method, path }: Request): boolean {
  const isChild = method === 'POST' && path.endsWith('/milvusbackups');
  return (
    isChild || (method === 'PATCH' && path.includes('/milvusbackupschedules/')) || isCancel({ method, path })
  );
}

function isCancel({ method, path }: Pick<Request, 'method' | 'path'>): boolean {
  return method === 'PATCH' && /\/milvusbackups\/[^/]+$/.test(path);
}

/** Two slots, the second of which replaces the first one's backup, with an operator that is killed after write `k`. */
async function play(
  k: number,
): Promise<{ writes: number; made: string[]; status: MilvusBackupSchedule['status'] }> {
  const stage = await open(false);
  const proxy = await startHttpProxy(plane);
  let writes = 0;
  let again: Promise<unknown> = Promise.resolve();
  proxy.onAnswer((request) => {
    if (!isCounted(request) || (writes += 1) !== k) return true;
    const killed = stage.operator;
    killed.signal('SIGKILL');
    again = killed.exit().then(() => stage.startOperator());
    return false;
  });
  try {
    await stage.startOperator({ server: proxy.url });
    await stage.bench.create(scheduleOf('s', { concurrencyPolicy: 'Replace' }));
    await letCome(stage.bench, 's', slot(1));
    const before = await untilMade(stage.bench, slotName('s', slot(1)));
    await stage.pod(before);
    await letCome(stage.bench, 's', slot(2));
    const { status } = await untilDealtWith(stage.bench, 's', slot(2));
    await stage.bench.phase<MilvusBackup>('MilvusBackup', before.metadata.name, 'Canceled');
    return { writes, made: madeIn(stage.bench), status };
  } finally {
    await again;
    await stage.close();
    await proxy.close();
  }
}

describe.concurrent('the operator of a schedule', () => {
  it('[FM-01] killed after each of its writes: one backup for each slot', async () => {
    const whole = await play(0);
    const both = [slotName('s', slot(1)), slotName('s', slot(2))];
    expect(whole.made).toEqual(both);
    expect(whole.writes).toBeGreaterThanOrEqual(5);
    for (let k = 1; k <= whole.writes; k++) {
      const { made, status } = await play(k);
      expect(made, `killed after write ${k} of ${whole.writes}`).toEqual(both);
      expect(status.missedCount).toBe(0);
    }
  }, 900_000);

  it('[FM-02] killed at 50 moments over 20 slots: 20 backups', async () => {
    const stage = await open(true);
    try {
      await stage.startOperator();
      await stage.bench.create(scheduleOf('s'));
      let kills = 0;
      for (let day = 1; day <= 20; day++) {
        await letCome(stage.bench, 's', slot(day));
        // The first while it is at it, the others whenever.
        for (const withinMs of day % 2 === 0 ? [300, 1500] : [300, 1500, 1500]) {
          await sleep(Math.random() * withinMs);
          await stage.operator.kill();
          kills += 1;
          await stage.startOperator();
        }
        await untilMade(stage.bench, slotName('s', slot(day)));
        await untilDealtWith(stage.bench, 's', slot(day));
      }
      expect(kills).toBe(50);
      const all = Array.from({ length: 20 }, (_, i) => slotName('s', slot(i + 1)));
      expect(madeIn(stage.bench)).toEqual(all);
      const { status } = await stage.bench.until<MilvusBackupSchedule>(
        kind,
        's',
        (one) => one.status.lastSuccessfulBackup === all.at(-1),
        patienceMs,
      );
      expect(status).toMatchObject({ missedCount: 0, consecutiveFailures: 0, active: [] });
    } finally {
      await stage.close();
    }
  }, 900_000);

  it.each([1, 3, 30])(
    '[FM-03] [FM-32] away over %i slots: one backup for all of them',
    async (count) => {
      const stage = await open(true);
      try {
        await stage.startOperator();
        await stage.bench.create(scheduleOf('s', { cron: '0 3 * * *' }));
        await letCome(stage.bench, 's', new Date(Date.now() + 3_600_000).toISOString());
        await stage.operator.kill();
        const latest = lastThree();
        const first = new Date(Date.parse(latest) - (count - 1) * 86_400_000)
          .toISOString()
          .replace('.000', '');
        await stage.bench.patch(kind, 's', { status: { nextScheduleTimes: [first] } }, 'status');
        await stage.startOperator();
        const { status } = await untilDealtWith(stage.bench, 's', latest);
        expect(status.missedCount).toBe(count - 1);
        expect(madeIn(stage.bench)).toEqual([slotName('s', latest)]);
      } finally {
        await stage.close();
      }
    },
    300_000,
  );
});

/** The last three o'clock in the morning that there was, of UTC. */
function lastThree(): string {
  const today = new Date().toISOString().slice(0, 10);
  const three = Date.parse(`${today}T03:00:00Z`);
  const past = three <= Date.now() ? three : three - 86_400_000;
  return new Date(past).toISOString().replace('.000', '');
}
