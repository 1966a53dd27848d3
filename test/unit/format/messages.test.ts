// SPDX-License-Identifier: Apache-2.0
// Golden against docs/backup-format.md 2.1, whose facts were verified with the Go tool's own structs.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, type Codec } from '../../../src/format/codec.ts';
import { parseJson } from '../../../src/format/json.ts';
import {
  backupMessage,
  backupScalarsMessage,
  binlogMessage,
  collectionMessage,
  fieldBinlogMessage,
  partitionMessage,
  schemaMessage,
  segmentMessage,
} from '../../../src/format/messages.ts';
import { fullCollection, metaArbitraries } from './meta-samples.ts';

const read = <V>(codec: Codec<V>, text: string): V => decode(codec, parseJson(text, 'm.json'), 'm.json');

describe('smallest outputs', () => {
  it.each<[string, Codec<never>, string]>([
    ['backup', backupMessage as never, '{"state_code":0,"size":0}'],
    ['backup scalars', backupScalarsMessage as never, '{"state_code":0,"size":0}'],
    ['collection', collectionMessage as never, '{"size":0,"has_index":false}'],
    ['partition', partitionMessage as never, '{"size":0}'],
    ['segment', segmentMessage as never, '{"size":0}'],
    ['binlog', binlogMessage as never, '{"log_size":0}'],
    ['field binlog', fieldBinlogMessage as never, '{}'],
    ['schema', schemaMessage as never, '{}'],
  ])('%s', (_name, codec, text) => {
    expect(codec.encode(codec.zero())).toBe(text);
    expect(read(codec, '{}')).toEqual(codec.zero());
    expect(read(codec, text)).toEqual(codec.zero());
  });

  it('prints empty messages in lists, as the listing path of the Go tool does for deltalogs', () => {
    const segment = { ...segmentMessage.zero(), deltalogs: [fieldBinlogMessage.zero()] };
    expect(segmentMessage.encode(segment)).toBe('{"deltalogs":[{}],"size":0}');
    expect(read(segmentMessage, '{"deltalogs":[{}],"size":0}')).toEqual(segment);
  });

  it('prints an empty rbac_meta that was asked for', () => {
    const backup = { ...backupMessage.zero(), rbac_meta: {} };
    expect(backupMessage.encode(backup)).toBe('{"state_code":0,"size":0,"rbac_meta":{}}');
  });
});

describe('a whole collection', () => {
  it('has its keys in the written order', () => {
    expect(collectionMessage.encode(fullCollection)).toMatchInlineSnapshot(
      `"{"id":"a-task","collection_id":449885215365432101,"db_name":"größe","collection_name":"books","schema":{"name":"books","fields":[{"fieldID":100,"name":"id","is_primary_key":true,"description":"a \\u003ckey\\u003e \\u0026 more","data_type":5,"autoID":true,"default_value_base64":"GAU="},{"fieldID":101,"name":"vector","data_type":101,"type_params":[{"key":"dim","value":"8"}],"index_params":[{"key":"mmap.enabled"}]}],"enable_dynamic_field":true,"properties":[{"key":"ttl","value":"1"}],"functions":[{"name":"bm25","id":100,"type":1,"input_field_names":["text"],"input_field_ids":[102],"output_field_names":["sparse"],"output_field_ids":[103],"params":[{"key":"k","value":"v"}]}],"struct_array_fields":[{"fieldID":104,"name":"s","fields":[{"fieldID":101,"name":"vector","data_type":101,"type_params":[{"key":"dim","value":"8"}],"index_params":[{"key":"mmap.enabled"}]}]}]},"shards_num":1,"consistency_level":2,"partition_backups":[{"partition_id":449885215365432102,"partition_name":"_default","collection_id":449885215365432101,"segment_backups":[{"segment_id":449885215365432103,"collection_id":449885215365432101,"partition_id":449885215365432102,"num_of_rows":100,"binlogs":[{"binlogs":[{"log_path":"files/insert_log/1/2/3/0/5","log_size":10,"log_id":5}]},{"fieldID":100,"binlogs":[{"log_path":"files/insert_log/1/2/3/100/6","log_size":20,"log_id":6}]}],"deltalogs":[{"binlogs":[{"log_path":"files/delta_log/1/2/3/7","log_size":3,"log_id":7}]}],"size":33,"group_id":449885215365432103,"v_channel":"by-dev-rootcoord-dml_0_449885215365432101v0","storage_version":2}],"size":33,"load_state":"Loaded"}],"backup_timestamp":449885215365439999,"size":33,"has_index":true,"index_infos":[{"field_name":"vector","index_name":"vector","index_type":"HNSW","params":{"index_type":"HNSW","metric_type":"L2","params":"{\\"M\\":8}"},"index_id":449885215365432110,"field_id":101,"create_time":449885215365432111,"type_params":[{"key":"dim","value":"8"}],"is_auto_index":true,"max_index_version":6}],"load_state":"Loaded","backup_physical_timestamp":1756000000,"channel_checkpoints":{"by-dev-dml_0":"CgE=","by-dev-dml_1":"CgA="},"l0_segments":[{"segment_id":9,"collection_id":449885215365432101,"partition_id":-1,"deltalogs":[{"binlogs":[{"log_path":"files/delta_log/1/2/3/7","log_size":3,"log_id":7}]}],"size":33,"is_l0":true,"v_channel":"by-dev-rootcoord-dml_0_449885215365432101v0","storage_version":2}],"properties":[{"key":"collection.ttl.seconds","value":"60"}],"db_id":1,"created_timestamp":449885215365430000,"virtual_channel_names":["v"],"physical_channel_names":["p"],"aliases":["b"]}"`,
    );
  });

  it('in pieces is the same text', () => {
    expect([...collectionMessage.pieces!(fullCollection)].join('')).toBe(
      collectionMessage.encode(fullCollection),
    );
    const empty = { ...fullCollection, partition_backups: [] };
    expect([...collectionMessage.pieces!(empty)].join('')).toBe(collectionMessage.encode(empty));
  });

  it('round-trips', () => {
    expect(read(collectionMessage, collectionMessage.encode(fullCollection))).toEqual(fullCollection);
  });

  it('round-trips whatever is in it', () => {
    fc.assert(
      fc.property(metaArbitraries.collection, (collection) => {
        const text = collectionMessage.encode(collection);
        expect(read(collectionMessage, text)).toEqual(collection);
        expect([...collectionMessage.pieces!(collection)].join('')).toBe(text);
      }),
      { numRuns: 100 },
    );
  });
});

