// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { MilvusBackup } from '../../../../src/api/index.ts';
import {
  importedAnnotation,
  importedOf,
  importedText,
  isImported,
  type Imported,
} from '../../../../src/plan/sync/imported.ts';
import { backupOf } from '../job-samples.ts';

const imported: Imported = {
  path: 'team/nightly/',
  fingerprint: 'f'.repeat(64),
  madeBy: 'run-1',
  manifestDigest: 'd'.repeat(64),
  rows: 3,
  bytes: 10,
  objects: 2,
  endTime: '2026-01-01T00:00:01.000Z',
  instance: 'milvus',
  namespace: 'prod',
  schedule: 'nightly',
  scheduleUID: '3f2a9c1b-7d41-4c55-9a2e-0c5b6d7e8f90',
};

function marked(text: string): MilvusBackup {
  const backup = backupOf();
  return { ...backup, metadata: { ...backup.metadata, annotations: { [importedAnnotation]: text } } };
}

describe('what is known of a backup that was found', () => {
  it('is read as it was written', () => {
    expect(importedOf(marked(importedText(imported)))).toEqual(imported);
    expect(importedOf(backupOf())).toBeUndefined();
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '[]'],
    ['no place', '{"rows":1}'],
    ['a fingerprint that is none', JSON.stringify({ ...imported, fingerprint: 'x' })],
    ['a path that is no folder', JSON.stringify({ ...imported, path: 'team/nightly' })],
    ['far too much', JSON.stringify({ ...imported, more: 'x'.repeat(5000) })],
  ])('is not believed where it is %s', (_name, text) => {
    expect(importedOf(marked(text))).toBe('unreadable');
  });

  it('loses what does not fit, and keeps the rest', () => {
    const odd = { ...imported, rows: -1, instance: 'A…', scheduleUID: '<>', endTime: 'soon', unknown: 1 };
    const { rows: _r, instance: _i, scheduleUID: _s, endTime: _e, ...rest } = imported;
    expect(importedOf(marked(JSON.stringify(odd)))).toEqual(rest);
  });

  it('says nothing of a run that has begun here, whoever has put the mark on it', () => {
    const backup = marked(importedText(imported));
    expect(isImported(backup)).toBe(true);
    expect(isImported({ ...backup, status: { attempts: [{ number: 1 }] } })).toBe(false);
  });
});
