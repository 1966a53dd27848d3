// SPDX-License-Identifier: Apache-2.0
// Logins that come late, lack a key, are wrong or change: what the object says, and that it goes on when they are right.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import type { MilvusBackup } from '../../src/api/index.ts';
import { makeTiny } from '../support/bad-bench.ts';
import { connect } from '../support/collection.ts';
import type { Manifest } from '../support/examples.ts';
import { openHeldStore, type HeldStore } from '../support/held-store.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { hasty, jobsOf, modest, untilReconciling } from '../support/runs.ts';
import { makeTemporaryLogin, type TemporaryLogin } from '../support/temporary-login.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
const { accessKey, secretKey } = lab.minio;
let world: World;
let store: HeldStore;
let source: MilvusClient;
let collection: string;

beforeAll(async () => {
  source = await connect(lab.milvus.source.address);
  world = await openWorld(lab, 'credentials');
  store = await openHeldStore(lab, world);
  await world.applyInstance('milvus', { maxConcurrentBackups: 20 });
  collection = `${world.namespace.replaceAll('-', '_')}_c`;
  await makeTiny(source, collection);
});

afterAll(async () => {
  await world?.close();
  await store?.close();
  await source?.dropCollection({ collection_name: collection });
  await source?.closeConnection();
});

function secret(name: string, stringData: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

/** A storage of that name, whose Secret is called the same. */
function applyStorage(name: string, more: Record<string, unknown> = {}, keys: object = {}): Promise<void> {
  const auth = { secretRef: { name, ...keys } };
  return world.applyStorage(name, { auth, prefix: `${world.prefix}-${name}`, ...more });
}

function applyBackup(name: string, spec: Record<string, unknown> = {}): Promise<void> {
  const common = { storageRef: { name }, include: [collection], retry: hasty, job: modest };
  return world.applyBackup(name, { ...common, ...spec });
}

// Invariant: waited for when missing, tried again when wrong, named when it stays so.
describe.concurrent('[FM-22] a Secret', () => {
  it('that is not there yet, and comes without a key first, is waited for', async () => {
    const { objects } = world;
    await applyStorage('late');
    await applyBackup('late');
    const waiting = await untilReconciling(objects, 'mbk/late', 'SecretNotFound');
    expect(conditionOf(waiting, 'Ready')?.message).toContain('Secret late is not there');
    const storage = await untilReconciling(objects, 'mbst/late', 'SecretNotFound');
    expect(conditionOf(storage, 'Ready')?.status).toBe('False');

    await objects.apply([secret('late', { accesskey: accessKey, secretKey })]);
    const lacking = await untilReconciling(objects, 'mbk/late', 'SecretKeyMissing', 20_000);
    expect(conditionOf(lacking, 'Ready')?.message).toMatch(/holds .*accesskey.*and not secretkey/);
    await untilReconciling(objects, 'mbst/late', 'SecretKeyMissing', 20_000);
    expect(lacking.status.attempts).toBeUndefined();
    expect(await jobsOf(objects, lacking)).toEqual([]);

    await objects.apply([secret('late', { accesskey: accessKey, secretkey: secretKey })]);
    const { status } = await untilSucceeded<MilvusBackup>(objects, 'mbk/late', undefined, 60_000);
    expect(status.attempts).toHaveLength(1);
    await objects.until('mbst/late', (seen) => conditionOf(seen, 'Ready')?.status === 'True', 60_000);
  });

  it('that is wrong is tried again, and found right when it was mended', async () => {
    const { objects } = world;
    await objects.apply([secret('wrong', { accesskey: accessKey, secretkey: 'not-the-secret-key' })]);
    await applyStorage('wrong');
    await applyBackup('wrong', { retry: { limit: 10, ...hasty } });
    const seen = await objects.until<MilvusBackup & Seen>('mbk/wrong', ({ status }) => {
      return status.attempts?.some(({ reason }) => reason === 'CredentialsRejected') ?? false;
    });
    expect(seen.status.attempts?.[0]).toMatchObject({
      reason: 'CredentialsRejected',
      exitCode: 1,
      message: expect.stringContaining('Check access key and secret key'),
    });
    await objects.until('mbst/wrong', (one) => conditionOf(one, 'Ready')?.reason === 'CredentialsRejected');
    await objects.apply([secret('wrong', { accesskey: accessKey, secretkey: secretKey })]);
    const { status } = await untilSucceeded<MilvusBackup>(objects, 'mbk/wrong');
    expect(JSON.stringify(status)).not.toContain('not-the-secret-key');
  });

  it('that is wrong to the end ends the run, and says so', async () => {
    const { objects } = world;
    await objects.apply([secret('never', { accesskey: accessKey, secretkey: 'not-the-secret-key' })]);
    await applyStorage('never');
    await applyBackup('never', { retry: { limit: 2, ...hasty } });
    const seen = await objects.until<MilvusBackup & Seen>('mbk/never', ({ status }) => {
      return status.phase === 'Failed';
    });
    expect(conditionOf(seen, 'Stalled')).toMatchObject({
      reason: 'RetriesExhausted',
      message: expect.stringMatching(/all of 2 attempts, the last by CredentialsRejected/),
    });
    expect(seen.status.attempts).toHaveLength(2);
    expect(JSON.stringify(seen.status)).not.toContain('not-the-secret-key');
  });
});

// Invariant: the next attempt reads the new one.
describe('[FM-22] a login that changes', () => {
  const keys = { sessionTokenKey: 'token' };
  const login = ({ accessKey, secretKey, token }: TemporaryLogin): Manifest =>
    secret('rotated', { accesskey: accessKey, secretkey: secretKey, token });

  it('between two runs: each uses the one that is there', async () => {
    const [first, second] = [await makeTemporaryLogin(lab), await makeTemporaryLogin(lab)];
    await world.objects.apply([login(first)]);
    await applyStorage('rotated', { endpoint: store.endpoint, prefix: `${world.prefix}-held` }, keys);
    await applyBackup('before', { storageRef: { name: 'rotated' } });
    await untilSucceeded<MilvusBackup>(world.objects, 'mbk/before');
    await world.objects.apply([login(second)]);
    store.setFault({ kind: 'answer', status: 403, code: 'InvalidAccessKeyId', login: first.accessKey });
    await applyBackup('after', { storageRef: { name: 'rotated' } });
    const { status } = await untilSucceeded<MilvusBackup>(world.objects, 'mbk/after');
    expect(status.attempts).toHaveLength(1);
  });

  it('while a run is at work: another attempt goes on with the new one', async () => {
    const [first, second] = [await makeTemporaryLogin(lab), await makeTemporaryLogin(lab)];
    await world.objects.apply([login(first)]);
    store.setFault();
    const hold = store.hold('during');
    await applyBackup('during', { storageRef: { name: 'rotated' }, backupName: 'during' });
    await hold.reached();
    await world.objects.apply([login(second)]);
    store.setFault({ kind: 'answer', status: 403, code: 'InvalidAccessKeyId', login: first.accessKey });
    hold.release();
    const { status } = await untilSucceeded<MilvusBackup>(world.objects, 'mbk/during');
    expect(status.collections).toMatchObject({ succeeded: 1 });
    expect(status.attempts?.at(-1)).toMatchObject({ reason: 'Completed' });
  });
});
