// SPDX-License-Identifier: Apache-2.0
// The lab's names for programs of the machine itself: a marked block at the end of /etc/hosts.
// Taking the block out gives the file back byte for byte.
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from './cache-folder.ts';
import type { Instance } from './instance.ts';
import { withLock } from './lock.ts';

const path = '/etc/hosts';

/** Name -> address. `part` tells apart blocks of one lab, so that a name can come and go by itself. */
export async function addHosts(
  instance: Instance,
  part: string,
  names: Record<string, string>,
): Promise<void> {
  await locked(() => {
    const rest = withoutBlocks(read(), tag(instance, part));
    // A last line without an end would swallow ours; the block's first line remembers that it was so.
    const glue = rest === '' || rest.endsWith('\n') ? '' : '\n';
    const lines = Object.entries(names).map(([name, address]) => `${address} ${name}`);
    const block = [
      `# ${tag(instance, part)} begin${glue === '' ? '' : ' (glued)'}`,
      ...lines,
      `# ${tag(instance, part)} end\n`,
    ];
    if (rest !== read()) writeFileSync(path, rest);
    appendFileSync(path, glue + block.join('\n'));
  });
}

/** Removes one part, or all of the lab's. */
export async function removeHosts(instance: Instance, part?: string): Promise<void> {
  await locked(() => {
    const before = read();
    const after = withoutBlocks(before, tag(instance, part));
    // In place: in a container this file is a mount and cannot be replaced.
    if (after !== before) writeFileSync(path, after);
  });
}

export function withoutBlocks(text: string, tag: string): string {
  const name = tag.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  const block = new RegExp(
    String.raw`(\n)?# ${name}((?: \S+)?) begin( \(glued\))?\n(?:[^\n]*\n)*?# ${name}\2 end\n`,
    'g',
  );
  return text.replace(block, (found: string, ...rest: unknown[]) => {
    const [newline, , glued, offset] = rest as [
      string | undefined,
      string | undefined,
      string | undefined,
      number,
    ];
    const isLast = offset + found.length === text.length;
    return glued !== undefined && isLast ? '' : (newline ?? '');
  });
}

function tag(instance: Instance, part?: string): string {
  return `milvus-backup-lab ${instance.name}${part === undefined ? '' : ` ${part}`}`;
}

function read(): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function locked(work: () => void): Promise<void> {
  await withLock(join(cacheFolder(), 'hosts.lock'), () => {
    work();
    return Promise.resolve();
  });
}
