// SPDX-License-Identifier: Apache-2.0
// The pages show what is in the files, and nothing that is there is forgotten.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { docFiles, docPaths } from '../../../scripts/generate-docs.ts';
import { reasons } from '../../../src/base/reason.ts';

const root = join(import.meta.dirname, '../../..');

it('every page is as its sources have it', () => {
  for (const [path, text] of docFiles(root)) expect(readFileSync(join(root, path), 'utf8'), path).toBe(text);
});

it('every reason has its heading', () => {
  const page = readFileSync(join(root, 'docs/reasons.md'), 'utf8');
  expect(page.match(/^### .*$/gm)?.sort()).toEqual(reasons.map((reason) => `### ${reason}`).sort());
});

it('every link of the pages leads to a file', () => {
  const pages = [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    ...markdownIn('docs'),
    ...markdownIn('docs/api'),
  ];
  const broken = pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```[^]*?^```/gm, '');
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, link = '']) => link);
    const own = links.filter((link) => !/^[a-z]+:/.test(link));
    return own
      .filter((link) => !existsSync(join(root, dirname(page), link)))
      .map((link) => `${page}: ${link}`);
  });
  expect(broken).toEqual([]);
});

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`);
}

describe('a page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-docs-'));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const marker = (what: string): string => `<!-- ${what} -->\n<!-- end -->\n`;
  beforeEach(() => {
    rmSync(folder, { recursive: true, force: true });
    write('examples/a/one.yaml', 'a: 1\n');
    write('docs/reasons.md', marker('generated: reasons'));
    write('docs/page.md', marker('example: a/one.yaml'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gets its examples, and the same ones again', () => {
    const filled = docFiles(folder).get('docs/page.md') ?? '';
    expect(filled).toBe(
      '<!-- example: a/one.yaml -->\n```yaml\n# examples/a/one.yaml\na: 1\n```\n<!-- end -->\n',
    );
    write('docs/page.md', filled);
    expect(docFiles(folder).get('docs/page.md')).toBe(filled);
    expect(docPaths(folder).sort()).toEqual(['docs/page.md', 'docs/reasons.md']);
  });

  it('gets a table as soon as it is recorded', () => {
    const page = marker('example: a/one.yaml') + marker('table: t.txt');
    write('docs/page.md', page);
    expect(docFiles(folder).get('docs/page.md')).toContain('*Not recorded yet.*');
    write('docs/golden/t.txt', 'NAME\none\n');
    expect(docFiles(folder).get('docs/page.md')).toContain('```\nNAME\none\n```');
  });

  it('must not forget an example', () => {
    write('examples/a/two.yaml', 'a: 2\n');
    expect(() => docFiles(folder)).toThrow('no page of docs/ shows examples/a/two.yaml');
  });

  it('must not show what is not there', () => {
    write('docs/page.md', marker('example: a/one.yaml') + marker('example: a/three.yaml'));
    expect(() => docFiles(folder)).toThrow('three.yaml');
  });
});
