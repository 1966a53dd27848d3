// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { encodeResult, encodeResultLine } from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';
import type { Pod, StatusCondition } from '../../../src/plan/kubernetes.ts';
import { endOfJob, endOfPod, type Asked } from '../../../src/plan/outcome.ts';

const digest = 'a'.repeat(64);

const asked: Asked = { jobName: 'j-2', command: 'create', runId: 'run', attempt: 2, backupName: 'nightly' };

const good: Result = {
  v: 1,
  command: 'create',
  outcome: 'Succeeded',
  reason: 'Completed',
  message: 'done',
  runId: 'run',
  attempt: 2,
  backupName: 'nightly',
  manifestDigest: digest,
  engineVersion: '1',
};

type End = { exitCode?: number; reason?: string; message?: string; disrupted?: boolean };

function podOf({ exitCode = 0, reason = 'Completed', message = '', disrupted = false }: End): Pod {
  const conditions: StatusCondition[] = disrupted
    ? [
        {
          type: 'DisruptionTarget',
          status: 'True',
          reason: 'EvictionByEvictionAPI',
          message: 'evicted by a drain',
        },
      ]
    : [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'j-2-x' },
    spec: { nodeName: 'node-1' },
    status: {
      phase: exitCode === 0 ? 'Succeeded' : 'Failed',
      conditions,
      containerStatuses: [
        { name: 'sidecar', state: { terminated: { exitCode: 0, message: encodeResult(good) } } },
        { name: 'engine', state: { terminated: { exitCode, reason, message } } },
      ],
    },
  };
}

const told = (result: Partial<Result>): string => encodeResult({ ...good, ...result });

