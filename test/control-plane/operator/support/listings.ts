// SPDX-License-Identifier: Apache-2.0
// What an engine says that was sent to list a bucket: a log full of items, and a result that holds their digests.
import { folderHash, hashesPerLine, joinHashes } from '../../../../src/contract/folder-hash.ts';
import type { ListName } from '../../../../src/contract/event.ts';
import { createListDigest, encodeEvent } from '../../../../src/contract/protocol.ts';
import type { ListDigest } from '../../../../src/contract/result.ts';
import { succeeds, type Arguments } from './results.ts';
import type { Ending } from './kubelet.ts';

export type Found = { name: string } & Record<string, unknown>;
/** Complete backups, the newest first, and folders of others. */
export type Bucket = { backups: Found[]; unfinished?: string[] };

export function listing(
  args: Arguments,
  { backups, unfinished = [] }: Bucket,
): { log: string; ending: Ending } {
  const most = Number(args.all[args.all.indexOf('--newest') + 1]);
  const told = backups.slice(0, most);
  const hashes = [...backups.map(({ name }) => name), ...unfinished].map(folderHash);
  const packed = Array.from({ length: Math.ceil(hashes.length / hashesPerLine) }, (_, i) => ({
    hashes: joinHashes(hashes.slice(i * hashesPerLine, (i + 1) * hashesPerLine)),
  }));
  const log: string[] = [];
  const lists = {
    ...say('folders', packed, log),
    ...say(
      'backups',
      told.map((one) => ({ state: 'Complete', ...one })),
      log,
    ),
  };
  const leftOut = backups.length - told.length;
  const inventory = { found: backups.length, incomplete: unfinished.length, leftOut };
  return { log: log.join('\n'), ending: succeeds(args, { lists, inventory }) };
}

function say(
  list: ListName,
  items: Record<string, unknown>[],
  log: string[],
): Partial<Record<ListName, ListDigest>> {
  const digest = createListDigest();
  for (const item of items) {
    const line = encodeEvent({ event: 'item', list, item });
    digest.add(line);
    log.push(line);
  }
  return items.length > 0 ? { [list]: digest.value() } : {};
}
