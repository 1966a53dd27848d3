// SPDX-License-Identifier: Apache-2.0
// Logins that come late, lack a key, are wrong or change: what the object says, and that it goes on when they are right.
import { describe, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import type { Manifest } from '../support/examples.ts';
import { conditionOf, untilSucceeded, type Seen } from '../support/objects.ts';
import { hasty, jobsOf, modest, untilReconciling } from '../support/runs.ts';
import { makeTemporaryLogin, type TemporaryLogin } from '../support/temporary-login.ts';
import { heldScene } from '../support/scene.ts';

const lab = inject('lab');
const scene = heldScene('credentials', { maxConcurrentBackups: 20 });
const { accessKey, secretKey } = lab.minio;

function secret(name: string, stringData: Record<string, string>): Manifest {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData };
}

/** A storage of that name, whose Secret is called the same. */
function applyStorage(name: string, more: Record<string, unknown> = {}, keys: object = {}): Promise<void> {
  const auth = { secretRef: { name, ...keys } };
  return scene.world.applyStorage(name, { auth, prefix: `${scene.world.prefix}-${name}`, ...more });
}

function applyBackup(name: string, spec: Record<string, unknown> = {}): Promise<void> {
  const common = { storageRef: { name }, include: [scene.collection], retry: hasty, job: modest };
  return scene.world.applyBackup(name, { ...common, ...spec });
}

// Invariant: waited for when missing, tried again when wrong, named when it stays so.
describe.concurrent('[FM-22] a Secret', () => {
  it('that is not there yet, and comes without a key first, is waited for', async () => {
    const { objects } = scene.world;
    await applyStorage('late');
    await applyBackup('late');
    const waiting = await untilReconciling(objects, 'mbk/late', 'SecretNotFound');
    expect(conditionOf(waiting, 'Ready')?.message).toContain('Secret late is not there');
    const storage = await untilReconciling(objects, 'mbst/late', 'SecretNotFound');
    expect(conditionOf(storage, 'Ready')?.status).toBe('False');

    await objects.apply([secret('late', { accesskey: accessKey, secretKey })]);
    const lacking = await untilReconciling(objects, 'mbk/late', 'SecretKeyMissing', 40_000);
    expect(conditionOf(lacking, 'Ready')?.message).toMatch(/holds .*accesskey.*and not secretkey/);
    await untilReconciling(objects, 'mbst/late', 'SecretKeyMissing', 40_000);
    expect(lacking.status.attempts).toBeUndefined();
    expect(await jobsOf(objects, lacking)).toEqual([]);

    await objects.apply([secret('late', { accesskey: accessKey, secretkey: secretKey })]);
    const { status } = await untilSucceeded<MilvusBackup>(objects, 'mbk/late', undefined, 60_000);
    expect(status.attempts).toHaveLength(1);
    await objects.until('mbst/late', (seen) => conditionOf(seen, 'Ready')?.status === 'True', 60_000);
  });

  it('that is wrong is tried again, and found right when it was mended', async () => {
    const { objects } = scene.world;
    await objects.apply([secret('wrong', { accesskey: accessKey, secretkey: 'not-the-secret-key' })]);
    await applyStorage('wrong');
    await applyBackup('wrong', { retry: { limit: 20, ...hasty } });
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
    const { objects } = scene.world;
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
    await scene.world.objects.apply([login(first)]);
    await applyStorage(
      'rotated',
      { endpoint: scene.store.endpoint, prefix: `${scene.world.prefix}-held` },
      keys,
    );
    await applyBackup('before', { storageRef: { name: 'rotated' } });
    await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/before');
    await scene.world.objects.apply([login(second)]);
    scene.store.setFault({ kind: 'answer', status: 403, code: 'InvalidAccessKeyId', login: first.accessKey });
    await applyBackup('after', { storageRef: { name: 'rotated' } });
    const { status } = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/after');
    expect(status.attempts).toHaveLength(1);
  });

  it('while a run is at work: another attempt goes on with the new one', async () => {
    const [first, second] = [await makeTemporaryLogin(lab), await makeTemporaryLogin(lab)];
    await scene.world.objects.apply([login(first)]);
    scene.store.setFault();
    const hold = scene.store.hold('during');
    await applyBackup('during', { storageRef: { name: 'rotated' }, backupName: 'during' });
    await hold.reached();
    await scene.world.objects.apply([login(second)]);
    scene.store.setFault({ kind: 'answer', status: 403, code: 'InvalidAccessKeyId', login: first.accessKey });
    hold.release();
    const { status } = await untilSucceeded<MilvusBackup>(scene.world.objects, 'mbk/during');
    expect(status.collections).toMatchObject({ succeeded: 1 });
    expect(status.attempts?.at(-1)).toMatchObject({ reason: 'Completed' });
  });
});
