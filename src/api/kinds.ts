// SPDX-License-Identifier: Apache-2.0
// Every kind there is, in the order of the documentation.
import { backup } from './backup.schema.ts';
import type { Kind } from './crd.ts';
import { instance } from './instance.schema.ts';
import { restore } from './restore.schema.ts';
import { schedule } from './schedule.schema.ts';
import { storage } from './storage.schema.ts';

/** Beside each kind the stem of its files. */
export const kinds: readonly { file: string; kind: Kind }[] = [
  { file: 'instance', kind: instance },
  { file: 'storage', kind: storage },
  { file: 'backup', kind: backup },
  { file: 'restore', kind: restore },
  { file: 'schedule', kind: schedule },
];
