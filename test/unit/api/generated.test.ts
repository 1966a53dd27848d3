// SPDX-License-Identifier: Apache-2.0
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crdFiles, crdPaths } from '../../../scripts/generate-crds.ts';
import { fillPage } from '../../../src/api/document.ts';

const root = join(import.meta.dirname, '../../..');

it('every generated file is as its source has it', async () => {
  const files = await crdFiles(root);
  expect([...files.keys()].sort()).toEqual(crdPaths().sort());
  for (const [path, text] of files) {
    expect(existsSync(join(root, path)), path).toBe(true);
    expect(readFileSync(join(root, path), 'utf8') === text, `${path} is up to date`).toBe(true);
  }
});

it('crds/ holds nothing else', () => {
  const known = crdPaths().filter((path) => path.startsWith('crds/'));
  expect(
    readdirSync(join(root, 'crds'))
      .map((name) => `crds/${name}`)
      .sort(),
  ).toEqual(known.sort());
});

it('each CRD fits into the annotation of kubectl apply', () => {
  for (const path of crdPaths().filter((path) => path.startsWith('crds/'))) {
    expect(readFileSync(join(root, path)).length, path).toBeLessThan(256 * 1024);
  }
});

describe('a page', () => {
  it('gets its parts between their markers and keeps the rest', () => {
    const page = 'a\n<!-- generated: x -->\nold\n<!-- end -->\nb\n';
    const filled = 'a\n<!-- generated: x -->\nnew\n<!-- end -->\nb\n';
    expect(fillPage(page, { x: () => 'new' }, 'p.md')).toBe(filled);
    expect(fillPage(filled, { x: () => 'new' }, 'p.md')).toBe(filled);
  });

  it.each(['', '<!-- generated: x -->', '<!-- end -->\n<!-- generated: x -->'])(
    '%j lost a marker',
    (page) => {
      expect(() => fillPage(page, { x: () => 'new' }, 'p.md')).toThrow('p.md has no part');
    },
  );
});
