// SPDX-License-Identifier: Apache-2.0
// What docs/retention.md shows is what is decided. MILVUS_BACKUP_RECORD=1 writes the tables anew.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { planRetention } from '../../../../src/plan/retention/retention.ts';
import { at } from './samples.ts';
import { examples, type Example } from './examples.ts';

const docs = join(import.meta.dirname, '../../../../docs');
const fileOf = ({ name }: Pick<Example, 'name'>): string => join(docs, 'golden', `retention-${name}.txt`);

it.each(examples)('the example $name is as its table says', (example) => {
  const text = `${tableOf(example)}\n`;
  const file = fileOf(example);
  const isRecording = process.env['MILVUS_BACKUP_RECORD'] === '1' || !existsSync(file);
  if (isRecording) writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, 'utf8'));
  expect(isRecording, 'a table that was not there has been written: look at it').toBe(
    process.env['MILVUS_BACKUP_RECORD'] === '1',
  );
});

it('every table is an example, and on the page', () => {
  const page = readFileSync(join(docs, 'retention.md'), 'utf8');
  const tables = readdirSync(join(docs, 'golden')).filter((name) => name.startsWith('retention-'));
  expect(tables.sort()).toEqual(examples.map(({ name }) => `retention-${name}.txt`).sort());
  for (const table of tables) expect(page).toContain(`<!-- table: ${table} -->`);
});

function tableOf({ policy, timeZone, now, backups }: Example): string {
  const { kept, going } = planRetention({ backups, policy, timeZone, now: at(now) });
  const keptBy = new Map(kept.map(({ name, rules }) => [name, rules.join(', ')]));
  const goesBy = new Map(going.map(({ name, rule }) => [name, rule]));
  const show = shownIn(timeZone);
  const head = ['COMPLETED (UTC)', `IN ${timeZone}`, 'PHASE', 'KEPT BY', 'GOES BY'];
  const rows = backups
    .toReversed()
    .map(({ name, phase = '', completionTime = '' }) => [
      completionTime.replace('T', ' ').slice(0, 16),
      show(at(completionTime)),
      phase,
      keptBy.get(name) ?? '',
      goesBy.get(name) ?? '',
    ]);
  const rules = Object.entries(policy).map(([rule, value]) => `${rule}: ${value}`);
  return [rules.join(', '), '', ...aligned([head, ...rows])].join('\n');
}

/** Day and time, as people there have it. */
function shownIn(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  return (ms) => format.format(ms).replaceAll(',', '');
}

function aligned(rows: string[][]): string[] {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]!))
      .join('  ')
      .trimEnd(),
  );
}
