// SPDX-License-Identifier: Apache-2.0
// What a server can do, by its version: a table of gates. A later version adds a row, never a branch elsewhere.

/** MAJOR.MINOR.PATCH; a head of a line without a patch counts as patch 9999. */
export type Version = readonly [major: number, minor: number, patch: number];

const gates = {
  describeDatabase: { from: [2, 4, 3] },
  l0Segments: { from: [2, 4, 0] },
  segmentDescribe: { from: [2, 5, 8] },
  restImport: { from: [2, 4, 0] },
  /** 2.3.5 stores Float16Vector, and its import jobs fail with `fail to initialize in-memory segment data` (measured). */
  importFloat16: { from: [2, 4, 0] },
  manyL0InOneImport: { from: [2, 6, 5] },
  collectionGCPause: { from: [2, 6, 8] },
  functionRuntimeCheck: { from: [2, 6, 8] },
  addCollectionField: { from: [2, 6, 0] },
  flushAllByMessage: { from: [2, 6, 11] },
  /** Statistics and imports of v1 report rows after their deletes are applied (measured on 2.3.5). */
  importRowsAfterDeletes: { from: [2, 2, 0], before: [2, 4, 0] },
  /** A loaded collection can be told to look for imported segments (2.3.5 finds them within 20 s by itself). */
  loadRefresh: { from: [2, 3, 0] },
  /** A dropped collection's aliases stay, unseen, and hide what is created under their names (measured on 2.3.5). */
  aliasesOutliveCollections: { from: [2, 2, 0], before: [2, 4, 0] },
} as const satisfies Record<string, { from: Version; before?: Version }>;

export type Feature = keyof typeof gates;
export type Features = Readonly<Record<Feature, boolean>>;

export function featuresOf(version: Version): Features {
  const entries = Object.entries<{ from: Version; before?: Version }>(gates);
  return Object.fromEntries(
    entries.map(([name, { from, before }]) => [
      name,
      isAtLeast(version, from) && !(before && isAtLeast(version, before)),
    ]),
  ) as Features;
}

export function isAtLeast(version: Version, limit: Version): boolean {
  const i = [0, 1, 2].find((k) => version[k as 0] !== limit[k as 0]);
  return i === undefined || version[i as 0] > limit[i as 0];
}
