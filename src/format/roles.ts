// SPDX-License-Identifier: Apache-2.0
// Which lists of messages a meta file holds, from its root down, and what happens to each message when it is complete.
import { Mismatch, type Codec } from './codec.ts';
import { message, passthrough } from './message.ts';
import {
  backupMessage,
  binlogMessage,
  collectionMessage,
  fieldBinlogMessage,
  partitionMessage,
  segmentMessage,
} from './messages.ts';
import type { BinlogMeta } from './meta.ts';
import type { LogCount, ReadSegment } from './read-model.ts';

/** The part that a message plays in a file. */
export type Role = {
  codec: Codec<object>;
  /** Dropped once counted, where only a summary is asked for. */
  isLog: boolean;
  /** By the name of the member in lower case. */
  lists: ReadonlyMap<string, { key: string; element: Role }>;
  /** Checks the message, or adds to it what was counted below it; returns what it counts for whoever holds it. */
  complete: (message: object, below: ReadonlyMap<string, LogCount>) => LogCount | undefined;
};

const nothing: LogCount = { objects: 0, bytes: 0 };

function role<T extends object>(
  codec: Codec<T>,
  lists: Record<string, Role>,
  over: {
    isLog?: boolean;
    complete?: (message: T, below: ReadonlyMap<string, LogCount>) => LogCount | undefined;
  } = {},
): Role {
  return {
    codec: codec as unknown as Codec<object>,
    isLog: over.isLog ?? false,
    lists: new Map(Object.entries(lists).map(([key, element]) => [key.toLowerCase(), { key, element }])),
    complete: (found, below) => over.complete?.(found as T, below),
  };
}

const binlog = role(binlogMessage, {}, { isLog: true, complete: countLog });

const fieldBinlog = role(
  fieldBinlogMessage,
  { binlogs: binlog },
  { isLog: true, complete: (_message, below) => below.get('binlogs') },
);

export const segmentRole = role(
  segmentMessage,
  { binlogs: fieldBinlog, deltalogs: fieldBinlog },
  {
    complete(segment, below) {
      const counts = { insert: below.get('binlogs') ?? nothing, delta: below.get('deltalogs') ?? nothing };
      (segment as ReadSegment).counts = counts;
      return undefined;
    },
  },
);

export const partitionRole = role(partitionMessage, { segment_backups: segmentRole });

export const collectionRole = role(collectionMessage, {
  partition_backups: partitionRole,
  l0_segments: segmentRole,
});

/** full_meta.json */
export const backupRole = role(backupMessage, { collection_backups: collectionRole });

/** A level file, which holds nothing but the list `infos`. */
export function levelRole(element: Role): Role {
  return role(message<{ infos?: unknown }>({ infos: passthrough }), { infos: element });
}

/** `log_path` may be absolute, where Milvus stores locally, but leads nowhere else. */
function countLog({ log_path, log_size }: BinlogMeta): LogCount {
  if (/(?:^|\/)\.\.(?:\/|$)|[\\\0]/.test(log_path)) {
    throw new Mismatch(`found the log_path ${JSON.stringify(log_path)}, expected a plain path`);
  }
  return { objects: 1, bytes: log_size };
}
