// SPDX-License-Identifier: Apache-2.0
// Backups whose data go by themselves: what a Job would remove is read from its command line, and what stays of the object
// from the server.
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { findCondition, type MilvusBackup, type MilvusRestore } from '../../../src/api/index.ts';
import { fails, succeeds, type Arguments } from './support/results.ts';
import { backupOf, storageOf } from './support/bench.ts';
import { Stage, type Script } from './support/stage.ts';

vi.setConfig({ maxConcurrency: 20, testTimeout: 300_000 });
const plane = inject('controlPlane');
let stage: Stage;
beforeAll(async () => {
  stage = await Stage.open(plane);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(() => stage?.close());

const mark = (rule: string): object => ({
  metadata: { annotations: { 'milvusbackup.dev/expired-by': rule } },
});
const patch = (name: string, body: object): Promise<void> => stage.bench.patch('MilvusBackup', name, body);
const phase = (name: string, wanted: string): Promise<MilvusBackup> =>
  stage.bench.phase<MilvusBackup>('MilvusBackup', name, wanted);
const says = (name: string, type: string, reason: string): Promise<MilvusBackup> =>
  stage.bench.until<MilvusBackup>(
    'MilvusBackup',
    name,
    ({ status }) => findCondition(status.conditions, type)?.reason === reason,
  );
const messageOf = ({ status }: MilvusBackup, type = 'Ready'): string =>
  findCondition(status.conditions, type)?.message ?? '';

/** What Jobs were asked for besides the run itself; `remove` says what becomes of them. */
function witness(remove: Script = (args) => succeeds(args), run: Script = (args) => succeeds(args)) {
  const asked: Arguments[] = [];
  const script: Script = (args) => {
    if (args.command === 'create') return run(args);
    asked.push(args);
    return remove(args);
  };
  const commands = (): string[] =>
    asked.map(({ command, all }) => `${command}${all.includes('--data') ? ' --data' : ''}`);
  return { script, commands };
}

async function succeeded(name: string, spec: object = {}, script: Script = (args) => succeeds(args)) {
  const made = await stage.backup(name, spec, script);
  await phase(name, 'Succeeded');
  return made;
}

describe.concurrent('a backup that was made by hand', () => {
  it('loses its data after ttl and stays, Expired and Ready, whatever GitOps does', async () => {
    const { script, commands } = witness();
    await stage.backup('by-ttl', { ttl: '2s' }, script);
    const expired = await phase('by-ttl', 'Expired');
    expect(commands()).toEqual(['delete']);
    const { completionTime = '', expirationTime = '' } = expired.status;
    expect(Date.parse(expirationTime) - Date.parse(completionTime)).toBe(2000);
    expect(findCondition(expired.status.conditions, 'Ready')).toMatchObject({ status: 'True' });
    expect(expired.status).not.toHaveProperty('restoreCommand');
    const settled = await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'by-ttl',
      ({ metadata }) => !metadata.finalizers,
    );
    // What a GitOps tool does every few minutes, and what a person does by chance.
    await patch('by-ttl', { metadata: { annotations: { synced: 'again' } } });
    await patch('by-ttl', { spec: { ...(backupOf('by-ttl') as unknown as MilvusBackup).spec, ttl: '1s' } });
    const again = await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'by-ttl',
      ({ metadata, status }) => metadata.generation > 1 && status.observedGeneration === metadata.generation,
    );
    expect(again.status.phase).toBe('Expired');
    expect(await stage.jobs(settled)).toEqual(['1', 'c1']);
    await stage.bench.delete('MilvusBackup', 'by-ttl');
    await stage.bench.gone('MilvusBackup', 'by-ttl');
    expect(commands()).toEqual(['delete']);
  });

  it('goes by a mark too, and whatever its failed run has left', async () => {
    const { script, commands } = witness(undefined, (args) => fails(args));
    await stage.backup('failed', { retry: { limit: 1 } }, script);
    await phase('failed', 'Failed');
    await patch('failed', mark('by-hand'));
    const expired = await phase('failed', 'Expired');
    expect(commands()).toEqual(['cleanup', 'cleanup --data']);
    expect(findCondition(expired.status.conditions, 'Stalled')).toMatchObject({ status: 'True' });
    expect(messageOf(expired)).toContain('Expired by by-hand, its data are gone');
  });

  it('[FM-33] is kept by hold, and goes when that is taken back', async () => {
    const { script, commands } = witness();
    await succeeded('held', { hold: true }, script);
    await patch('held', { ...mark('noKeepRule'), spec: { ttl: '1s' } });
    const held = await stage.bench.until<MilvusBackup>(
      'MilvusBackup',
      'held',
      ({ metadata, status }) => status.observedGeneration === metadata.generation && metadata.generation > 1,
    );
    expect(held.status).not.toHaveProperty('expirationTime');
    expect(held.status.phase).toBe('Succeeded');
    expect(commands()).toEqual([]);
    await patch('held', { spec: { hold: false } });
    await phase('held', 'Expired');
  });

  it('[FM-33] is told that hold comes too late', async () => {
    const made = await succeeded('late', {}, (args) => (args.command === 'delete' ? 'runs' : succeeds(args)));
    await patch('late', mark('maxAge'));
    await phase('late', 'Deleting');
    await patch('late', { spec: { hold: true } });
    await stage.bench.until<MilvusBackup>('MilvusBackup', 'late', (one) =>
      messageOf(one).includes('Too late for spec.hold'),
    );
    const { pod, args } = await stage.pod(made, 'c1');
    await stage.kubelet.end(pod, succeeds(args));
    await phase('late', 'Expired');
  });

  it('waits for a restore that reads it', async () => {
    const { script, commands } = witness();
    await stage.instance('target');
    await succeeded('read', {}, script);
    const source = { backupRef: { name: 'read' } };
    const restore = await stage.restore('reader', { source, instanceRef: { name: 'target' } });
    await stage.bench.phase<MilvusRestore>('MilvusRestore', 'reader', 'Planning');
    await patch('read', mark('noKeepRule'));
    const waiting = await says('read', 'Reconciling', 'InProgress');
    expect(messageOf(waiting, 'Reconciling')).toContain('once MilvusRestore reader has ended');
    expect([waiting.status.phase, commands()]).toEqual(['Succeeded', []]);
    const { pod, args } = await stage.pod(restore);
    await stage.kubelet.end(pod, succeeds(args));
    await phase('read', 'Expired');
    await stage.restore('late-reader', { source, instanceRef: { name: 'target' } });
    const late = await stage.bench.until<MilvusRestore>(
      'MilvusRestore',
      'late-reader',
      ({ status }) => findCondition(status.conditions, 'Reconciling')?.reason === 'BackupNotReady',
    );
    expect(findCondition(late.status.conditions, 'Ready')?.message).toContain('MilvusBackup read is Expired');
  });

  it('whose object is deleted meanwhile goes after its data', async () => {
    const made = await succeeded('overtaken', {}, (args) =>
      args.command === 'delete' ? 'runs' : succeeds(args),
    );
    await patch('overtaken', mark('maxAge'));
    const { pod, args } = await stage.pod(made, 'c1');
    await stage.bench.delete('MilvusBackup', 'overtaken');
    await stage.bench.until('MilvusBackup', 'overtaken', ({ metadata }) => !!metadata.deletionTimestamp);
    await stage.kubelet.end(pod, succeeds(args));
    await stage.bench.gone('MilvusBackup', 'overtaken');
  });
});

