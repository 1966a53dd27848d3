// SPDX-License-Identifier: Apache-2.0
// Cases: importing a collection's own files into another, over gRPC.
import { describe, expect, it } from 'vitest';
import type { CollectionName } from '../../src/milvus/contract.ts';
import {
  bitsRow,
  bitsSchema,
  field,
  key,
  rowsOf,
  schemaOf,
  smallRow,
  smallSchema,
  vector,
  wideRow,
  wideSchema,
} from './milvus-fields.ts';
import { flushAndWait, importFolder, indexAndLoad, load, type Scene } from './milvus-target.ts';

export function importCases(scene: () => Scene): void {
  const folderOf = async (name: CollectionName, partition: bigint, root = 'insert_log'): Promise<string> => {
    const { milvus, target } = scene();
    const { id } = (await milvus.describeCollection(name)) ?? expect.fail();
    return `${target.rootPath}/${root}/${id}/${partition}/`;
  };

  describe('import', () => {
    it('brings every type of field over as it was', async () => {
      const { milvus, writer, create } = scene();
      const from = await create('types', wideSchema, { shards: 2 });
      const to = await create('types_copy', wideSchema);
      await writer.insert(from, rowsOf(400, wideRow));
      await flushAndWait(milvus, from);
      const [partition] = await milvus.listPartitions(from);
      const task = await importFolder(milvus, to, [await folderOf(from, partition?.id ?? 0n), '']);
      expect(task).toMatchObject({ state: 'Completed', rows: 400, percent: 100, reason: '' });
      await indexAndLoad(milvus, from);
      await indexAndLoad(milvus, to);
      expect(await milvus.countRows(to)).toBe(400);
      const [rows, copies] = [await writer.read(from, 'id < 400'), await writer.read(to, 'id < 400')];
      expect(rows).toHaveLength(400);
      expect(copies).toEqual(rows);
    });

    it('brings bits over as they were', async () => {
      const { milvus, writer, create } = scene();
      const [from, to] = [await create('bits', bitsSchema), await create('bits_copy', bitsSchema)];
      await writer.insert(from, rowsOf(100, bitsRow));
      await flushAndWait(milvus, from);
      const [partition] = await milvus.listPartitions(from);
      const task = await importFolder(milvus, to, [await folderOf(from, partition?.id ?? 0n), '']);
      expect(task).toMatchObject({ state: 'Completed', rows: 100 });
      await indexAndLoad(milvus, to, { index_type: 'BIN_FLAT', metric_type: 'HAMMING' });
      const copies = await writer.read(to, 'id < 100');
      expect(copies.map((row) => row['vec'])).toEqual(rowsOf(100, bitsRow).map((row) => row['vec']));
    });

    it('fills a collection with a partition key, partition by partition', async () => {
      const { milvus, writer, create } = scene();
      const tenant = field('tenant', 'VarChar', { is_partition_key: true }, { max_length: 20 });
      const schema = schemaOf([key, tenant, vector]);
      const from = await create('tenants', schema, { partitions: 4, shards: 2 });
      const to = await create('tenants_copy', schema, { partitions: 4 });
      await writer.insert(
        from,
        rowsOf(500, (i) => ({ ...smallRow(i), tenant: `tenant ${i % 20}` })),
      );
      await flushAndWait(milvus, from);
      const held = new Map<bigint, number>();
      for (const { partitionId, rows } of await milvus.listSegments(from)) {
        held.set(partitionId, (held.get(partitionId) ?? 0) + rows);
      }
      for (const { name: partition, id } of await milvus.listPartitions(from)) {
        const task = await importFolder(milvus, { ...to, partition }, [await folderOf(from, id), '']);
        expect(task).toMatchObject({ state: 'Completed', rows: held.get(id) ?? 0 });
      }
      await indexAndLoad(milvus, to);
      expect(await milvus.countRows(to)).toBe(500);
      for (const i of [0, 7, 19]) {
        const rows = await writer.read(to, `tenant == "tenant ${i}"`);
        expect(rows.map((row) => Number(row['id']) % 20)).toEqual(Array.from({ length: 25 }, () => i));
      }
    });

    it('leaves deleted rows out', async () => {
      const { milvus, writer, create } = scene();
      const [from, to] = [await create('deletes', smallSchema), await create('deletes_copy', smallSchema)];
      await writer.insert(from, rowsOf(300, smallRow));
      await flushAndWait(milvus, from);
      await writer.remove(from, [1, 2, 3]);
      await flushAndWait(milvus, from);
      const { id = 0n } = (await milvus.listPartitions(from))[0] ?? {};
      const task = await importFolder(milvus, to, [
        await folderOf(from, id),
        await folderOf(from, id, 'delta_log'),
      ]);
      expect(task.state).toBe('Completed');
      if (milvus.server.features.importRowsAfterDeletes) expect(task.rows).toBe(297);
      await indexAndLoad(milvus, to);
      expect(await milvus.countRows(to)).toBe(297);
    });

    it('shows its rows in a loaded collection once that is loaded again', async () => {
      const { milvus, writer, create } = scene();
      const [from, to] = [await create('late', smallSchema), await create('late_copy', smallSchema)];
      await writer.insert(from, rowsOf(100, smallRow));
      await flushAndWait(milvus, from);
      await indexAndLoad(milvus, to);
      const { id = 0n } = (await milvus.listPartitions(from))[0] ?? {};
      await importFolder(milvus, to, [await folderOf(from, id), '']);
      await load(milvus, to);
      expect(await milvus.countRows(to)).toBe(100);
    });

    it('is listed under the present name of its collection', async () => {
      const { milvus, writer, create, name } = scene();
      const [from, to] = [await create('listing', smallSchema), await create('listing_copy', smallSchema)];
      await writer.insert(from, rowsOf(10, smallRow));
      await flushAndWait(milvus, from);
      const { id = 0n } = (await milvus.listPartitions(from))[0] ?? {};
      const folder = await folderOf(from, id);
      const task = await importFolder(milvus, to, [folder, '']);
      const collectionId = (await milvus.describeCollection(to))?.id;
      await milvus.renameCollection(to, name('listing_renamed'));
      const listed = await milvus.listImportTasks(name('listing_renamed'));
      expect(listed).toEqual([task]);
      expect(task).toMatchObject({ collectionId, files: [folder, ''] });
    });

    it('says what is wrong', async () => {
      const { milvus, create, target } = scene();
      const to = await create('refusing', smallSchema);
      const folder = `${target.rootPath}/nothing-here/`;
      await expect(importFolder(milvus, { ...to, partition: 'no_such' }, [folder, ''])).rejects.toMatchObject(
        {
          reason: 'MilvusError',
          message: expect.stringMatching(
            /^Import at Milvus .*partition not found\[partition=no_such\] \(code 200\)/,
          ),
        },
      );
      expect(await milvus.importTask(1n)).toBeUndefined();
    });
  });
}
