// SPDX-License-Identifier: Apache-2.0
// What the chart makes is taken by a real API server, in a namespace that enforces the restricted pod profile, without a
// word of warning.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { operatorNamespace } from '../../lab/helm.ts';
import { kubectl, kubectlWarned } from './kubectl.ts';
import { at, find, objectsOf, renderObjects, type Rendered, type Tree } from './rendered.ts';

const plane = inject('controlPlane');
const level = 'pod-security.kubernetes.io';
/** Deployments are only warned about: their pods are what is refused. */
const labels = { [`${level}/enforce`]: 'restricted', [`${level}/warn`]: 'restricted' };
const dryRun = ['apply', '--server-side', '--dry-run=server', '-f', '-'];

describe('install.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'install-yaml-'));
  let text: string;
  let objects: Rendered[];

  beforeAll(async () => {
    execFileSync(process.execPath, ['scripts/install-yaml.ts', folder], { stdio: 'pipe' });
    text = readFileSync(join(folder, 'install.yaml'), 'utf8');
    objects = objectsOf(text);
    const metadata = { name: operatorNamespace, labels };
    await kubectl(
      plane,
      ['apply', '--server-side', '-f', '-'],
      [{ apiVersion: 'v1', kind: 'Namespace', metadata }],
    );
  });

  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await kubectl(plane, ['delete', 'namespace', operatorNamespace, '--wait=false']);
  });

  it('begins with a namespace that enforces the restricted profile', () => {
    const [namespace] = objects;
    expect([namespace?.kind, namespace?.metadata]).toEqual([
      'Namespace',
      { name: operatorNamespace, labels: { [`${level}/enforce`]: 'restricted' } },
    ]);
  });

  it('is the same from the same sources', () => {
    execFileSync(process.execPath, ['scripts/install-yaml.ts', folder], { stdio: 'pipe' });
    expect(readFileSync(join(folder, 'install.yaml'), 'utf8') === text).toBe(true);
  });

  it('holds what the chart holds', async () => {
    expect(objects.slice(1)).toEqual(await renderObjects());
  });

  it('is taken whole, without a warning', async () => {
    const { output, warnings } = await kubectlWarned(plane, dryRun, objects);
    expect(warnings).toEqual([]);
    expect(output.trim().split('\n')).toHaveLength(objects.length);
  });
});

describe('the operator pod', () => {
  const namespace = `chart-${randomBytes(4).toString('hex')}`;

  beforeAll(async () => {
    const metadata = { name: namespace, labels };
    await kubectl(
      plane,
      ['apply', '--server-side', '-f', '-'],
      [{ apiVersion: 'v1', kind: 'Namespace', metadata }],
    );
  });

  afterAll(() => kubectl(plane, ['delete', 'namespace', namespace, '--wait=false']));

  it('is let in under the restricted profile', async () => {
    const { warnings } = await kubectlWarned(plane, dryRun, [await podOf({})]);
    expect(warnings).toEqual([]);
  });

  it('is refused with a context that is less: the profile is really enforced', async () => {
    const pod = await podOf({ podSecurityContext: { seccompProfile: null } });
    await expect(kubectl(plane, dryRun, [pod])).rejects.toThrow('violates PodSecurity "restricted:latest"');
  });

  async function podOf(values: Tree): Promise<object> {
    const template = at(find(await renderObjects(values), 'Deployment'), 'spec.template') as Tree;
    const spec = { ...(template['spec'] as Tree), serviceAccountName: 'default' };
    return { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'operator', namespace }, spec };
  }
});
