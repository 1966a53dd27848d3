// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fillCliDocument } from '../../../src/cmd/document.ts';

const document = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8');

describe('docs/cli.md', () => {
  it('is what the tables say', () => {
    expect(fillCliDocument(document)).toBe(document);
  });

  it('tells every command and none that is refused as one', () => {
    const heads = [...document.matchAll(/^### (.*)$/gm)].map(([, head]) => head);
    expect(heads).toEqual([
      'Every command',
      'create',
      'restore',
      'list',
      'get',
      'delete',
      'cleanup',
      'check',
      'verify',
      'operator',
      'config show',
    ]);
  });

  it('must have every part', () => {
    expect(() => fillCliDocument(document.replace('<!-- generated: flags -->', ''))).toThrow(/has no part/);
  });
});
