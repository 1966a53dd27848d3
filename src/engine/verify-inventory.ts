// SPDX-License-Identifier: Apache-2.0
// What the meta names while it is read, kept no longer than needed: by collection until the collection is complete and
// compared with its listing, or, where a manifest is what the listing is compared with, as a fingerprint alone.
import type { SegmentMeta } from '../format/meta.ts';
import type { ReadCollection } from '../format/read-model.ts';
import { expectedObjects } from './expected.ts';
import type { Verification } from './verify-content.ts';
import {
  addNamed,
  addSegment,
  verifyCollection,
  type NamedLogs,
  type NamedObjects,
} from './verify-objects.ts';

export type Inventory = {
  add(this: void, segment: SegmentMeta): void;
  /** Of a collection whose segments were all added. */
  verify(collection: ReadCollection): Promise<void>;
};

/** Compares each collection with its listing. */
export function createListedInventory(work: Omit<Verification, 'mayNotStand'>): Inventory {
  const byCollection = new Map<bigint, NamedLogs>();
  return {
    add(segment) {
      const logs = byCollection.get(segment.collection_id) ?? { insert: [], delta: [], folders: new Set() };
      byCollection.set(segment.collection_id, logs);
      addSegment(logs, segment);
    },
    async verify({ collection_id }) {
      const logs = byCollection.get(collection_id);
      byCollection.delete(collection_id);
      if (logs) await verifyCollection(work, collection_id, logs);
    },
  };
}

/** Adds everything to `named`, for the manifest to be compared with later. */
export function createNamedInventory(named: NamedObjects): Inventory {
  return {
    add(segment) {
      for (const object of expectedObjects(segment)) addNamed(named, object);
    },
    async verify() {},
  };
}
