// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

/** Milvus's SDK logs every call to stdout under NODE_ENV=test, which vitest sets. */
const quietSDK = { NODE_ENV: 'production' };

/** Files that leave Milvus's one queue of imports alone, so that they may run beside those that fill it. */
const withoutImports = ['bad-input-*', 'lying-store', 'races'].map((stem) => `test/cluster/${stem}.test.ts`);
/** Restarts what the others use. */
const labItself = ['test/cluster/lab.test.ts'];

/** Each bad input up to its status: dozens of pods, minutes of starting them. */
const badInput = ['bad-input', 'bad-backups'].map((stem) => `test/operator/${stem}.test.ts`);

/** Takes servers, the node or the operator away, or measures them: alone. */
const disruptive = ['handover', 'node', 'numbers', 'servers'].map((stem) => `test/operator/${stem}.test.ts`);

const cluster = {
  globalSetup: 'test/support/lab.setup.ts',
  env: quietSDK,
  testTimeout: 300_000,
  hookTimeout: 1_800_000,
  fileParallelism: false,
};

/** What the Kubernetes core costs without our kinds; with them the operator's own numbers say it. */
const kubeNumbers = ['test/control-plane/kube/numbers.test.ts'];

const plane = {
  globalSetup: 'test/control-plane/setup.ts',
  testTimeout: 120_000,
  hookTimeout: 600_000,
  fileParallelism: false,
};

const operator = { ...cluster, globalSetup: 'test/support/operator.setup.ts' };

/** Waits most of its time, with a control plane of its own. */
const idle = 'test/slow/idle.test.ts';

/** One project per suite, so that `vitest --project unit` needs nothing and `cluster` may take its time. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          ...cluster,
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          ...plane,
          name: 'control-plane',
          include: ['test/control-plane/**/*.test.ts'],
          exclude: kubeNumbers,
        },
      },
      { test: { ...cluster, name: 'lab', include: labItself } },
      {
        test: {
          ...cluster,
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          exclude: [...labItself, ...withoutImports],
        },
      },
      { test: { ...cluster, name: 'refusals', include: withoutImports } },
      {
        test: {
          ...operator,
          name: 'operator',
          include: ['test/operator/**/*.test.ts'],
          exclude: [...disruptive, ...badInput],
          fileParallelism: true,
          maxWorkers: 2,
        },
      },
      { test: { ...operator, name: 'disruptions', include: disruptive } },
      { test: { ...operator, name: 'bad-input', include: badInput, maxConcurrency: 3 } },
      {
        test: {
          ...cluster,
          name: 'slow',
          env: { ...quietSDK, KILLED_STEPS: 'rest', IDLE_MINUTES: '30' },
          include: [
            'test/slow/**/*.test.ts',
            'test/cluster/killed.test.ts',
            'test/cluster/restore-drop.test.ts',
          ],
        },
      },
      { test: { ...plane, name: 'slow-plane', include: kubeNumbers } },
      { test: { name: 'idle', include: [idle], hookTimeout: 600_000 } },
      { test: { name: 'soak', include: ['test/soak/**/*.test.ts'] } },
      { test: { ...plane, name: 'failures', include: ['test/failures/**/*.test.ts'] } },
    ],
  },
});
