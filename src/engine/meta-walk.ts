// SPDX-License-Identifier: Apache-2.0
// Reads full_meta.json segment by segment with every binlog entry, and keeps none: one collection may name a million,
// which is too much to have in memory at once.
import { checkHeader, createCollectionCheck } from '../format/consistency.ts';
import { readMessages, type FullMetaItem } from '../format/full-meta-reader.ts';
import type { BackupMeta, SegmentMeta } from '../format/meta.ts';
import type { ReadCollection } from '../format/read-model.ts';
import { backupRole, collectionRole, partitionRole, segmentRole, type Role } from '../format/roles.ts';

/** Called with each segment once, before its collection is yielded; other collections' may come in between. */
export type SegmentVisitor = (segment: SegmentMeta) => void;

/** As readFullMeta, but the segments of what is yielded have no binlogs. */
export async function* walkFullMeta(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  visit: SegmentVisitor,
): AsyncGenerator<FullMetaItem> {
  const root = visiting(visit);
  const check = createCollectionCheck(file);
  for await (const [role, message] of readMessages(chunks, root, { file, segments: 'full' })) {
    if (role === root) {
      const header = message as BackupMeta;
      checkHeader(header, file);
      yield { kind: 'header', header };
    } else {
      const collection = message as ReadCollection;
      check(collection);
      yield { kind: 'collection', collection };
    }
  }
}

/** The roles of full_meta.json with one change: a complete segment is shown and then emptied. */
function visiting(visit: SegmentVisitor): Role {
  const segment: Role = {
    ...segmentRole,
    complete(message, below) {
      visit(message as SegmentMeta);
      Object.assign(message, { binlogs: [], deltalogs: [] });
      return segmentRole.complete(message, below);
    },
  };
  const partition = withElements(partitionRole, { segment_backups: segment });
  const collection = withElements(collectionRole, { partition_backups: partition, l0_segments: segment });
  return withElements(backupRole, { collection_backups: collection });
}

function withElements(role: Role, elements: Record<string, Role>): Role {
  const lists = new Map(Object.entries(elements).map(([key, element]) => [key, { key, element }]));
  return { ...role, lists };
}
