// SPDX-License-Identifier: Apache-2.0
// Cases: flushing, segments, loading, counting, garbage collection.
import { describe, expect, it } from 'vitest';
import { rowsOf, schemaOf, smallRow, smallSchema, field, vector } from './milvus-fields.ts';
import { flushAndWait, indexAndLoad, until, type Scene } from './milvus-target.ts';

export function rowCases(scene: () => Scene): void {
  describe('rows', () => {
    it('are in flushed segments after a flush', async () => {
      const { milvus, writer, create } = scene();
      const name = await create('flushed', smallSchema, { shards: 2 });
      expect(await milvus.listSegments(name)).toEqual([]);
      await writer.insert(name, rowsOf(1000, smallRow));
      const flushed = await milvus.flush(name);
      expect(flushed.sealing.length).toBeGreaterThan(0);
      expect(flushed.flushTimestamp).toBeGreaterThan(0n);
      await until(() => milvus.isFlushed(name, flushed));
      const { id } = (await milvus.describeCollection(name)) ?? expect.fail();
      const [partition] = await milvus.listPartitions(name);
      const segments = (await milvus.listSegments(name)).filter((s) => !s.isL0);
      expect(segments.reduce((sum, s) => sum + s.rows, 0)).toBe(1000);
      for (const segment of segments) {
        expect(segment).toMatchObject({ collectionId: id, partitionId: partition?.id, state: 'Flushed' });
      }
    });

    it('need not be there for a flush', async () => {
      const { milvus, create } = scene();
      const name = await create('empty', smallSchema);
      const flushed = await milvus.flush(name);
      expect(flushed.sealing).toEqual([]);
      await until(() => milvus.isFlushed(name, flushed));
      expect(await milvus.listSegments(name)).toEqual([]);
    });

    it('are counted as they are when the count is asked for', async () => {
      const { milvus, writer, create } = scene();
      const name = await create('counted', smallSchema);
      expect(await milvus.loadState(name)).toBe('NotLoad');
      await expect(milvus.countRows(name)).rejects.toThrow('not loaded');
      await indexAndLoad(milvus, name);
      expect(await milvus.loadState(name, '_default')).toBe('Loaded');
      expect(await milvus.countRows(name)).toBe(0);
      for (const part of [0, 1, 2]) {
        const rows = rowsOf(10, (i) => smallRow(part * 10 + i));
        await writer.insert(name, rows);
        expect(await milvus.countRows(name)).toBe(part * 10 + 10);
      }
      await writer.remove(name, [3, 4]);
      expect(await milvus.countRows(name)).toBe(28);
      await milvus.releaseCollection(name);
      await until(async () => (await milvus.loadState(name)) === 'NotLoad');
    });

    it('of given keys are counted too', async () => {
      const { milvus, writer, create } = scene();
      const given = field('id', 'Int64', { is_primary_key: true, autoID: true });
      const name = await create('given', schemaOf([given, vector]));
      await writer.insert(
        name,
        rowsOf(50, (i) => ({ vec: [i, 0, 0, 1] })),
      );
      await flushAndWait(milvus, name);
      await indexAndLoad(milvus, name);
      expect(await milvus.countRows(name)).toBe(50);
    });
  });

  describe('garbage collection', () => {
    it('is paused where the server can, and only there', async () => {
      const { milvus, target } = scene();
      if (target.managementAddress === undefined) return;
      const can = milvus.server.features.collectionGCPause;
      const ticket = await milvus.pauseGC(5, 1n);
      if (can) expect(ticket).toMatchObject({ collectionId: 1n });
      else expect(['instance', undefined]).toContain(ticket);
      if (typeof ticket === 'object') await milvus.resumeGC(ticket);
    });
  });
}
