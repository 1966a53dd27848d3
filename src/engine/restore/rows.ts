// SPDX-License-Identifier: Apache-2.0
// The rules by which a collection's rows are judged. `planned` are the rows of the backup's data segments, `imported`
// what Milvus's import jobs report, `live` what count(*) says. Pure.
import type { ImportGroup } from './groups.ts';

export type RowCounts = { planned: number; imported: number; live?: number };

export type RowFacts = {
  /** The backup holds deletes for this collection, in delta logs or as L0 segments. */
  hasDeletes: boolean;
  /** Imports of version 1 report rows after deletes, so a count must say the same. */
  importedAfterDeletes: boolean;
};

/** One import job against its group: with nothing to delete, every row must have arrived. */
export function groupProblem(group: ImportGroup, imported: number): string | undefined {
  if (group.stage !== 'data' || imported === group.rows) return undefined;
  const exact = group.deltaDir === '';
  if (!exact && imported < group.rows) return undefined;
  return `group ${group.id}: Milvus imported ${imported} rows, the backup holds ${group.rows}`;
}

/** Why these counts cannot be right, or undefined. */
export function rowsProblem(counts: RowCounts, facts: RowFacts): string | undefined {
  const { planned, imported, live } = counts;
  if (!facts.hasDeletes && imported !== planned) {
    return `Milvus imported ${imported} rows, the backup holds ${planned} and no deletes`;
  }
  if (imported > planned) return `Milvus imported ${imported} rows, the backup holds only ${planned}`;
  if (live === undefined) return undefined;
  if (live > imported) return `count(*) says ${live} rows, only ${imported} were imported`;
  if (live < imported && (!facts.hasDeletes || facts.importedAfterDeletes)) {
    return `count(*) says ${live} rows, ${imported} were imported`;
  }
  return undefined;
}

export function rowFacts(groups: readonly ImportGroup[], importedAfterDeletes: boolean): RowFacts {
  return { hasDeletes: groups.some((g) => g.deltaDir !== ''), importedAfterDeletes };
}

/** The sum over collections; `live` only where every one that has rows was counted. */
export function sumRows(all: readonly RowCounts[]): RowCounts {
  const sum: RowCounts = { planned: 0, imported: 0 };
  for (const counts of all) {
    sum.planned += counts.planned;
    sum.imported += counts.imported;
  }
  const filled = all.filter((c) => c.planned > 0);
  if (filled.length > 0 && filled.every((c) => c.live !== undefined)) {
    sum.live = filled.reduce((n, c) => n + (c.live ?? 0), 0);
  }
  return sum;
}
