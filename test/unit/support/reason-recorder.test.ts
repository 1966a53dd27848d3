// SPDX-License-Identifier: Apache-2.0
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readReasonBook, reasonBookFile } from '../../../scripts/reasons-page.ts';
import type { Sighting } from '../../support/reason-book.ts';
import { writeSightings } from '../../support/reason-recorder.ts';

const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-reasons-'));
const file = reasonBookFile(folder);
const seen: Sighting[] = [{ reason: 'Canceled', message: 'm', where: 'MilvusBackup Ready' }];
const source = { suite: 'cluster', test: 'a.test.ts' } as const;
beforeAll(() => mkdirSync(join(folder, 'docs')));
afterAll(() => rmSync(folder, { recursive: true }));

it('adds to the file what others have written there', () => {
  writeSightings(folder, seen, source);
  writeSightings(folder, [{ reason: 'Queued', message: 'q', where: 'MilvusBackup Ready' }], source);
  expect(Object.keys(readReasonBook(folder))).toEqual(['Queued', 'Canceled']);
  expect(readFileSync(file, 'utf8')).toMatch(/\n$/);
  expect(existsSync(`${file}.lock`)).toBe(false);
});

it('waits for another test that writes, and says so when it never ends', () => {
  mkdirSync(`${file}.lock`);
  expect(() => writeSightings(folder, seen, source, 50)).toThrow('is held by another test');
  rmSync(`${file}.lock`, { recursive: true });
  writeSightings(folder, seen, source, 50);
});
