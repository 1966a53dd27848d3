// SPDX-License-Identifier: Apache-2.0
// What an operator is to survive, row by row, and which tests hold each row: a test belongs to row 7 if its name, or that
// of its group, begins with `[FM-07]`. A gate (test/unit/scripts/failure-table.test.ts) keeps rows and tests together.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** P: a real API server. J: Jobs really run, or a real store. U: pure, with a clock of its own. */
export type Level = 'P' | 'J' | 'U';

export type Row = {
  number: string;
  what: string;
  levels: Level[];
  /** Parts of the row that cannot be tested with what there is. */
  waits?: string;
};

const list: [what: string, levels: string, waits?: string][] = [
  ['operator killed after each of its writes', 'P'],
  ['operator killed at 50 moments over 20 slots', 'P'],
  ['operator down over 1, 3, 1500 slots', 'UP'],
  ['Job ended, or it and its pod gone, while the operator was down', 'PJ'],
  ['pod evicted, preempted, drained', 'J'],
  ['node lost', 'J'],
  ['pod out of memory again and again', 'J'],
  ['no image, no node, quota, limits', 'P'],
  ['API server down for 1 s, 1 min, 10 min, and on and off', 'P'],
  ['history of the watch gone, watch silent', 'P'],
  ['conflicting writes', 'P'],
  ['throttling, 1000 objects at the start', 'P'],
  ['two operators at once', 'P'],
  ['leader lost while it makes a Job', 'P'],
  ['wall clock jumps', 'U'],
  ['summer time, impossible dates', 'U'],
  ['schedule changed or suspended around a slot', 'UP'],
  ['object deleted in each phase, twice, by each cascade', 'PJ'],
  ['namespace deleted', 'P'],
  ['operator uninstalled, finalizers stay', 'P'],
  ['definitions removed, upgraded', 'P'],
  ['Secret missing, wrong, rotated, deleted', 'P'],
  [
    'object store unreachable, refusing, slow, cut off',
    'J',
    'what other stores than MinIO and the S3 test server do: with their drivers',
  ],
  [
    'bucket versioned, deletions denied',
    'J',
    'object lock, full buckets, eventual lists: with their drivers',
  ],
  ['backup damaged, truncated, of a newer format', 'J'],
  ['backup of that name stands there', 'J'],
  ['Milvus away, collections changed meanwhile', 'J'],
  ['Job of a backup killed at each step', 'J'],
  ['restore onto what exists', 'J'],
  ['Job of a restore killed at each step', 'J'],
  ['backups and restores at once', 'P'],
  ['outage over many slots', 'P'],
  ['retention with failures, running ones, held ones', 'UP'],
  ['thousands of backups in the bucket, discovery beside deletion', 'PJ'],
  ['GitOps tools apply again and again', 'P'],
  ['Job, pod, status changed by hand', 'P'],
  ['10,000 collections in one status', 'U'],
  ['100 runs that report progress', 'P'],
  ['long names, the same name again', 'UP'],
  ['stopped in the middle of work', 'P'],
  ['rights taken away and given back', 'P'],
  ['a day of all that', 'P'],
];

export const rows: Row[] = list.map(([what, levels, waits], i) => ({
  number: String(i + 1).padStart(2, '0'),
  what,
  levels: levels.split('') as Level[],
  ...(waits === undefined ? {} : { waits }),
}));

/** A name in a source that begins with numbers of rows. */
export type Tagged = { numbers: string[]; file: string; line: number };

const name = /(?<=['"`])(?:\[FM-[^\]]*\] ?)+/g;

/** The numbers in a name of a test, or in those of its groups. */
export function numbersIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\[FM-([^\]]*)\]/g)].map(([, number]) => number ?? ''))];
}

/** What is tagged in one source. */
export function taggedIn(file: string, source: string): Tagged[] {
  return [...source.matchAll(name)].map(({ 0: text, index }) => ({
    numbers: numbersIn(text),
    file,
    line: source.slice(0, index).split('\n').length,
  }));
}

/** What is tagged below `root`, in files of tests; `but` is left out, a file that only speaks of tags. */
export function taggedBelow(root: string, but: string[] = []): Tagged[] {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.test.ts') && !but.includes(file),
  );
  return files.sort().flatMap((file) => taggedIn(file, readFileSync(join(root, file), 'utf8')));
}

/** Where tests of a level live, below test/. A lab has a real API server too. */
const homes: Record<Level, string[]> = {
  P: ['control-plane/', 'failures/', 'operator/'],
  J: ['operator/', 'cluster/', 'conformance/', 'slow/', 'failures/'],
  U: ['unit/'],
};

/** What is wrong between rows and tests: one line each. */
export function mismatches(tagged: Tagged[], table: Row[] = rows): string[] {
  const known = new Set(table.map(({ number }) => number));
  const strays = tagged.flatMap(({ numbers, file, line }) =>
    numbers.filter((n) => !known.has(n)).map((n) => `${file}:${line}: [FM-${n}] is no row of the table`),
  );
  const gaps = table.flatMap(({ number, what, levels }) => {
    const files = tagged.filter(({ numbers }) => numbers.includes(number)).map(({ file }) => file);
    return levels
      .filter((level) => !files.some((file) => homes[level].some((home) => file.startsWith(home))))
      .map((level) => `[FM-${number}] (${what}) has no test of level ${level}`);
  });
  return [...strays, ...gaps];
}
