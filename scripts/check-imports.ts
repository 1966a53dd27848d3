// SPDX-License-Identifier: Apache-2.0
// Walks every import of src/ and names each that leaves its room against the table in rooms.ts. A second gate beside
// the linter; it knows dynamic imports too.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { rooms } from './rooms.ts';

const specifier = /(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/** Lists violations below `root` (a folder shaped like src/) as readable lines; empty means clean. */
export function checkImports(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  return files.flatMap((file) => checkFile(root, file));
}

function checkFile(root: string, file: string): string[] {
  const room = roomOf(file);
  if (!(room in rooms)) return [`${file}: ${room} is no room of scripts/rooms.ts`];
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(specifier)].flatMap(([, path]) => {
    const target = relative(root, resolve(root, dirname(file), path ?? ''));
    const other = roomOf(target);
    const allowed = other === room || rooms[room]?.includes(other);
    return allowed ? [] : [`${file} imports ${target}: ${room} may not import ${other}`];
  });
}

function roomOf(path: string): string {
  return path.split(sep)[0] ?? '';
}

if (import.meta.main) {
  const violations = checkImports(join(import.meta.dirname, '..', 'src'));
  for (const line of violations) console.error(line);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
