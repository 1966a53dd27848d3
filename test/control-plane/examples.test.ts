// SPDX-License-Identifier: Apache-2.0
// Every manifest that the documentation shows, applied as a person applies it, misspelt fields refused; and the same in
// the words of the lab, as the demo and the cluster suite apply it.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { docFiles, examplePaths } from '../../scripts/generate-docs.ts';
import { examplesFolder, inLab, readExample, type Manifest, type Places } from '../support/examples.ts';
import { Api } from './crds-api.ts';

// kubectl takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
const root = join(import.meta.dirname, '../..');
const api = new Api('examples');
beforeAll(() => api.start(), 180_000);
afterAll(() => api.stop());

const places: Places = {
  minio: { endpoint: 'minio.lab.svc:9000', accessKey: 'a', secretKey: 's', backupBucket: 'backups' },
  milvus: {
    source: { address: 'milvus.lab.svc:19530', bucket: 'milvus-source', rootPath: 'files' },
    target: { address: 'milvus-target.lab.svc:19530', bucket: 'milvus-target', rootPath: 'files' },
  },
};
const apply = ['apply', '--server-side', '--validate=strict', '-f'];
const paths = examplePaths(root);

it('every example stands on a page', () => {
  const pages = [...docFiles(root).values()].join('\n');
  expect(paths.filter((path) => !pages.includes(`# examples/${path}\n`))).toEqual([]);
  expect(paths.length).toBeGreaterThan(0);
});

describe.each(paths)('%s', (path) => {
  // Files show variants of the same object, and what is there cannot become another.
  const namespace = path.replaceAll(/[/.]/g, '-');
  beforeAll(() => api.kubectl(['create', 'namespace', namespace]));

  it('is applied as it stands, and again', async () => {
    const args = ['-n', namespace, ...apply, join(examplesFolder, path)];
    expect(linesOf(await api.kubectl(args))).toHaveLength(readExample(path).length);
    await api.kubectl(args);
  });

  it('is applied in the lab', async () => {
    const namespace = `lab-${path.replaceAll(/[/.]/g, '-')}`;
    await api.kubectl(['create', 'namespace', namespace]);
    const objects = inLab(readExample(path), places, 'mine');
    const text = await api.kubectl(['-n', namespace, ...apply, '-'], listOf(objects));
    expect(linesOf(text)).toHaveLength(objects.length);
  });
});

it('is refused with a misspelt field', async () => {
  const [backup] = readExample('quickstart/backup.yaml');
  const misspelt = { ...backup!, spec: { ...backup!.spec, instanceref: {} } };
  const refused = api.kubectl(['-n', api.namespace, ...apply, '-'], listOf([misspelt]));
  await expect(refused).rejects.toThrow('instanceref');
});

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line.endsWith(' serverside-applied'));
}

function listOf(items: Manifest[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items });
}
