// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { checkImports } from '../../../scripts/check-imports.ts';

const fixture = join(import.meta.dirname, '../../fixtures/rooms');

describe('imports between rooms', () => {
  const work = mkdtempSync(join(tmpdir(), 'rooms-'));
  afterAll(() => rmSync(work, { recursive: true }));

  it('finds nothing wrong in src', () => {
    expect(checkImports(join(import.meta.dirname, '../../../src'))).toEqual([]);
  });

  it('rejects a static and a dynamic import against the direction, and a folder that is no room', () => {
    expect(checkImports(fixture).toSorted()).toEqual([
      'store/bad.ts imports engine/plan.ts: store may not import engine',
      'store/bad.ts imports engine/plan.ts: store may not import engine',
      'unknown/stray.ts: unknown is no room of scripts/rooms.ts',
    ]);
  });

  it('is held by the linter too', () => {
    cpSync(fixture, join(work, 'src'), { recursive: true });
    cpSync('.oxlintrc.json', join(work, '.oxlintrc.json'));
    const lint = spawnSync(join(process.cwd(), 'node_modules/.bin/oxlint'), ['src'], {
      cwd: work,
      encoding: 'utf8',
    });
    expect(lint.stdout).toContain('store may not import this room');
    expect(lint.status).not.toBe(0);
  });
});
