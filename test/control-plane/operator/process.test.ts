// SPDX-License-Identifier: Apache-2.0
// The operator as a process: how it begins and ends, two of them with one Lease, and what its metrics tell.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { leases, type Lease } from '../../../src/kube/lease-record.ts';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { writeKubeconfig } from '../kube/support/bench.ts';
import { waitFor } from '../../lab/wait.ts';
import { Bench } from './support/bench.ts';
import { startOperator, type Operator } from './support/operators.ts';
import { fails, succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

const plane = inject('controlPlane');
const running: Operator[] = [];
let bench: Bench;
beforeAll(async () => {
  bench = await new Bench(plane).start();
});
afterAll(async () => {
  await Promise.all(running.map((operator) => operator.kill()));
  await bench.close();
});

function start(more: Parameters<typeof startOperator>[1] = {}, lease = bench.namespace): Operator {
  const flags = [`--lease-namespace=${bench.namespace}`, `--lease-name=${lease}`, ...(more.flags ?? [])];
  const operator = startOperator(plane, { namespaces: [bench.namespace], ...more, flags });
  running.push(operator);
  return operator;
}
const holder = async (name: string): Promise<string> =>
  (await bench.rest.get<Lease>(leases, { namespace: bench.namespace, name })).spec?.holderIdentity ?? '';

describe.concurrent('an operator', () => {
  it('[FM-40] is alive, becomes ready, and ends with 0 when it is told to, its Lease given up', async () => {
    const operator = start({}, 'told');
    await operator.until('leading');
    expect((await operator.probe('/livez')).text).toContain('[+]backups ok');
    const readyz = await operator.probe('/readyz');
    expect(readyz.status).toBe(200);
    for (const resource of ['milvusbackups', 'milvusinstances', 'jobs', 'pods']) {
      expect(readyz.text).toContain(`[+]${resource} ok`);
    }
    const from = performance.now();
    operator.signal('SIGTERM');
    expect(await operator.exit()).toBe(0);
    expect(performance.now() - from).toBeLessThan(15_000);
    expect(await holder('told')).toBe('');
  });

  // Invariant: who lost its Lease exits.
  it('[FM-13] ends with 1 when somebody else holds its Lease', async () => {
    const operator = start({}, 'taken');
    await operator.until('leading');
    const lease = await bench.rest.get<Lease>(leases, { namespace: bench.namespace, name: 'taken' });
    const spec = { ...lease.spec, holderIdentity: 'somebody else' };
    await bench.rest.patch(leases, lease.metadata, { fieldManager: 'test', body: { spec } });
    expect(await operator.exit()).toBe(1);
    expect(operator.lines.at(-1)).toMatchObject({ msg: 'lease lost' });
  });

  it('stands by while another one leads, and takes over from it', async () => {
    const first = start({}, 'shared');
    await first.until('leading');
    const second = start({}, 'shared');
    await second.until('caches synced');
    expect((await second.probe('/readyz')).status).toBe(200);
    expect((await second.probe('/metrics')).text).toContain('leader_election_master_status{name="shared"} 0');
    first.signal('SIGTERM');
    expect(await first.exit()).toBe(0);
    await second.until('leading');
  });

  it('takes a kubeconfig outside of a cluster', async () => {
    const kubeconfig = writeKubeconfig(plane, { token: plane.token });
    const operator = start({ flags: [`--kubeconfig=${kubeconfig}`, '--no-leader-election'] });
    await operator.until('caches synced');
    operator.signal('SIGINT');
    expect(await operator.exit()).toBe(0);
  });
});

describe('metrics', () => {
  it('tell what happened, by instance, and how things stand', async () => {
    const stage = await Stage.open(plane);
    try {
      await stage.instance('milvus');
      await stage.storage('store');
      await stage.backup('good', {}, (args) => (args.attempt === 1 ? fails(args) : succeeds(args)));
      await stage.backup('bad', { retry: { limit: 1 } }, (args) =>
        args.command === 'create' ? fails(args) : succeeds(args),
      );
      await stage.bench.phase('MilvusBackup', 'bad', 'Failed');
      const good = await stage.bench.phase<MilvusBackup>('MilvusBackup', 'good', 'Succeeded');
      const { namespace } = stage.bench;
      let missing: string[] = [];
      const place = `namespace="${namespace}",kind="MilvusBackup",instance="milvus"`;
      const ended = Date.parse(good.status.completionTime ?? '') / 1000;
      const wanted = [
        `milvus_backup_ended_runs_total{${place},phase="Succeeded",reason="Completed"} 1`,
        `milvus_backup_ended_runs_total{${place},phase="Failed",reason="RetriesExhausted"} 1`,
        `milvus_backup_attempts_total{${place},reason="Unreachable"} 2`,
        `milvus_backup_attempts_total{${place},reason="Completed"} 1`,
        `milvus_backup_bytes_total{${place}} 1000`,
        `milvus_backup_last_success_timestamp_seconds{${place}} ${ended}`,
        `milvus_backup_last_success_size_bytes{${place}} 1000`,
        `milvus_backup_runs{${place},phase="Failed",reason="RetriesExhausted"} 1`,
        `milvus_backup_runs_in_progress{${place}} 0`,
        `milvus_backup_queue_depth{${place}} 0`,
        `milvus_backup_last_success_duration_seconds{${place}} ${ended - Date.parse(good.status.startTime ?? '') / 1000}`,
        'milvus_backup_run_duration_seconds_count{kind="MilvusBackup",phase="Succeeded"} 1',
        'milvus_backup_queue_wait_seconds_count{kind="MilvusBackup"} 2',
        `milvus_backup_ready{namespace="${namespace}",kind="MilvusInstance",name="milvus"} 1`,
        `milvus_backup_ready{namespace="${namespace}",kind="MilvusBackupStorage",name="store"} 1`,
      ];
      // Each is counted a moment after it stands in a status.
      const text = await waitFor(
        'the metrics to tell it',
        20_000,
        async () => {
          const { text: now } = await stage.operator.probe('/metrics');
          missing = wanted.filter((line) => !now.split('\n').includes(line));
          return missing.length === 0 ? now : undefined;
        },
        () => `missing:\n${missing.join('\n')}`,
      );
      const told = [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => `${name} ${type}`);
      const page = readFileSync(join(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
      const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+) \|/gm)].map(([, name, type]) => `${name} ${type}`);
      expect(told.sort()).toEqual(rows.sort());
      // A run is no label, and what is gone is told no more.
      expect(text).not.toContain('"good"');
      await stage.bench.delete('MilvusBackup', 'good');
      await stage.bench.gone('MilvusBackup', 'good');
      const gone = await waitFor('the metrics to follow', 5000, async () => {
        const { text: later } = await stage.operator.probe('/metrics');
        return later.includes('last_success_timestamp_seconds{') ? undefined : later;
      });
      expect(gone).toContain(`milvus_backup_bytes_total{${place}} 1000`);
    } finally {
      await stage.close();
    }
  });
});