describe('the end of a pod', () => {
  it.each<[string, End, string | undefined, string]>([
    ['a result', { message: told({}) }, undefined, 'Completed'],
    ['a result whose exit code says otherwise', { message: told({}), exitCode: 1 }, undefined, 'Completed'],
    ['a result told again', { message: told({ attempt: 1 }) }, undefined, 'Completed'],
    [
      'a result told again without its attempt',
      { message: JSON.stringify({ ...good, attempt: undefined }) },
      undefined,
      'Completed',
    ],
    [
      'fields that are not known',
      { message: JSON.stringify({ ...good, v: 1, later: [1] }) },
      undefined,
      'Completed',
    ],
    ['a log that agrees', { message: told({}) }, encodeResultLine(good), 'Completed'],
    [
      'a failure',
      { message: told({ outcome: 'Failed', reason: 'StoreError' }), exitCode: 1 },
      undefined,
      'StoreError',
    ],

    ['no message', { exitCode: 0 }, undefined, 'ResultUnreadable'],
    ['an empty one', { message: '' }, encodeResultLine(good), 'ResultUnreadable'],
    ['one that was cut', { message: told({}).slice(0, 50) }, undefined, 'ResultUnreadable'],
    ['no JSON', { message: 'panic: out of luck' }, undefined, 'ResultUnreadable'],
    ['another version', { message: told({}).replace('"v":1', '"v":2') }, undefined, 'ResultUnreadable'],
    ['one that is too large', { message: told({}) + ' '.repeat(5000) }, undefined, 'ResultUnreadable'],
    [
      'an unknown reason',
      { message: told({}).replace('Completed', 'Perfect') },
      undefined,
      'ResultUnreadable',
    ],
    ['another command', { message: told({ command: 'verify' }) }, undefined, 'ResultUnreadable'],
    ['another run', { message: told({ runId: 'other' }) }, undefined, 'ResultUnreadable'],
    ['no run', { message: JSON.stringify({ ...good, runId: undefined }) }, undefined, 'ResultUnreadable'],
    ['a later attempt', { message: told({ attempt: 3 }) }, undefined, 'ResultUnreadable'],
    ['another backup', { message: told({ backupName: 'other' }) }, undefined, 'ResultUnreadable'],
    [
      'no digest',
      { message: JSON.stringify({ ...good, manifestDigest: undefined }) },
      undefined,
      'ResultUnreadable',
    ],
    ['a digest that is none', { message: told({ manifestDigest: 'a' }) }, undefined, 'ResultUnreadable'],
    [
      'another digest in the log',
      { message: told({}) },
      encodeResultLine({ ...good, manifestDigest: 'b'.repeat(64) }),
      'ResultUnreadable',
    ],
    [
      'another outcome in the log',
      { message: told({}) },
      encodeResultLine({ ...good, outcome: 'Failed', reason: 'StoreError' }),
      'ResultUnreadable',
    ],
    [
      'a list that the log lacks',
      { message: told({ lists: { failures: { count: 1, sha256: digest } } }) },
      'nothing\n',
      'ResultUnreadable',
    ],
    [
      'a list where the log cannot be read',
      { message: told({ lists: { failures: { count: 1, sha256: digest } } }) },
      undefined,
      'Completed',
    ],
    [
      'a list that is too long to be read',
      { message: told({ lists: { failures: { count: 99_999, sha256: digest } } }) },
      'nothing\n',
      'Completed',
    ],

    ['exit code 2 without a result', { exitCode: 2, reason: 'Error' }, undefined, 'ResultUnreadable'],
    ['exit code 3 without a result', { exitCode: 3, reason: 'Error' }, undefined, 'ResultUnreadable'],
    ['no memory left', { exitCode: 137, reason: 'OOMKilled' }, undefined, 'OutOfMemory'],
    [
      'no memory to begin in',
      {
        exitCode: 128,
        reason: 'StartError',
        message: 'runc create failed: container init was OOM-killed (memory limit too low?): unknown',
      },
      undefined,
      'OutOfMemory',
    ],
    [
      'not begun',
      { exitCode: 128, reason: 'StartError', message: 'no such file' },
      undefined,
      'ResultUnreadable',
    ],
    ['killed', { exitCode: 137, reason: 'Error' }, undefined, 'ResultUnreadable'],
    ['a drain without a result', { exitCode: 143, reason: 'Error', disrupted: true }, undefined, 'Evicted'],
    [
      'a drain',
      { exitCode: 1, message: told({ outcome: 'Failed', reason: 'Interrupted' }), disrupted: true },
      undefined,
      'Evicted',
    ],
    ['a drain of what had ended', { message: told({}), disrupted: true }, undefined, 'Completed'],
    [
      'a drain of what had failed',
      { exitCode: 3, message: told({ outcome: 'Failed', reason: 'BackupExists' }), disrupted: true },
      undefined,
      'BackupExists',
    ],
  ])('%s', (_name, end, log, reason) => {
    const found = endOfPod(podOf(end), asked, log);
    expect(found.reason).toBe(reason);
    expect(found.message.length).toBeLessThanOrEqual(512);
    expect(found.exitCode).toBe(end.exitCode ?? 0);
    if (found.result?.outcome === 'Succeeded') expect(found.reason).toBe('Completed');
  });

  it.each<[string, Pod['status'], string]>([
    [
      'evicted by its node',
      { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory.' },
      'Evicted',
    ],
    ['preempted', { phase: 'Failed', conditions: [{ type: 'DisruptionTarget', status: 'True' }] }, 'Evicted'],
    [
      'refused by its node',
      { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough cpu' },
      'PodRefused',
    ],
    ['of which nothing is said', { phase: 'Failed' }, 'PodRefused'],
  ])('before its engine began: %s', (_name, status, reason) => {
    const pod: Pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'x' },
      ...(status ? { status } : {}),
    };
    expect(endOfPod(pod, asked, undefined).reason).toBe(reason);
  });

  it('is that of the Job where there is no pod', () => {
    const job = (condition: StatusCondition): Parameters<typeof endOfJob>[0] => ({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'j-2' },
      spec: {},
      status: { conditions: [condition] },
    });
    expect(endOfJob(job({ type: 'Complete', status: 'True' })).reason).toBe('ResultUnreadable');
    expect(endOfJob(job({ type: 'Failed', status: 'True', reason: 'DeadlineExceeded' })).reason).toBe(
      'ResultUnreadable',
    );
    const deleted = endOfJob(job({ type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded' }));
    expect(deleted).toMatchObject({
      reason: 'Interrupted',
      message: expect.stringContaining('j-2 was deleted'),
    });
    const message = 'Pod team/x has condition DisruptionTarget matching FailJob rule at index 0';
    const evicted = endOfJob(job({ type: 'Failed', status: 'True', reason: 'PodFailurePolicy', message }));
    expect(evicted.reason).toBe('Evicted');
    expect(evicted.message).toMatch(
      /^the pod of Job j-2 was evicted and is gone \(Pod team\/x .*where it stood\.$/,
    );
  });
});
