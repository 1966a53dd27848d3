// SPDX-License-Identifier: Apache-2.0
// Cases: databases, collections, partitions, indexes, aliases, names.
import { describe, expect, it } from 'vitest';
import type { CollectionInfo } from '../../src/milvus/contract.ts';
import { field, key, pairs, schemaOf, smallSchema, vector, wideSchema } from './milvus-fields.ts';
import type { Scene } from './milvus-target.ts';

export function definitionCases(scene: () => Scene): void {
  databases(scene);
  collections(scene);
  partitions(scene);
  indexes(scene);
  aliases(scene);
  names(scene);
}

function databases(scene: () => Scene): void {
  describe('databases', () => {
    it('are listed and described', async () => {
      const { milvus, database } = scene();
      expect(await milvus.listDatabases()).toEqual(expect.arrayContaining(['default', database]));
      expect(await milvus.describeDatabase(database)).toMatchObject({ name: database, properties: [] });
    });

    it('hold nothing where they are not there', async () => {
      const { milvus, database } = scene();
      expect(await milvus.listCollections(`${database}_gone`)).toEqual([]);
    });

    it('are made once', async () => {
      const { milvus, database } = scene();
      await expect(milvus.createDatabase(database, [])).rejects.toMatchObject({
        reason: 'MilvusError',
        message: expect.stringMatching(/^CreateDatabase at Milvus .* already exist/),
      });
    });
  });
}

function collections(scene: () => Scene): void {
  const describeThere = async (stem: string): Promise<CollectionInfo> => {
    const info = await scene().milvus.describeCollection(scene().name(stem));
    return info ?? expect.fail(`${stem} is not there`);
  };

  describe('collections', () => {
    it('are described as they were made, and made as they were described', async () => {
      const { milvus, create, database, name } = scene();
      const properties = pairs({ 'collection.ttl.seconds': 3600 });
      await create('wide', wideSchema, { shards: 2, consistencyLevel: 1, properties });
      const first = await describeThere('wide');
      expect(first).toMatchObject({ database, shards: 2, consistencyLevel: 1, properties, lossy: false });
      expect(first.virtualChannels).toHaveLength(2);
      expect(first.schema.fields.map((f) => ({ ...f, fieldID: 0n }))).toEqual(wideSchema.fields);
      expect(first.schema.fields.map((f) => f.fieldID)).toEqual(
        wideSchema.fields.map((_, i) => BigInt(100 + i)),
      );
      const { shards, consistencyLevel } = first;
      await milvus.createCollection({
        ...name('wide_again'),
        schema: first.schema,
        shards,
        consistencyLevel,
        properties,
      });
      const second = await describeThere('wide_again');
      expect({ ...second.schema, name: '' }).toEqual({ ...first.schema, name: '' });
      expect(second).toMatchObject({ shards, consistencyLevel, properties });
    });

    it.each([
      [
        'keys that are given',
        schemaOf([field('id', 'Int64', { is_primary_key: true, autoID: true }), vector]),
      ],
      [
        'keys that are text',
        schemaOf([field('id', 'VarChar', { is_primary_key: true }, { max_length: 8 }), vector]),
      ],
    ])('keep %s', async (what, schema) => {
      const { create } = scene();
      const stem = what.replaceAll(' ', '_');
      await create(stem, schema);
      const [first] = (await describeThere(stem)).schema.fields;
      expect({ ...first, fieldID: 0n }).toEqual(schema.fields[0]);
    });

    it('keep default values', async () => {
      const seven = Buffer.from([0x18, 7]).toString('base64');
      const schema = schemaOf([key, field('n', 'Int64', { default_value_base64: seven }), vector]);
      await scene().create('defaults', schema);
      const info = await describeThere('defaults');
      expect(info.schema.fields[1]?.default_value_base64).toBe(seven);
      expect(info.lossy).toBe(false);
    });

    it('are listed with ids and times', async () => {
      const { milvus, create, database } = scene();
      const name = await create('listed', smallSchema);
      const info = await describeThere('listed');
      expect(await milvus.listCollections(database)).toContainEqual({
        ...name,
        id: info.id,
        createdTimestamp: info.createdTimestamp,
      });
    });

    it('are undefined where there is none', async () => {
      const { milvus, name } = scene();
      expect(await milvus.describeCollection(name('none'))).toBeUndefined();
      expect(await milvus.describeCollection({ database: 'no_such_db', name: 'none' })).toBeUndefined();
    });

    it('are gone when dropped, and may be dropped again', async () => {
      const { milvus, create } = scene();
      const name = await create('dropped', smallSchema);
      await milvus.dropCollection(name);
      await milvus.dropCollection(name);
      expect(await milvus.describeCollection(name)).toBeUndefined();
    });

    it('say what the server said of a wrong schema', async () => {
      await expect(scene().create('wrong', schemaOf([vector]))).rejects.toMatchObject({
        reason: 'MilvusError',
        message: expect.stringMatching(/CreateCollection .*primary key is not specified.*code 65535/),
      });
    });
  });
}

