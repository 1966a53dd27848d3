// SPDX-License-Identifier: Apache-2.0
// The image that operator and Jobs run from. That it needs nothing else, every other test here shows: it runs in no
// other way.
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { kubectl } from '../lab/kubectl.ts';
import { instanceOf } from '../lab/instance.ts';
import { readImage, type Image } from '../support/image-archive.ts';

const { image: built, namespace, deployment } = inject('operator');

describe('the image', () => {
  let image: Image;

  beforeAll(async () => {
    image = await readImage(built.archive);
  });

  it('is under 250 MiB', () => {
    expect(image.bytes / 1024 ** 2).toBeLessThan(250);
    // Node.js alone is more: the sum is a real one.
    expect(image.bytes / 1024 ** 2).toBeGreaterThan(100);
  });

  it('holds the bundle and no packages', () => {
    const ours = [...image.files.keys()].filter((path) => path.startsWith('app/'));
    expect(ours).toContain('app/dist/milvus-backup.js');
    expect(ours.filter((path) => !/^app\/(LICENSE|package\.json|dist\/[\w-]+\.js)$/.test(path))).toEqual([]);
  });

  it('says who it is and runs as nobody', () => {
    const { User, Entrypoint, Labels } = image.config;
    expect(User).toBe('65532:65532');
    expect(Entrypoint).toEqual(['node', '/app/dist/milvus-backup.js']);
    expect(Labels).toMatchObject({
      'org.opencontainers.image.title': 'milvus-backup-operator',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.version': expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
  });

  it('is what the operator runs from, and what it gives its Jobs', async () => {
    const ask = (...args: string[]): Promise<string> =>
      kubectl(instanceOf(), ['-n', namespace, 'get', ...args]);
    const containers = 'jsonpath={.spec.template.spec.containers[*].image}';
    expect(await ask('deployment', deployment, '-o', containers)).toBe(built.name);
    expect(await ask('configmap', `${deployment}-settings`, '-o', 'yaml')).toContain(
      `image: "${built.name}"`,
    );
  });
});
