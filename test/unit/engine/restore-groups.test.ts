// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { importFiles, importGroups, importOptions } from '../../../src/engine/restore/groups.ts';
import { segmentOf, sourceOf } from './restore-samples.ts';

const deletes = { objects: 1, bytes: 10 };

describe('importGroups', () => {
  it('makes one group of each segment, with its deletes where it has any', () => {
    const groups = importGroups(
      sourceOf('default.a', {}, [segmentOf(), segmentOf({ id: 12n, delta: deletes, rows: 50 })]),
    );
    expect(groups).toMatchObject([
      {
        id: '1/11',
        partition: '_default',
        insertDir: 'binlogs/insert_log/7/1/11/',
        deltaDir: '',
        rows: 100,
        bytes: 400,
      },
      {
        id: '1/12',
        insertDir: 'binlogs/insert_log/7/1/12/',
        deltaDir: 'binlogs/delta_log/7/1/12/',
        rows: 50,
        objects: 5,
      },
    ]);
  });

  it('imports segments of one group once', () => {
    const groups = importGroups(
      sourceOf('default.a', {}, [segmentOf({ group: 3n }), segmentOf({ id: 12n, group: 3n })]),
    );
    expect(groups).toMatchObject([{ id: '1/3', rows: 200, objects: 8 }]);
  });

  it('takes the whole partition where the backup is older than groups', () => {
    const groups = importGroups(
      sourceOf('default.a', {}, [
        segmentOf({ group: 0n }),
        segmentOf({ id: 12n, group: 0n, delta: deletes }),
      ]),
    );
    expect(groups).toMatchObject([
      { id: '1', insertDir: 'binlogs/insert_log/7/1/', deltaDir: 'binlogs/delta_log/7/1/', rows: 200 },
    ]);
  });

  it('refuses a partition with and without groups', () => {
    const mixed = sourceOf('default.a', {}, [segmentOf(), segmentOf({ id: 12n, group: 0n })]);
    expect(() => importGroups(mixed)).toThrow(/some of its segments have a group/);
  });

  it('puts deletes after data, those of all partitions last', () => {
    const none = { objects: 0, bytes: 0 };
    const groups = importGroups(
      sourceOf('default.a', {}, [
        segmentOf({ id: 20n, partition: -1n, group: 0n, isL0: true, insert: none, delta: deletes }),
        segmentOf({ id: 21n, isL0: true, insert: none, delta: deletes, rows: 9 }),
        segmentOf(),
      ]),
    );
    expect(groups.map((g) => [g.stage, g.partition, g.insertDir, g.deltaDir, g.rows])).toEqual([
      ['data', '_default', 'binlogs/insert_log/7/1/11/', '', 100],
      ['partitionDeletes', '_default', '', 'binlogs/delta_log/7/1/21/', 0],
      ['collectionDeletes', '', '', 'binlogs/delta_log/7/-1/20/', 0],
    ]);
    expect(groups.map((g) => importFiles(g, 'x/'))).toEqual([
      ['x/binlogs/insert_log/7/1/11/', ''],
      ['x/binlogs/delta_log/7/1/21/'],
      ['x/binlogs/delta_log/7/-1/20/'],
    ]);
    expect(groups.map((g) => importOptions(g).map((o) => o.key))).toEqual([
      ['skip_disk_quota_check', 'backup'],
      ['skip_disk_quota_check', 'l0_import'],
      ['skip_disk_quota_check', 'l0_import'],
    ]);
  });

  it('leaves out what has no rows and no objects', () => {
    const none = { objects: 0, bytes: 0 };
    expect(importGroups(sourceOf('default.a', {}, [segmentOf({ rows: 0, insert: none })]))).toEqual([]);
  });

  it('tells the storage version where there is one', () => {
    const [group] = importGroups(sourceOf('default.a', {}, [segmentOf({ storageVersion: 2 })]));
    expect(importOptions(group!)).toContainEqual({ key: 'storage_version', value: '2' });
  });
});
