// SPDX-License-Identifier: Apache-2.0
import { defineConfig } from 'vitest/config';

/** Milvus's SDK logs every call to stdout under NODE_ENV=test, which vitest sets. */
const quietSDK = { NODE_ENV: 'production' };

/** One project per suite, so that `vitest --project unit` needs nothing and `cluster` may take its time. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 20_000 } },
      {
        test: {
          name: 'conformance',
          globalSetup: 'test/support/lab.setup.ts',
          env: quietSDK,
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'control-plane',
          globalSetup: 'test/control-plane/setup.ts',
          include: ['test/control-plane/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'cluster',
          globalSetup: 'test/support/lab.setup.ts',
          env: quietSDK,
          include: ['test/cluster/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
