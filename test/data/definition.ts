// SPDX-License-Identifier: Apache-2.0
// A collection as a test wants it: schema, partitions, indexes, aliases and whether it is loaded.
import type { Field } from './field.ts';

export type Index = { field: string; name: string; params: Record<string, string> };

export type Definition = {
  /** What is special about it, for titles of tests. */
  label: string;
  database: string;
  name: string;
  description: string;
  fields: Field[];
  /** Rows may carry more than the fields: the text of `$meta`. */
  dynamic: boolean;
  shards: number;
  /** 0 Strong, 1 Session, 2 Bounded, 3 Eventually. */
  consistency: number;
  properties: Record<string, string>;
  /** Besides `_default`. */
  partitions: string[];
  /** Into how many partitions the partition key spreads the rows; 0: there is none. */
  keyPartitions: number;
  indexes: Index[];
  aliases: string[];
  loaded: boolean;
};

/** Where a collection stands; a restore may have renamed it. */
export type Place = { database: string; name: string };

export const defaultDatabase = 'default';
export const defaultPartition = '_default';

export function keyField(fields: readonly Field[]): { field: Field; at: number } {
  const at = fields.findIndex(({ isKey }) => isKey === true);
  const field = fields[at];
  if (field === undefined) throw new Error('The schema has no primary key');
  return { field, at };
}
