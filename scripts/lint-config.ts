// SPDX-License-Identifier: Apache-2.0
// The linter's configuration: limits of the house style, and the import rule of each room.
import { forbiddenFor, rooms } from './rooms.ts';

/** Limits that hold in src/. Tests and scripts are freed of length only. */
const limits = {
  'max-lines': ['error', { max: 300 }],
  'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
  complexity: ['error', { max: 10 }],
  'max-params': ['error', { max: 4 }],
  'max-depth': ['error', { max: 4 }],
  'no-console': 'error',
  'import/no-default-export': 'error',
  'node/no-process-env': 'error',
};

/** The whole .oxlintrc.json as an object. */
export function lintConfig(): Record<string, unknown> {
  return {
    plugins: ['typescript', 'unicorn', 'import', 'node', 'oxc'],
    categories: { correctness: 'error', suspicious: 'error' },
    rules: {
      'typescript/no-explicit-any': 'error',
      'typescript/no-floating-promises': 'error',
      'typescript/no-misused-promises': 'error',
      'typescript/no-unsafe-type-assertion': 'off',
      'import/no-cycle': 'error',
      'eslint/no-await-in-loop': 'off',
      'unicorn/no-array-sort': 'off',
      'import/no-unassigned-import': 'off',
      'eslint/no-shadow': 'off',
      'eslint/no-underscore-dangle': 'off',
      'typescript/consistent-type-definitions': 'off',
      'unicorn/consistent-function-scoping': 'off',
    },
    overrides: [
      { files: ['src/**/*.ts'], rules: limits },
      { files: ['src/cmd/**/*.ts'], rules: { 'node/no-process-env': 'off', 'no-console': 'off' } },
      { files: ['src/**/*.types.ts'], rules: { 'max-lines': 'off' } },
      ...Object.keys(rooms).map(importRule),
      { files: ['vitest.config.ts'], rules: { 'import/no-default-export': 'off' } },
    ],
    ignorePatterns: ['dist/**', 'node_modules/**', 'test/fixtures/**', '**/*.types.ts'],
  };
}

function importRule(room: string): Record<string, unknown> {
  const forbidden = forbiddenFor(room);
  const patterns = [
    {
      group: forbidden.map((other) => `**/${other}/**`),
      message: `${room} may not import this room (scripts/rooms.ts)`,
    },
  ];
  return {
    files: [`src/${room}/**/*.ts`],
    rules: { 'no-restricted-imports': forbidden.length > 0 ? ['error', { patterns }] : 'off' },
  };
}