function partitions(scene: () => Scene): void {
  describe('partitions', () => {
    it('are made and listed', async () => {
      const { milvus, create } = scene();
      const name = await create('parts', smallSchema);
      await milvus.createPartition(name, 'second');
      await milvus.createPartition(name, 'second');
      expect((await milvus.listPartitions(name)).map((p) => p.name)).toEqual(['_default', 'second']);
    });

    it('of a key come with the collection, as many as were asked for', async () => {
      const { milvus, create } = scene();
      const tenant = field('tenant', 'VarChar', { is_partition_key: true }, { max_length: 20 });
      const name = await create('keyed', schemaOf([key, tenant, vector]), { partitions: 3 });
      const listed = await milvus.listPartitions(name);
      expect(listed.map((p) => p.name)).toEqual(['_default_0', '_default_1', '_default_2']);
      await expect(milvus.createPartition(name, '_default_0')).rejects.toThrow('partition key');
    });
  });
}

function indexes(scene: () => Scene): void {
  describe('indexes', () => {
    it('are listed with the parameters they were given', async () => {
      const { milvus, create } = scene();
      const name = await create('indexed', schemaOf([key, field('n', 'Int64'), vector]));
      expect(await milvus.listIndexes(name)).toMatchObject({ indexes: [] });
      const params = {
        index_type: 'HNSW',
        metric_type: 'COSINE',
        params: JSON.stringify({ M: 8, efConstruction: 64 }),
      };
      await milvus.createIndex(name, { field: 'vec', name: 'by_vec', params });
      await milvus.createIndex(name, { field: 'vec', name: 'by_vec', params });
      await milvus.createIndex(name, { field: 'n', name: 'by_n', params: {} });
      const { indexes: listed, raw } = await milvus.listIndexes(name);
      expect(listed).toMatchObject([
        { field_name: 'vec', index_name: 'by_vec', index_type: 'HNSW', params },
        { field_name: 'n', index_name: 'by_n' },
      ]);
      expect(raw.length).toBeGreaterThan(0);
    });
  });
}

function aliases(scene: () => Scene): void {
  describe('aliases', () => {
    it('stand for a collection', async () => {
      const { milvus, create, name } = scene();
      const collection = await create('aliased', smallSchema);
      const alias = name('alias');
      await milvus.createAlias(collection, alias.name);
      await milvus.createAlias(collection, alias.name);
      expect(await milvus.findAlias(alias.database, alias.name)).toBe(collection.name);
      const info = await milvus.describeCollection(alias);
      expect(info).toMatchObject({ name: collection.name, aliases: [alias.name] });
    });

    it('are undefined where there is none, also for the name of a collection', async () => {
      const { milvus, create, database, name } = scene();
      const collection = await create('unaliased', smallSchema);
      expect(await milvus.findAlias(database, name('nothing').name)).toBeUndefined();
      expect(await milvus.findAlias(database, collection.name)).toBeUndefined();
      expect(await milvus.findAlias('no_such_db', collection.name)).toBeUndefined();
    });

    it('are not taken from another collection', async () => {
      const { milvus, create, name } = scene();
      const [one, two] = [await create('owner', smallSchema), await create('taker', smallSchema)];
      const alias = name('owned');
      await milvus.createAlias(one, alias.name);
      await expect(milvus.createAlias(two, alias.name)).rejects.toThrow('alias already exist');
      expect(await milvus.findAlias(alias.database, alias.name)).toBe(one.name);
    });

    it('of a dropped collection can be given again, and hide nothing', async () => {
      const { milvus, writer, create, name } = scene();
      const alias = name('outliving');
      const dropped = async (stem: string): Promise<void> => {
        const collection = await create(stem, smallSchema);
        await milvus.createAlias(collection, alias.name);
        await milvus.dropCollection(collection).catch(async () => {
          await writer.dropAlias(alias);
          await milvus.dropCollection(collection);
        });
      };
      await dropped('gone');
      const next = await create('next', smallSchema);
      await milvus.createAlias(next, alias.name);
      expect(await milvus.findAlias(alias.database, alias.name)).toBe(next.name);
      await writer.dropAlias(alias);
      await dropped('gone');
      await create('outliving', smallSchema);
      expect(await milvus.describeCollection(alias)).toMatchObject({ name: alias.name });
      await milvus.dropCollection(alias);
      await dropped('gone');
      await milvus.renameCollection(next, alias);
      expect(await milvus.describeCollection(alias)).toMatchObject({ name: alias.name });
    });
  });
}

function names(scene: () => Scene): void {
  describe('names', () => {
    it('change within a database, with id and aliases kept', async () => {
      const { milvus, create, name } = scene();
      const before = await create('before', smallSchema);
      await milvus.createAlias(before, name('kept').name);
      const id = (await milvus.describeCollection(before))?.id;
      const after = name('after');
      await milvus.renameCollection(before, after);
      expect(await milvus.describeCollection(before)).toBeUndefined();
      expect(await milvus.describeCollection(after)).toMatchObject({ ...after, id });
      expect(await milvus.findAlias(after.database, name('kept').name)).toBe(after.name);
    });

    it('change from one database to another', async () => {
      const { milvus, create, name } = scene();
      const before = await create('moving', smallSchema);
      const after = name('moved', 'default');
      await milvus.renameCollection(before, after);
      expect(await milvus.describeCollection(before)).toBeUndefined();
      expect(await milvus.describeCollection(after)).toMatchObject(after);
    });

    it('are refused when taken', async () => {
      const { milvus, create } = scene();
      const [one, two] = [await create('one', smallSchema), await create('two', smallSchema)];
      await expect(milvus.renameCollection(one, two)).rejects.toMatchObject({ reason: 'MilvusError' });
      expect(await milvus.describeCollection(one)).toMatchObject(one);
    });
  });
}
