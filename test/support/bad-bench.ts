// SPDX-License-Identifier: Apache-2.0
// What tests of bad input share: runs of the real command whose every word is searched for secrets, what a refusal must
// say, and a look at what the run left in Milvus and in the buckets.
import { randomBytes } from 'node:crypto';
import { DataType, type MilvusClient } from '@zilliz/milvus2-sdk-node';
import { expect } from 'vitest';
import type { Reason } from '../../src/base/reason.ts';
import type { ExitCode } from '../../src/contract/exit.ts';
import type { LabInfo } from '../lab/lab.ts';
import { openBuckets, type Buckets } from './bad-buckets.ts';
import { insertRows, must } from './collection.ts';
import { labConfig, openDesk, type ConfigDocument, type Desk, type Ended, type Running } from './command.ts';

/** Changes a good configuration into the bad one that a case is about. */
export type Change = (document: ConfigDocument) => void;

/** What a run that must not succeed ends with; `says`: what was found, where, and what to do. */
export type Refusal = { code: ExitCode; reason: Reason; says: readonly (string | RegExp)[] };

export type Told = Ended & { runId: string };

export type Bench = {
  desk: Desk;
  buckets: Buckets;
  /** Folder of the bucket for backups that is this bench's own. */
  prefix: string;
  /** No run may say any of these; the lab's own are among them from the start. */
  secrets: string[];
  document(which?: 'source' | 'target', change?: Change): ConfigDocument;
  /** Runs a command that takes a run id with one of its own, every other as it is. */
  run(document: unknown, args: readonly string[]): Promise<Told>;
  start(document: unknown, args: readonly string[], onLine: Parameters<Desk['start']>[2]): Running & Run;
  /** The objects of the backup `name`; of all backups without one. */
  backup(name?: string): Promise<Map<string, string>>;
  close(): Promise<void>;
};

type Run = { runId: string; told: Promise<Told> };

export function openBench(lab: LabInfo, area: string): Bench {
  const desk = openDesk();
  const buckets = openBuckets(lab);
  const prefix = `bad-${area}-${process.pid}`;
  const secrets = [lab.minio.secretKey, lab.minio.accessKey];
  const start: Bench['start'] = (document, args, onLine) => {
    const runId = `${randomBytes(4).toString('hex')}-bad`;
    const takesId = ['create', 'restore'].includes(args[0] ?? '') && !args.includes('--run-id');
    const own = takesId ? ['--run-id', runId] : [];
    const running = desk.start(desk.config(document), [...args, ...own, '--report', 'json'], onLine);
    const told = running.ended.then((ended) => {
      expectDiscreet(ended, secrets);
      return { ...ended, runId };
    });
    return { ...running, runId, told };
  };
  return {
    desk,
    buckets,
    prefix,
    secrets,
    document(which = 'source', change = () => {}) {
      const document = labConfig(lab, prefix, which);
      change(document);
      return document;
    },
    run: (document, args) => start(document, args, undefined).told,
    start,
    backup: (name) =>
      buckets.etags(lab.minio.backupBucket, name === undefined ? `${prefix}/` : `${prefix}/${name}/`),
    async close() {
      desk.close();
      await buckets.empty(lab.minio.backupBucket, `${prefix}/`);
      for (const { bucket } of [lab.milvus.source, lab.milvus.target]) {
        for (const runId of await buckets.folders(bucket, restores)) {
          if (runId.endsWith('-bad')) await buckets.empty(bucket, `${restores}${runId}/`);
        }
      }
      buckets.close();
    },
  };
}

const restores = 'milvusbackup.dev/restores/';

/** A secret that a message repeats is a secret no more. */
function expectDiscreet({ stdout, stderr }: Ended, secrets: readonly string[]): void {
  for (const secret of secrets) expect(`${stdout}\n${stderr}`).not.toContain(secret);
}

export function expectRefused(told: Ended, { code, reason, says }: Refusal): void {
  const { result } = told;
  const message = String(result?.message);
  expect({ code: told.code, reason: result?.reason }, told.stdout + told.stderr).toEqual({ code, reason });
  expect(result?.outcome).toBe('Failed');
  for (const said of says) {
    if (typeof said === 'string') expect(message).toContain(said);
    else expect(message).toMatch(said);
  }
}

/** Each of the commands, all at once, is refused in the same words and leaves nothing of a restore. */
export async function expectAllRefused(
  bench: Bench,
  document: unknown,
  commands: readonly (readonly string[])[],
  { place, ...refusal }: Refusal & { place: Place },
): Promise<void> {
  for (const told of await Promise.all(commands.map((args) => bench.run(document, args)))) {
    expectRefused(told, refusal);
    await expectNoTrace(bench, told, place);
  }
}

export function expectDone(told: Ended): void {
  expect(told.code, told.stdout + told.stderr).toBe(0);
}

/** A Milvus, and the bucket in which a restore into it keeps its own things. */
export type Place = { client: MilvusClient; bucket: string };

/** What a refused run leaves of a restore in Milvus and in its bucket: nothing. */
export async function expectNoTrace(
  { buckets }: Bench,
  { runId }: { runId: string },
  { client, bucket }: Place,
): Promise<void> {
  expect(await temporaries(client, runId)).toEqual([]);
  expect([...(await buckets.etags(bucket, `${restores}${runId}/`)).keys()]).toEqual([]);
}

/** The same for a restore that had begun: its ledger stays, so that the run can be told again. */
export async function expectOnlyLedger(
  { buckets }: Bench,
  { runId }: { runId: string },
  { client, bucket }: Place,
): Promise<void> {
  expect(await temporaries(client, runId)).toEqual([]);
  const left = [...(await buckets.etags(bucket, `${restores}${runId}/`)).keys()];
  expect(left).toEqual([`${restores}${runId}/ledger.json`]);
}

/** What the run builds under names of its own. */
export async function temporaries(client: MilvusClient, runId: string): Promise<string[]> {
  const listed = await client.showCollections({});
  return listed.data.map(({ name }) => name).filter((name) => name.startsWith(`mb_${runId.slice(0, 8)}`));
}

/** One segment of `rows` rows, without deletes, index or alias; not flushed where `flush` is false: then no segment. */
export async function makeTiny(
  client: MilvusClient,
  name: string,
  { rows = 40, flush = true } = {},
): Promise<void> {
  await client.dropCollection({ collection_name: name });
  await must(
    client.createCollection({
      collection_name: name,
      shards_num: 1,
      enable_dynamic_field: true,
      fields: [
        { name: 'id', data_type: DataType.Int64, is_primary_key: true },
        { name: 'v', data_type: DataType.FloatVector, dim: 16 },
        { name: 's', data_type: DataType.VarChar, max_length: 64 },
      ],
    }),
  );
  await insertRows(
    client,
    name,
    Array.from({ length: rows }, (_, i) => i),
  );
  if (flush) await must(client.flushSync({ collection_names: [name] }));
}

export async function idOf(client: MilvusClient, name: string): Promise<string> {
  const { collectionID } = await must(client.describeCollection({ collection_name: name }));
  return collectionID;
}

/** Rows of flushed segments, deleted ones included: enough to see that none were added or taken, and no load. */
export async function flushedRows(client: MilvusClient, name: string): Promise<number> {
  const { data } = await must(client.getCollectionStatistics({ collection_name: name }));
  return Number(data['row_count']);
}