describe('a backup', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(metaArbitraries.backup, (backup) => {
        expect(read(backupMessage, backupMessage.encode(backup))).toEqual(backup);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps rbac_meta as found, with numbers that are no integers', () => {
    const text = '{"state_code":0,"size":0,"rbac_meta":{"z":[1.0,{"b":null}],"a":12345678901234567890}}';
    expect(backupMessage.encode(read(backupMessage, text))).toBe(text);
  });
});

describe('a lenient reader', () => {
  it('takes keys in any case, the exact one or not, and the last of two', () => {
    expect(read(binlogMessage, '{"LOG_PATH":"a","Log_Id":7}')).toEqual({
      log_path: 'a',
      log_size: 0,
      log_id: 7n,
    });
    expect(read(fieldBinlogMessage, '{"fieldid":1,"FIELDID":2}').fieldID).toBe(2n);
  });

  it('ignores what it does not know', () => {
    const old = '{"errorMessage":"","start_time":1,"progress":100,"state_code":2,"size":3,"new":{"x":[1.5]}}';
    expect(read(backupMessage, old)).toEqual({ ...backupMessage.zero(), state_code: 2, size: 3 });
  });

  it('takes null for the default, also in lists and maps', () => {
    const text = '{"partition_id":null,"segment_backups":[null],"size":null}';
    expect(read(partitionMessage, text)).toEqual({
      ...partitionMessage.zero(),
      segment_backups: [segmentMessage.zero()],
    });
    expect(read(collectionMessage, '{"channel_checkpoints":{"a":null},"aliases":[null]}')).toMatchObject({
      channel_checkpoints: { a: '' },
      aliases: [''],
    });
  });
});

describe('a wrong type', () => {
  it.each([
    ['{"size":"1"}', '.size: found the text "1", expected an unquoted integer within 2^53'],
    ['{"size":1.0}', '.size: found the number 1.0, expected an unquoted integer within 2^53'],
    ['{"size":1e3}', '.size: found the number 1e3, expected an unquoted integer within 2^53'],
    [
      '{"size":9007199254740992}',
      '.size: found the bigint 9007199254740992, expected an unquoted integer within 2^53',
    ],
    ['{"segment_id":"1"}', '.segment_id: found the text "1", expected an unquoted int64'],
    [
      '{"segment_id":9223372036854775808}',
      '.segment_id: found the bigint 9223372036854775808, expected an unquoted int64',
    ],
    ['{"is_l0":1}', '.is_l0: found the number 1, expected true or false'],
    ['{"v_channel":{}}', '.v_channel: found an object, expected a text'],
    ['{"binlogs":{}}', '.binlogs: found an object, expected a list'],
    [
      '{"Binlogs":[{},{"binlogs":[{"log_id":[]}]}]}',
      '.Binlogs[1].binlogs[0].log_id: found a list, expected an unquoted int64',
    ],
    ['[]', 'the root: found a list, expected an object'],
    ['null', 'the root: found null, expected a document'],
  ])('%s', (text, message) => {
    expect(() => read(segmentMessage, text)).toThrow(
      expect.objectContaining({ reason: 'BackupUnreadable', message: `m.json: at ${message}` }),
    );
  });

  it('of ours is a fault of the program', () => {
    expect(() => segmentMessage.encode({ ...segmentMessage.zero(), size: 1.5 })).toThrow(RangeError);
    expect(() => segmentMessage.encode({ ...segmentMessage.zero(), segment_id: 2n ** 63n })).toThrow(
      RangeError,
    );
  });
});
