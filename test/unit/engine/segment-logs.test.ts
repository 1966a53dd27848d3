// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  defectOf,
  fieldBinlogs,
  isSameLook,
  type LogsBySegment,
  type SourceLog,
} from '../../../src/engine/segment-logs.ts';
import type { FieldMeta, SchemaMeta } from '../../../src/format/meta.ts';
import type { SegmentInfo } from '../../../src/milvus/contract.ts';

const segment: SegmentInfo = {
  id: 7n,
  collectionId: 1n,
  partitionId: 2n,
  rows: 10,
  state: 'Flushed',
  isL0: false,
  storageVersion: 0,
};

const schema = { fields: [{ fieldID: 100n }, { fieldID: 101n }] as FieldMeta[] } as SchemaMeta;

function logs(...counts: [field: bigint, count: number][]): SourceLog[] {
  return counts.flatMap(([field, count]) =>
    Array.from({ length: count }, (_, i) => ({
      key: `files/insert_log/1/2/7/${field}/${i}`,
      size: 5,
      etag: 'e',
      field,
      log: BigInt(i),
    })),
  );
}

describe('defectOf', () => {
  it.each([
    ['complete', logs([0n, 2], [1n, 2], [100n, 2], [101n, 2]), {}, undefined],
    ['a dynamic field more', logs([0n, 1], [1n, 1], [100n, 1], [101n, 1], [102n, 1]), {}, undefined],
    ['rows but no logs', [], {}, 'segment 7 has 10 rows and no insert log'],
    ['no rows, no logs', [], { rows: 0 }, undefined],
    ['a delete-only segment', [], { isL0: true }, undefined],
    ['no timestamps', logs([0n, 1], [100n, 1], [101n, 1]), {}, 'segment 7 has no insert log of field 1'],
    ['a field missing', logs([0n, 1], [1n, 1], [100n, 1]), {}, 'segment 7 has no insert log of field 101'],
    [
      'an orphan of a failed upload',
      logs([0n, 1], [1n, 1], [100n, 2], [101n, 1]),
      {},
      'segment 7 has 2 insert logs of field 100 but 1 of field 0',
    ],
    ['column groups', logs([0n, 1], [101n, 1]), { storageVersion: 2 }, undefined],
  ] as const)('%s', (_name, insert, change, expected) => {
    expect(defectOf({ ...segment, ...change }, { insert: [...insert], delta: [] }, schema)).toBe(expected);
  });
});

describe('isSameLook', () => {
  const one: LogsBySegment = new Map([[7n, { insert: logs([0n, 1]), delta: [] }]]);
  const grown: LogsBySegment = new Map([[7n, { insert: logs([0n, 1]), delta: logs([9n, 1]) }]]);
  const rewritten: LogsBySegment = new Map([
    [7n, { insert: logs([0n, 1]).map((l) => ({ ...l, etag: 'f' })), delta: [] }],
  ]);

  it.each([
    ['nothing changed', [segment], one, true],
    ['order does not count', [segment], one, true],
    ['a delete log came', [segment], grown, false],
    ['an object was rewritten', [segment], rewritten, false],
    ['rows changed', [{ ...segment, rows: 11 }], one, false],
    ['a segment came', [segment, { ...segment, id: 8n }], one, false],
    ['a compaction replaced it', [{ ...segment, id: 8n }], one, false],
  ] as const)('%s', (_name, segments, logs, same) => {
    expect(isSameLook({ segments: [segment], logs: one }, { segments, logs })).toBe(same);
  });
});

describe('fieldBinlogs', () => {
  it('groups by field, ascending by number and not by text', () => {
    const grouped = fieldBinlogs(logs([100n, 2], [1n, 2], [0n, 2]));
    expect(grouped.map((f) => f.fieldID)).toEqual([0n, 1n, 100n]);
    expect(grouped[2]?.binlogs).toEqual([
      { log_path: 'files/insert_log/1/2/7/100/0', log_size: 5, log_id: 0n },
      { log_path: 'files/insert_log/1/2/7/100/1', log_size: 5, log_id: 1n },
    ]);
  });
});
