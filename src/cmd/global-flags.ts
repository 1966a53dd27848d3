// SPDX-License-Identifier: Apache-2.0
// Flags that every command takes.

export const defaultConfigFile = 'backup.yaml';

export type GlobalFlags = {
  config: string;
  set: readonly string[];
  report: 'text' | 'json';
  terminationLog?: string;
};
