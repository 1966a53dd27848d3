// SPDX-License-Identifier: Apache-2.0
// What a run waits for, what it says meanwhile, and that it is woken when it comes: by a watch within a second or two, by
// the clock where there is none.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup, type MilvusRestore } from '../../../src/api/index.ts';
import { configMaps } from '../../../src/controllers/resources.ts';
import { secrets } from '../kube/support/bench.ts';
import { instanceOf, secret, storageOf, type AnyRun, type KindName } from './support/bench.ts';
import { succeeds } from './support/results.ts';
import { Stage } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

const waitsFor = (name: string, reason: string, kind: KindName = 'MilvusBackup'): Promise<AnyRun> =>
  stage.bench.until<AnyRun>(
    kind,
    name,
    ({ status }) => findCondition(status?.conditions, 'Reconciling')?.reason === reason,
  );
const messageOf = ({ status }: AnyRun): string =>
  findCondition(status.conditions, 'Reconciling')?.message ?? '';

/** How long it took to begin, ms. */
async function begun(name: string, kind: KindName = 'MilvusBackup'): Promise<number> {
  const start = performance.now();
  await stage.bench.until<AnyRun>(kind, name, ({ status }) => (status?.attempts ?? []).length > 0);
  return performance.now() - start;
}
/** Without the watch it would be an hour; what is more than a second or two is a machine that does other things too. */
const atOnce = 30_000;

describe.concurrent('a backup waits', () => {
  it('for its instance', async () => {
    await stage.backup('a', { instanceRef: { name: 'later' } });
    expect(messageOf(await waitsFor('a', 'InstanceNotFound'))).toContain('later');
    await stage.bench.create(secret('later-login'));
    await stage.bench.create(instanceOf('later'));
    expect(await begun('a')).toBeLessThan(atOnce);
  });

  it('for its storage', async () => {
    await stage.backup('b', { storageRef: { name: 'soon' } });
    expect(messageOf(await waitsFor('b', 'StorageNotFound'))).toContain('soon');
    await stage.bench.create(secret('soon-login'));
    await stage.bench.create(storageOf('soon'));
    expect(await begun('b')).toBeLessThan(atOnce);
  });

  // Invariant: no attempt before the key is there, and one within ten seconds of it.
  it('[FM-22] for a Secret and for a key of it, by the clock', async () => {
    await stage.bench.create(instanceOf('bare'));
    await stage.backup('c', { instanceRef: { name: 'bare' } });
    expect(messageOf(await waitsFor('c', 'SecretNotFound'))).toContain('bare-login');
    await stage.bench.create(secret('bare-login', { accesskey: 'not for the status' }));
    const missing = await waitsFor('c', 'SecretKeyMissing');
    expect(messageOf(missing)).toContain('secretkey');
    expect(JSON.stringify(missing)).not.toContain('not for the status');
    const place = { namespace: stage.bench.namespace, name: 'bare-login' };
    const body = { stringData: { secretkey: 'neither' } };
    await stage.bench.rest.patch(secrets, place, { fieldManager: 'test', body });
    expect(await begun('c')).toBeLessThan(10_000 + atOnce);
  });

  it('for a ConfigMap and for a key of it, by the clock', async () => {
    await stage.bench.create(secret('trusting-login'));
    const caBundle = { configMapKeyRef: { name: 'authorities', key: 'ca.crt' } };
    await stage.bench.create(instanceOf('trusting', { tls: { mode: 'Server', caBundle } }));
    await stage.backup('g', { instanceRef: { name: 'trusting' } });
    expect(messageOf(await waitsFor('g', 'ConfigMapNotFound'))).toContain('authorities');
    const place = { namespace: stage.bench.namespace, name: 'authorities' };
    const made = { apiVersion: 'v1', kind: 'ConfigMap', metadata: place, data: { 'other.crt': 'x' } };
    await stage.bench.rest.create(configMaps, made, { fieldManager: 'test' });
    expect(messageOf(await waitsFor('g', 'ConfigMapKeyMissing'))).toContain('ca.crt');
    const body = { data: { 'ca.crt': 'x' } };
    await stage.bench.rest.patch(configMaps, place, { fieldManager: 'test', body });
    expect(await begun('g')).toBeLessThan(10_000 + atOnce);
  });

  it('[FM-22] for its instance to name another Secret, which wakes it at once', async () => {
    await stage.bench.create(instanceOf('wrong'));
    await stage.backup('d', { instanceRef: { name: 'wrong' } });
    await waitsFor('d', 'SecretNotFound');
    const auth = { secretRef: { name: 'milvus-login' } };
    await stage.bench.patch('MilvusInstance', 'wrong', { spec: { storage: { auth } } });
    expect(await begun('d')).toBeLessThan(atOnce);
  });
});

describe.concurrent('a restore waits', () => {
  it('for its backup to be there, and to be done', async () => {
    await stage.instance('alone');
    await stage.restore('e', { source: { backupRef: { name: 'e-source' } }, instanceRef: { name: 'alone' } });
    await waitsFor('e', 'BackupNotReady', 'MilvusRestore');
    const made = await stage.backup('e-source');
    await stage.bench.until<MilvusRestore>('MilvusRestore', 'e', (object) =>
      messageOf(object).includes('Running'),
    );
    const { pod, args } = await stage.pod(made);
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.phase<MilvusBackup>('MilvusBackup', 'e-source', 'Succeeded');
    expect(await begun('e', 'MilvusRestore')).toBeLessThan(atOnce);
  });

  it('for a backup that failed until somebody makes it anew', async () => {
    await stage.instance('alone-too');
    const refused = (args: Parameters<typeof succeeds>[0]) => succeeds(args);
    await stage.restore('f', {
      source: { backupRef: { name: 'f-source' } },
      instanceRef: { name: 'alone-too' },
    });
    await stage.backup('f-source', { instanceRef: { name: 'nowhere' } });
    await stage.bench.patch('MilvusBackup', 'f-source', { spec: { cancel: true } });
    await stage.bench.phase<MilvusBackup>('MilvusBackup', 'f-source', 'Canceled');
    await stage.bench.until<MilvusRestore>('MilvusRestore', 'f', (object) =>
      messageOf(object).includes('Canceled'),
    );
    await stage.bench.delete('MilvusBackup', 'f-source');
    await stage.bench.gone('MilvusBackup', 'f-source');
    await stage.backup('f-source', {}, refused);
    await stage.bench.phase<MilvusBackup>('MilvusBackup', 'f-source', 'Succeeded');
    expect(await begun('f', 'MilvusRestore')).toBeLessThan(atOnce);
  });
});