describe.concurrent('a backup that a schedule made', () => {
  const ofSchedule = async (name: string, script: Script): Promise<MilvusBackup> => {
    const made = await succeeded(name, {}, script);
    await patch(name, { metadata: { labels: { 'milvusbackup.dev/schedule-uid': 'a-schedule' } } });
    return made;
  };

  it('goes with its data, and its Jobs with it', async () => {
    const { script, commands } = witness();
    const made = await ofSchedule('nightly', script);
    await patch('nightly', mark('noKeepRule'));
    await stage.bench.gone('MilvusBackup', 'nightly');
    expect(commands()).toEqual(['delete']);
    await stage.bench.untilJobs(made, (jobs) => jobs.length === 0);
  });

  // Invariant: what cannot be removed says why, is not given up, and holds up no other.
  it('[FM-24] says ObjectLocked where its objects are, and others go on', async () => {
    const locked = witness((args) => fails(args, { reason: 'ObjectLocked', message: 'a lock holds it' }, 3));
    await ofSchedule('locked', locked.script);
    await ofSchedule('free', witness().script);
    await patch('locked', mark('noKeepRule'));
    await patch('free', mark('noKeepRule'));
    await stage.bench.gone('MilvusBackup', 'free');
    const failed = await phase('locked', 'DeleteFailed');
    expect(messageOf(failed)).toContain('a lock holds it. It is tried again every hour');
    expect(findCondition(failed.status.conditions, 'Stalled')?.reason).toBe('ObjectLocked');
    await patch('locked', { metadata: { annotations: { 'milvusbackup.dev/skip-cleanup': 'true' } } });
    await stage.bench.gone('MilvusBackup', 'locked');
    expect(locked.commands()).toEqual(['delete']);
  });
});

describe.concurrent('a storage that stands in the way', () => {
  it('is waited for while it is ReadOnly, and nothing has begun', async () => {
    await stage.storage('archive');
    const { script, commands } = witness();
    await succeeded('archived', { storageRef: { name: 'archive' } }, script);
    await stage.bench.patch('MilvusBackupStorage', 'archive', { spec: { accessMode: 'ReadOnly' } });
    await patch('archived', mark('maxAge'));
    const waiting = await says('archived', 'Reconciling', 'TargetReadOnly');
    expect([waiting.status.phase, commands()]).toEqual(['Succeeded', []]);
    expect(findCondition(waiting.status.conditions, 'Ready')).toMatchObject({ status: 'True' });
    await stage.bench.patch('MilvusBackupStorage', 'archive', { spec: { accessMode: 'ReadWrite' } });
    await phase('archived', 'Expired');
  });

  it('is waited for while it is gone', async () => {
    await stage.storage('fleeting');
    const { script } = witness();
    await succeeded('orphan', { storageRef: { name: 'fleeting' } }, script);
    await stage.bench.delete('MilvusBackupStorage', 'fleeting');
    await stage.bench.gone('MilvusBackupStorage', 'fleeting');
    await patch('orphan', mark('maxAge'));
    await says('orphan', 'Reconciling', 'StorageNotFound');
    await stage.bench.create(storageOf('fleeting'));
    await phase('orphan', 'Expired');
  });
});
