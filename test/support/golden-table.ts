// SPDX-License-Identifier: Apache-2.0
// What `kubectl get` shows, against the tables of docs/golden/. The files hold tables as a person saw them; names, ages
// and times are masked on both sides when they are compared, and only then.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const folder = join(import.meta.dirname, '../../docs/golden');

/** Columns that hold another value at every look. */
const times = ['AGE', 'CHECKED', 'DURATION'];

type Table = { head: string[]; rows: string[][] };

/** Compares with docs/golden/<name>; with MILVUS_BACKUP_RECORD=1 writes it instead, if it would differ. */
export function compareTable(name: string, actual: string, masked: readonly string[] = []): string[] {
  const file = join(folder, name);
  const golden = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const differences = tableDifferences(actual, golden, masked);
  if (process.env['MILVUS_BACKUP_RECORD'] !== '1' || differences.length === 0) return differences;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${actual.replaceAll(/[ \t]+$/gm, '').trim()}\n`);
  return [];
}

/** Line by line what differs, in words. `masked` names further columns whose values are anything. */
export function tableDifferences(actual: string, golden: string, masked: readonly string[] = []): string[] {
  const is = maskTables(actual, masked).split('\n');
  const should = maskTables(golden, masked).split('\n');
  return Array.from({ length: Math.max(is.length, should.length) }, (_, i) => i).flatMap((i) =>
    is[i] === should[i] ? [] : [`expected "${should[i] ?? ''}", found "${is[i] ?? ''}"`],
  );
}

/** The tables with `<name>` for every object's name, wherever it stands in a cell, and `<time>` for ages and times. */
export function maskTables(text: string, masked: readonly string[] = []): string {
  const tables = text
    .trim()
    .split(/\n\s*\n/)
    .map(parseTable);
  const names = new Set(tables.flatMap(namesOf));
  return tables.map((table) => draw(maskTable(table, names, masked))).join('\n\n');
}

/** kubectl aligns: a cell begins where its head begins. An empty one is spaces. */
function parseTable(text: string): Table {
  const [first = '', ...lines] = text.split('\n');
  const heads = [...first.matchAll(/\S+(?: \S+)*/g)];
  const starts = heads.map(({ index }) => index);
  return {
    head: heads.map(([head]) => head),
    rows: lines.map((line) => starts.map((start, i) => line.slice(start, starts[i + 1]).trim())),
  };
}

/** `kubectl get a,b` writes the kind before the name. */
function namesOf({ head, rows }: Table): string[] {
  const column = head.indexOf('NAME');
  return rows.map((row) => row[column]?.replace(/^.*\//, '') ?? '');
}

function maskTable({ head, rows }: Table, names: ReadonlySet<string>, masked: readonly string[]): Table {
  const maskCell = (cell: string, column: string): string => {
    if (column === 'NAME') return cell.replace(/[^/]*$/, '<name>');
    if (cell !== '' && times.includes(column)) return '<time>';
    if (masked.includes(column)) return '<any>';
    return names.has(cell) ? '<name>' : cell;
  };
  return { head, rows: rows.map((row) => row.map((cell, i) => maskCell(cell, head[i] ?? ''))) };
}

/** Not aligned: a cell of another width would change every line. */
function draw({ head, rows }: Table): string {
  return [head, ...rows].map((cells) => cells.join(' | ').trimEnd()).join('\n');
}
