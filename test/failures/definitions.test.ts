// SPDX-License-Identifier: Apache-2.0
// Our definitions upgraded under objects that are there, and removed while the operator works. On a control plane of its
// own: what is removed here belongs to every namespace.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { load } from 'js-yaml';
import type { MilvusBackup } from '../../src/api/index.ts';
import type { KubeObject } from '../../src/kube/resource.ts';
import { crds, fieldManager } from '../control-plane/kube/support/bench.ts';
import { resourceOf } from '../control-plane/operator/support/bench.ts';
import { succeeds } from '../control-plane/operator/support/results.ts';
import { Stage } from '../control-plane/operator/support/stage.ts';
import { startControlPlaneOnly, type ControlPlane } from '../lab/control-plane-only.ts';
import { waitFor } from '../lab/wait.ts';

vi.setConfig({ testTimeout: 300_000 });
let plane: ControlPlane;
let stage: Stage;
beforeAll(async () => {
  plane = await startControlPlaneOnly({ controllers: true, audit: true });
  stage = await Stage.open(plane.info);
  await stage.instance('milvus');
  await stage.storage('store');
});
afterAll(async () => {
  await stage?.close();
  await plane?.stop();
});

type Schema = { properties: Record<string, Schema>; type?: string; default?: unknown; maxLength?: number };
type Definition = KubeObject & { spec: { versions: { schema: { openAPIV3Schema: Schema } }[] } };
const file = 'crds/milvusbackups.milvusbackup.dev.yaml';
const definition = (): Definition => load(readFileSync(file, 'utf8')) as Definition;

async function define(wanted: Definition): Promise<void> {
  await stage.bench.rest.apply(crds, wanted, { fieldManager, force: true });
}
const backUp = async (name: string): Promise<MilvusBackup> => {
  await stage.backup(name, {}, (args) => succeeds(args));
  return stage.bench.phase<MilvusBackup>('MilvusBackup', name, 'Succeeded');
};

describe('definitions', () => {
  // Invariant: what was stored before is read with the new default, is not run again, and keeps its status.
  it('[FM-21] that are upgraded with a new default leave what is there as it is', async () => {
    const before = await backUp('before');
    const next = definition();
    const { spec } = next.spec.versions[0]!.schema.openAPIV3Schema.properties;
    spec!.properties['novelty'] = { type: 'string', default: 'on', maxLength: 10 } as Schema;
    await define(next);
    const read = await waitFor('the new default', 60_000, async () => {
      const one = await stage.bench.get<MilvusBackup>('MilvusBackup', 'before');
      return 'novelty' in one.spec ? one : undefined;
    });
    expect(read.spec).toEqual({ ...before.spec, novelty: 'on' });
    expect(read.status).toEqual(before.status);
    await stage.operator.kill();
    await stage.startOperator();
    const after = await backUp('after');
    expect(after.status.attempts).toHaveLength(1);
    const still = await stage.bench.get<MilvusBackup>('MilvusBackup', 'before');
    expect(still.status).toEqual(before.status);
    expect(await stage.jobs(still)).toEqual(['1']);
  });

  // Invariant: no crash; what comes back is served again.
  it('[FM-21] that are removed while the operator works are waited for', async () => {
    const { rest } = stage.bench;
    const { name } = definition().metadata;
    await rest.delete(crds, { name }, { propagation: 'Background' });
    await waitFor('the definition to be gone', 60_000, async () => {
      const { items } = await rest.list(crds, { limit: 100 });
      return items.every(({ metadata }) => metadata.name !== name) || undefined;
    });
    const lines = stage.operator.lines.length;
    await waitFor('the operator to ask in vain', 60_000, () =>
      stage.operator.lines.slice(lines).some(({ level }) => level !== 'debug') ? true : undefined,
    );
    expect((await stage.operator.probe('/livez')).status).toBe(200);
    await define(definition());
    await waitFor('backups to be served', 60_000, async () => {
      await rest.list(resourceOf('MilvusBackup'), { limit: 1 });
      return true;
    });
    const { status } = await backUp('reborn');
    expect(status.attempts).toMatchObject([{ number: 1, reason: 'Completed' }]);
  });
});
