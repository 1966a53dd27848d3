// SPDX-License-Identifier: Apache-2.0
// A schedule of every minute, left alone on a real node for half an hour, while the operator is killed at moments that
// nobody chose. At the end there is what its slots and its retention say, in the cluster and in the bucket, and no more.
import { setTimeout as sleep } from 'node:timers/promises';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { MilvusBackup, MilvusBackupSchedule } from '../../src/api/index.ts';
import { randomOf, type Random } from '../data/random.ts';
import { instanceOf } from '../lab/instance.ts';
import { kubectl } from '../lab/kubectl.ts';
import { installOperator, operatorNamespace } from '../lab/operator.ts';
import { openBuckets } from '../support/bad-buckets.ts';
import { connect, makeCollection, type SmallCollection } from '../support/collection.ts';
import { killLeader, untilAnotherLeads } from '../support/operator-pods.ts';
import type { Seen } from '../support/objects.ts';
import { modest } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const minutes = Number(process.env['SCHEDULE_MINUTES'] ?? 30);
const seed = process.env['SEED'] ?? '1';
const keepLast = 5;
const minuteMs = 60_000;
let world: World;
let milvus: MilvusClient;
let made: SmallCollection;

beforeAll(async () => {
  await installOperator({ log: (line) => console.log(line) });
  milvus = await connect(lab.milvus.source.address);
  world = await openWorld(lab, 'minutely');
  made = await makeCollection(milvus, `${world.namespace.replaceAll('-', '_')}_c`, 200, 2);
}, 600_000);

afterAll(async () => {
  await world.objects.kubectl(['delete', 'mbs', '--all']);
  await world.close();
  await milvus.dropCollection({ collection_name: made.name });
  await milvus.closeConnection();
}, 600_000);

/** Every backup that was ever seen, by its slot, with the phases it went through. */
type Log = Map<string, { name: string; phases: Set<string> }>;

async function look(log: Log): Promise<MilvusBackup[]> {
  const { items } = JSON.parse(await world.objects.kubectl(['get', 'mbk', '-o', 'json'])) as {
    items: MilvusBackup[];
  };
  for (const { metadata, status } of items) {
    const slot = metadata.annotations?.['milvusbackup.dev/slot'];
    expect(slot, `${metadata.name} was made for no slot`).toBeDefined();
    const known = log.get(slot!) ?? { name: metadata.name, phases: new Set<string>() };
    expect(metadata.name, `slot ${slot} has two backups`).toBe(known.name);
    known.phases.add(status?.phase ?? 'Pending');
    log.set(slot!, known);
  }
  return items;
}

/** The process dies without a word; the pod goes too, or the kubelet would wait longer from time to time. */
async function killOperator(): Promise<void> {
  const [pod = ''] = (await killLeader()).split('_');
  const remove = ['delete', 'pod', pod, '--force', '--grace-period=0', '--ignore-not-found'];
  await kubectl(instanceOf(), ['-n', operatorNamespace, ...remove]);
}

async function haunt(random: Random, log: Log, until: number): Promise<number> {
  let kills = 0;
  let next = Date.now() + 30_000;
  while (Date.now() < until) {
    await look(log);
    if (Date.now() >= next) {
      await killOperator();
      kills += 1;
      next = Date.now() + random.int(20_000, 150_000);
    }
    await sleep(3000);
  }
  await untilAnotherLeads('');
  return kills;
}

function slotsBetween(first: string, last: string): string[] {
  const from = Date.parse(first);
  const count = (Date.parse(last) - from) / minuteMs + 1;
  return Array.from({ length: count }, (_, i) =>
    new Date(from + i * minuteMs).toISOString().replace('.000', ''),
  );
}

async function applySchedule(): Promise<void> {
  const template = {
    spec: {
      instanceRef: { name: 'milvus' },
      storageRef: { name: 'backups' },
      include: [made.name],
      job: modest,
    },
  };
  const spec = { cron: '* * * * *', retention: { keepLast }, template };
  const metadata = { name: 'minutely' };
  const apiVersion = 'milvusbackup.dev/v1alpha1';
  await world.objects.apply([{ apiVersion, kind: 'MilvusBackupSchedule', metadata, spec }]);
}

/** What was begun ends, and what is too many goes. */
async function untilQuiet(): Promise<MilvusBackupSchedule['status']> {
  await world.objects.patch('mbs/minutely', { spec: { suspend: true } });
  const { status } = await world.objects.until<MilvusBackupSchedule & Seen>(
    'mbs/minutely',
    ({ status: now }) => (now.active ?? []).length === 0 && (now.retention?.going ?? []).length === 0,
    300_000,
  );
  return status;
}

async function foldersInBucket(): Promise<string[]> {
  const buckets = openBuckets(lab);
  const folders = await buckets.folders(lab.minio.backupBucket, `${world.prefix}/`);
  buckets.close();
  return folders.toSorted();
}

it(
  'has exactly the backups that its slots and its retention say',
  async () => {
    await applySchedule();
    const log: Log = new Map();
    const kills = await haunt(randomOf(seed), log, Date.now() + minutes * minuteMs);
    const told = await untilQuiet();
    const left = await look(log);
    const seen = [...log.keys()].toSorted();
    const slots = slotsBetween(seen[0]!, told.lastScheduleTime!);
    const missed = slots.filter((slot) => !log.has(slot));
    console.log(
      `seed ${seed}: ${kills} kills, ${slots.length} slots, ${log.size} backups, ${missed.length} missed`,
    );
    expect(kills).toBeGreaterThan(minutes / 4);
    expect(missed).toHaveLength(told.missedCount ?? 0);
    expect([...log.values()].filter(({ phases }) => !phases.has('Succeeded'))).toEqual([]);
    const newest = seen.slice(-keepLast).map((slot) => log.get(slot)!.name);
    expect(left.map(({ metadata }) => metadata.name).toSorted()).toEqual(newest.toSorted());
    expect(await foldersInBucket()).toEqual(left.map(({ status }) => status.backupName!).toSorted());
  },
  (minutes + 20) * minuteMs,
);
