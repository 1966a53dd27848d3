// SPDX-License-Identifier: Apache-2.0
// The manifests of examples/, the tables of docs/golden/ and the list of reasons, written into the pages that show them.
// A page says by a marker what it shows, so that it can never differ from what the tests applied and saw.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillPage } from '../src/api/document.ts';
import { reasonsPart } from './reasons-page.ts';

const reasonsPage = 'docs/reasons.md';
const marked = /<!-- (example|table): (\S+) -->\n(?:[^]*?\n)??<!-- end -->/g;

/** The paths of the pages that this script fills, below the root. */
export function docPaths(root: string): string[] {
  const pages = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  return ['README.md', 'SECURITY.md', ...pages.map((name) => `docs/${name}`)].filter((path) => {
    const file = join(root, path);
    return existsSync(file) && (path === reasonsPage || readFileSync(file, 'utf8').match(marked) !== null);
  });
}

/** The files below examples/, by their paths there. */
export function examplePaths(root: string): string[] {
  return readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.yaml'))
    .sort();
}

/** Each page with its text. Throws where a page shows what is not there, or an example stands on no page. */
export function docFiles(root: string): Map<string, string> {
  const shown = new Set<string>();
  const files = new Map<string, string>();
  for (const path of docPaths(root)) {
    const page = readFileSync(join(root, path), 'utf8');
    const filled = page.replaceAll(marked, (_, kind: string, name: string) => {
      if (kind === 'example') shown.add(name);
      return `<!-- ${kind}: ${name} -->\n${kind === 'example' ? exampleText(root, name) : tableText(root, name)}\n<!-- end -->`;
    });
    files.set(path, path === reasonsPage ? fillPage(filled, reasonsPart(root), path) : filled);
  }
  const forgotten = examplePaths(root).filter((path) => !shown.has(path));
  if (forgotten.length > 0)
    throw new Error(`no page of docs/ shows examples/${forgotten.join(', examples/')}`);
  return files;
}

export function generateDocs(root: string): void {
  for (const [path, text] of docFiles(root)) writeFileSync(join(root, path), text);
}

function exampleText(root: string, name: string): string {
  const text = readFileSync(join(root, 'examples', name), 'utf8').trimEnd();
  return `\`\`\`yaml\n# examples/${name}\n${text}\n\`\`\``;
}

function tableText(root: string, name: string): string {
  const file = join(root, 'docs/golden', name);
  return existsSync(file) ? `\`\`\`\n${readFileSync(file, 'utf8').trimEnd()}\n\`\`\`` : '*Not recorded yet.*';
}
