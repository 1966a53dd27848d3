// SPDX-License-Identifier: Apache-2.0
// What an operator asks of the API server while nobody wants anything: read from the audit log, by namespace, so that
// others may work beside it.
import { setTimeout as sleep } from 'node:timers/promises';
import { isTrue, type MilvusBackupStorage, type MilvusInstance } from '../../../../src/api/index.ts';
import { askedByOperator } from './audit.ts';
import { instanceOf, secret, storageOf, type Bench } from './bench.ts';

/** An instance and a storage that are checked on change only, once that has been done. */
export async function settle(bench: Bench): Promise<void> {
  for (const name of ['milvus-login', 'store-login']) await bench.create(secret(name));
  await bench.create(instanceOf('milvus', { checkInterval: '0s' }));
  await bench.create(storageOf('store', { checkInterval: '0s' }));
}

export async function untilSettled(bench: Bench): Promise<void> {
  const isReady = ({ status }: MilvusInstance | MilvusBackupStorage): boolean =>
    isTrue(status?.conditions, 'Ready');
  await bench.until<MilvusInstance>('MilvusInstance', 'milvus', isReady);
  await bench.until<MilvusBackupStorage>('MilvusBackupStorage', 'store', isReady);
  for (const [kind, name] of [
    ['MilvusInstance', 'milvus'],
    ['MilvusBackupStorage', 'store'],
  ] as const) {
    const object = await bench.get(kind, name);
    await bench.untilJobs(object, (jobs) =>
      jobs.every(({ spec }) => spec.ttlSecondsAfterFinished !== undefined),
    );
  }
  // What the last of those writes wakes.
  await sleep(3000);
}

/** As `verb resource`. */
export async function askedWhileIdle({ plane, namespace }: Bench, ms: number): Promise<string[]> {
  const from = Date.now();
  await sleep(ms);
  return askedByOperator(plane)
    .filter((asked) => asked.at >= from && asked.at <= from + ms - 1000)
    .filter((asked) => asked.namespace === namespace)
    .map(({ verb, resource }) => `${verb} ${resource}`);
}
