// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const source = join(import.meta.dirname, '../../../src');

/** Packages that a file needs before it runs its first line, through all its files; types and dynamic imports excluded. */
function packagesOf(entry: string, seen = new Set<string>()): Set<string> {
  const packages = new Set<string>();
  if (seen.has(entry)) return packages;
  seen.add(entry);
  const text = readFileSync(entry, 'utf8');
  for (const [, clause = '', from = ''] of text.matchAll(
    /^(?:import|export)\s([^;]*?)\sfrom\s'([^']+)';/gms,
  )) {
    const isType = clause.startsWith('type ') || /^\{(\s*type [^,}]+,?)+\s*\}$/.test(clause);
    if (isType) continue;
    if (!from.startsWith('.')) packages.add(from);
    else for (const found of packagesOf(join(dirname(entry), from), seen)) packages.add(found);
  }
  return packages;
}

describe('startup', () => {
  it('needs commander and nothing else', () => {
    const packages = [...packagesOf(join(source, 'cmd/main.ts'))].filter((name) => !name.startsWith('node:'));
    expect(packages).toEqual(['commander']);
  });

  it('is told apart from a command, which needs more', () => {
    const packages = packagesOf(join(source, 'cmd/commands/create.ts'));
    for (const name of ['pino', 'js-yaml', '@aws-sdk/client-s3']) expect(packages).toContain(name);
  });

  it('of the operator needs neither store nor Milvus, nor the client library', () => {
    const seen = new Set<string>();
    const packages = packagesOf(join(source, 'cmd/commands/operator.ts'), seen);
    const rooms = new Set([...seen].map((file) => relative(source, file).split('/')[0]));
    expect(rooms).toEqual(new Set(['api', 'base', 'cmd', 'contract', 'controllers', 'kube', 'plan']));
    const others = [...packages].filter((name) => !name.startsWith('node:'));
    expect(others.sort()).toEqual(['@prometheus-io/client', 'cron-parser', 'js-yaml', 'pino', 'undici']);
  });

  it('of config show needs neither store nor Milvus', () => {
    const seen = new Set<string>();
    packagesOf(join(source, 'cmd/commands/config.ts'), seen);
    const rooms = new Set([...seen].map((file) => relative(source, file).split('/')[0]));
    expect(rooms).toEqual(new Set(['base', 'cmd', 'contract']));
  });
});
