// SPDX-License-Identifier: Apache-2.0
import { Registry } from '@prometheus-io/client';
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../src/api/index.ts';
import { createRunMetrics } from '../../../src/controllers/metrics.ts';
import { latestSuccesses, placeOf } from '../../../src/controllers/run-facts.ts';

const start = '2026-11-20T12:00:00Z';
const end = '2026-11-20T12:10:00Z';

function backup(status: object, name = 'b'): MilvusBackup {
  const metadata = { name, namespace: 'ns', uid: name, creationTimestamp: '2026-11-20T11:59:00Z' };
  return { kind: 'MilvusBackup', metadata, spec: { instanceRef: { name: 'i' } }, status } as MilvusBackup;
}

/** Lines of our own metrics, without those of the buckets. */
async function told(...changes: [object, object][]): Promise<string[]> {
  const registry = new Registry();
  const metrics = createRunMetrics(registry);
  for (const [before, after] of changes) metrics.changed(backup(before), backup(after));
  const lines = (await registry.metrics()).split('\n');
  return lines.filter((line) => line.startsWith('milvus_backup_') && !line.includes('_bucket'));
}

const place = 'namespace="ns",kind="MilvusBackup",instance="i"';

describe('what is counted', () => {
  it('is an attempt when it ends, once', async () => {
    const open = { attempts: [{ number: 1 }] };
    const ended = { attempts: [{ number: 1, endTime: end, reason: 'Unreachable' }, { number: 2 }] };
    const done = {
      attempts: [...ended.attempts.slice(0, 1), { number: 2, endTime: end, reason: 'Completed' }],
    };
    expect(await told([open, ended], [ended, ended], [ended, done])).toEqual([
      `milvus_backup_attempts_total{${place},reason="Unreachable"} 1`,
      `milvus_backup_attempts_total{${place},reason="Completed"} 1`,
    ]);
  });

  it('is the wait until it begins', async () => {
    expect(await told([{}, { startTime: start }], [{ startTime: start }, { startTime: start }])).toEqual([
      'milvus_backup_queue_wait_seconds_sum{kind="MilvusBackup"} 60',
      'milvus_backup_queue_wait_seconds_count{kind="MilvusBackup"} 1',
    ]);
  });

  it('is a run when it ends, with its reason, its time and its bytes', async () => {
    const running = { phase: 'Running', startTime: start };
    const conditions = [{ type: 'Succeeded', status: 'True', reason: 'Completed' }];
    const done = { ...running, phase: 'Succeeded', completionTime: end, size: { bytes: 7 }, conditions };
    expect(await told([running, done], [done, { ...done, observedGeneration: 2 }])).toEqual([
      `milvus_backup_ended_runs_total{${place},phase="Succeeded",reason="Completed"} 1`,
      `milvus_backup_bytes_total{${place}} 7`,
      'milvus_backup_run_duration_seconds_sum{kind="MilvusBackup",phase="Succeeded"} 600',
      'milvus_backup_run_duration_seconds_count{kind="MilvusBackup",phase="Succeeded"} 1',
    ]);
  });

  it('is a backup whose data went, by a rule of a closed list, or could not be removed', async () => {
    const registry = new Registry();
    const metrics = createRunMetrics(registry);
    const change = (from: string, phase: string, mark?: string): void => {
      const conditions = [{ type: 'Stalled', status: 'True', reason: 'ObjectLocked' }];
      const after = backup({ phase, completionTime: end, conditions });
      if (mark !== undefined) after.metadata.annotations = { 'milvusbackup.dev/expired-by': mark };
      else after.spec.ttl = '1h';
      metrics.changed(backup({ phase: from, completionTime: end }), after);
    };
    change('Deleting', 'Expired');
    change('Deleting', 'Expired', 'maxAge');
    change('Deleting', 'Expired', 'whatever');
    change('Expired', 'Expired', 'maxAge');
    change('Deleting', 'DeleteFailed', 'maxAge');
    change('DeleteFailed', 'DeleteFailed', 'maxAge');
    const lines = (await registry.metrics())
      .split('\n')
      .filter((line) => /(expired|failures)_total\{/.test(line));
    expect(lines).toEqual([
      `milvus_backup_expired_total{${place},rule="spec.ttl"} 1`,
      `milvus_backup_expired_total{${place},rule="maxAge"} 1`,
      `milvus_backup_expired_total{${place},rule="other"} 1`,
      `milvus_backup_removal_failures_total{${place},reason="ObjectLocked"} 1`,
    ]);
  });

  it('is nothing of a run that never began but its end', async () => {
    const conditions = [{ type: 'Succeeded', status: 'False', reason: 'Canceled' }];
    expect(await told([{}, { phase: 'Canceled', completionTime: end, conditions }])).toEqual([
      `milvus_backup_ended_runs_total{${place},phase="Canceled",reason="Canceled"} 1`,
    ]);
  });
});

describe('a count', () => {
  it('goes with the last object that it is about', async () => {
    const registry = new Registry();
    let there = new Set(['i']);
    const metrics = createRunMetrics(
      registry,
      () =>
        ({ instance = '' }) =>
          there.has(instance),
    );
    const conditions = [{ type: 'Succeeded', status: 'False', reason: 'Canceled' }];
    const canceled = backup({ phase: 'Canceled', completionTime: end, conditions });
    metrics.changed(backup({}), canceled);
    metrics.statusWritten('MilvusBackup');
    expect(await registry.metrics()).toContain(`milvus_backup_ended_runs_total{${place},`);
    there = new Set();
    const text = await registry.metrics();
    expect(text).not.toContain('milvus_backup_ended_runs_total{');
    expect(text).toContain('milvus_backup_status_writes_total{kind="MilvusBackup"} 1');
    there = new Set(['i']);
    metrics.changed(backup({}), canceled);
    expect(await registry.metrics()).toContain('phase="Canceled",reason="Canceled"} 1');
  });
});

describe('the latest success', () => {
  it('is one for each instance, by its end', () => {
    const done = (name: string, completionTime: string) =>
      backup({ phase: 'Succeeded', completionTime }, name);
    const all = [
      done('old', start),
      done('new', end),
      backup({ phase: 'Failed', completionTime: end }, 'failed'),
      backup({}, 'running'),
    ];
    expect(latestSuccesses(all).map(({ metadata }) => metadata.name)).toEqual(['new']);
  });

  it('that somebody else had, and that was found in a bucket, is neither counted nor the last', async () => {
    const found = backup({ phase: 'Succeeded', completionTime: end, size: { bytes: 7 } });
    found.metadata.annotations = { 'milvusbackup.dev/imported': '{}' };
    expect(latestSuccesses([found])).toEqual([]);
    const registry = new Registry();
    createRunMetrics(registry).changed({ ...found, status: {} }, found);
    expect(await registry.metrics()).not.toContain('phase="Succeeded"');
  });

  it('of a restore that names no instance is where its status says', () => {
    const restore = { kind: 'MilvusRestore', metadata: { namespace: 'ns' }, spec: {}, status: {} };
    expect(placeOf(restore as never)).toEqual({ namespace: 'ns', kind: 'MilvusRestore', instance: '' });
    const told = { ...restore, status: { instance: 'i' } };
    expect(placeOf(told as never)).toMatchObject({ instance: 'i' });
  });
});
