// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { trimJob, trimOwn, trimPod } from '../../../src/controllers/trim.ts';
import type { Job, Pod } from '../../../src/plan/kubernetes.ts';

const metadata = {
  name: 'x',
  namespace: 'ns',
  uid: 'u',
  resourceVersion: '1',
  labels: { a: 'b' },
  annotations: { 'milvusbackup.dev/configuration': 'long' },
  managedFields: [{}],
};

describe('what is kept', () => {
  it('of our kinds is all but who wrote which field, and kubectl’s copy', () => {
    const annotations = {
      'kubectl.kubernetes.io/last-applied-configuration': '{}',
      'milvusbackup.dev/skip-cleanup': 'true',
    };
    const object = { apiVersion: 'v1', kind: 'X', metadata: { ...metadata, annotations }, spec: { a: 1 } };
    trimOwn(object);
    expect(object.metadata.annotations).toEqual({ 'milvusbackup.dev/skip-cleanup': 'true' });
    expect(object.metadata).not.toHaveProperty('managedFields');
    expect(object.spec).toEqual({ a: 1 });
  });

  it('of a Job is what it is called, how it stands and how long it lives', () => {
    const job: Job = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { ...metadata },
      spec: { template: { spec: 'long' }, ttlSecondsAfterFinished: 5 },
      status: { active: 1 },
    };
    trimJob(job);
    expect(job).toEqual({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'x', namespace: 'ns', uid: 'u', resourceVersion: '1', labels: { a: 'b' } },
      spec: { ttlSecondsAfterFinished: 5 },
      status: { active: 1 },
    });
  });

  it('of a pod is its node and how it stands', () => {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata },
      spec: { nodeName: 'n', containers: [{ env: 'long' }] },
      status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses: [{ name: 'engine' }] },
    } as Pod;
    trimPod(pod);
    expect(pod.spec).toEqual({ nodeName: 'n' });
    expect(pod.status).toEqual({ phase: 'Running', containerStatuses: [{ name: 'engine' }] });
    expect(pod.metadata).not.toHaveProperty('annotations');
  });

  it('of one that has neither spec nor status is what there is', () => {
    const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } };
    trimPod(pod);
    expect(pod).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: {} });
  });
});
