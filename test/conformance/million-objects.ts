// SPDX-License-Identifier: Apache-2.0
// Run by million-objects.test.ts in a process of its own with little memory: the logs of one collection with a million
// objects are gathered from its meta and compared with a listing. Prints what was compared.
import { mergeSorted } from '../../src/engine/sorted-merge.ts';
import { walkFullMeta } from '../../src/engine/meta-walk.ts';
import { namedObjects, addSegment, type NamedLogs } from '../../src/engine/verify-objects.ts';
import { collectionMessage, partitionMessage, segmentMessage } from '../../src/format/messages.ts';
import type { SegmentMeta } from '../../src/format/meta.ts';
import type { ObjectInfo } from '../../src/store/contract.ts';

const base = 449885215365432000n;
const segments = 76_924;
const fields = Array.from({ length: 13 }, (_, field) => BigInt(100 + field));

function segmentOf(number: number): SegmentMeta {
  const id = base + BigInt(number);
  const binlogs = fields.map((fieldID) => {
    const log_path = `files/insert_log/${base}/${base}/${id}/${fieldID}/${base + fieldID}`;
    return { fieldID, binlogs: [{ log_path, log_size: 5, log_id: base + fieldID }] };
  });
  const at = { collection_id: base, partition_id: base, segment_id: id, group_id: id };
  return { ...segmentMessage.zero(), ...at, binlogs };
}

async function* fullMeta(): AsyncGenerator<Buffer> {
  const at = { collection_id: base, partition_id: base };
  const partition = {
    ...partitionMessage.zero(),
    ...at,
    partition_name: '_default',
    segment_backups: [segmentOf(0)],
  };
  const collection = {
    ...collectionMessage.zero(),
    collection_id: base,
    collection_name: 'c',
    partition_backups: [partition],
  };
  const [before = '', behind = ''] = collectionMessage
    .encode(collection)
    .split(segmentMessage.encode(segmentOf(0)));
  yield Buffer.from(`{"collection_backups":[${before}`);
  for (let number = 0; number < segments; number++) {
    yield Buffer.from((number > 0 ? ',' : '') + segmentMessage.encode(segmentOf(number)));
  }
  yield Buffer.from(`${behind}],"size":0}`);
}

const prefix = `binlogs/insert_log/${base}/`;

async function* listing(): AsyncGenerator<ObjectInfo> {
  for (let number = 0; number < segments; number++) {
    const id = base + BigInt(number);
    for (const field of fields)
      yield { key: `${prefix}${base}/${id}/${id}/${field}/${base + field}`, size: 5, etag: '' };
  }
}

const logs: NamedLogs = { insert: [], delta: [], folders: new Set() };
for await (const _ of walkFullMeta(fullMeta(), 'full_meta.json', (segment) => addSegment(logs, segment)));
let same = 0;
let different = 0;
for await (const { expected, listed } of mergeSorted(namedObjects(logs.insert, prefix), listing(), '')) {
  if (expected?.size === listed?.size) same++;
  else different++;
}
process.stdout.write(JSON.stringify({ same, different }));
