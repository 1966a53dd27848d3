// SPDX-License-Identifier: Apache-2.0
// What a command loads in the bundle that is shipped: the chunk that it is in and whatever that needs before it begins.
import { join } from 'node:path';
import { build, type Metafile } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../../..');
let outputs: Metafile['outputs'];
beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { 'milvus-backup': 'src/cmd/main.ts' },
    outdir: 'nowhere',
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'error',
  });
  outputs = metafile.outputs;
}, 60_000);

/** Packages in the chunk of a source file and in those that it imports at once; with how many bytes there are in all. */
function loadedBy(file: string): { packages: string[]; bytes: number } {
  const holds = (name: string): boolean => Object.hasOwn(outputs[name]?.inputs ?? {}, file);
  const first =
    Object.keys(outputs).find((name) => outputs[name]?.entryPoint === file) ??
    Object.keys(outputs).find(holds);
  const seen = new Set<string>();
  const visit = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const { path, kind, external } of outputs[name]?.imports ?? []) {
      if (kind === 'import-statement' && !external) visit(path);
    }
  };
  visit(first ?? expect.fail(`${file} is in no chunk`));
  const inputs = [...seen].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
  const packages = inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return {
    packages: [...new Set(packages)].sort(),
    bytes: [...seen].reduce((sum, name) => sum + (outputs[name]?.bytes ?? 0), 0),
  };
}

describe('the bundle of the operator', () => {
  it('holds no SDK of an object store or of Milvus, and no client library of Kubernetes', () => {
    const { packages, bytes } = loadedBy('src/cmd/commands/operator.ts');
    const foreign = packages.filter((name) =>
      /aws|smithy|milvus|grpc|protobuf|kubernetes|stream-json|progress/.test(name),
    );
    expect(foreign).toEqual([]);
    expect(packages).toContain('undici');
    expect(bytes).toBeLessThan(3_000_000);
  });

  it('is told apart from one that holds them', () => {
    const { packages } = loadedBy('src/cmd/commands/create.ts');
    expect(packages).toContain('@aws-sdk/client-s3');
    expect(packages).toContain('@zilliz/milvus2-sdk-node');
  });
});
