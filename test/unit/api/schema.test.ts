// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { definitionOf, kinds } from '../../../src/api/index.ts';
import { jobOverrides } from '../../../src/api/job-overrides.ts';
import type { Schema } from '../../../src/api/schema.ts';
import { lintSchema, type Node } from './schema-linter.ts';

const rows = kinds.map(({ kind }) => [kind.kind, kind] as const);

describe.each(rows)('%s', (_, kind) => {
  it('is structural, bounded and described at every node', () => {
    expect(lintSchema(kind.spec, 'spec')).toEqual([]);
    expect(lintSchema(kind.status, 'status')).toEqual([]);
  });

  it('defaults every optional choice to its first word', () => {
    const wrong = nodesOf(kind.spec, 'spec').filter(
      ([, node, isRequired]) => node.enum && !isRequired && node.default !== node.enum[0],
    );
    expect(wrong.map(([path]) => path)).toEqual([]);
  });

  it('bounds every integer of the spec on both sides', () => {
    const open = nodesOf(kind.spec, 'spec').filter(
      ([, node]) => node.type === 'integer' && (node.minimum === undefined || node.maximum === undefined),
    );
    expect(open.map(([path]) => path)).toEqual([]);
  });

  it('keeps the status open for a newer operator', () => {
    const closed = nodesOf(kind.status, 'status').filter(
      ([, node]) => node.enum !== undefined || node.maximum !== undefined || node.pattern !== undefined,
    );
    expect(closed.map(([path]) => path)).toEqual([]);
    expect(kind.status.default).toEqual({ observedGeneration: -1 });
  });

  it('has columns only for fields that there are', () => {
    for (const { jsonPath } of kind.columns) {
      if (jsonPath.startsWith('.metadata.')) continue;
      expect(fieldAt(kind, jsonPath), jsonPath).toBeDefined();
    }
  });

  it('is namespaced, with a short name and our categories', () => {
    const { names, scope } = definitionOf(kind)['spec'] as { names: unknown; scope: string };
    expect(scope).toBe('Namespaced');
    expect(names).toMatchObject({ shortNames: [kind.shortName], categories: ['milvus', 'backup'] });
  });
});

it('names each kind as the API says', () => {
  expect(kinds.map(({ kind }) => [kind.kind, kind.shortName])).toEqual([
    ['MilvusInstance', 'mvi'],
    ['MilvusBackupStorage', 'mbst'],
    ['MilvusBackup', 'mbk'],
    ['MilvusRestore', 'mrs'],
    ['MilvusBackupSchedule', 'mbs'],
  ]);
});

it('leaves out what comes later, without stubs', () => {
  const later = new Set(
    (
      'rbac indexExtra etcd restAddress ' +
      'managementAddress encryption storageClass bandwidth requestsPerSecond discover'
    ).split(' '),
  );
  const words = new Set(['Bulk', 'Required', 'GCSNative', 'Azure', 'Filesystem', 'Snapshot']);
  for (const { kind } of kinds) {
    const nodes = [...nodesOf(kind.spec, 'spec'), ...nodesOf(kind.status, 'status')];
    expect(nodes.map(([path]) => path.split('.').at(-1) ?? '').filter((name) => later.has(name))).toEqual([]);
    expect(nodes.flatMap(([, node]) => node.enum ?? []).filter((word) => words.has(word))).toEqual([]);
  }
});

it('keeps the overrides of a Job closed', () => {
  expect(Object.keys(jobOverrides.properties ?? {}).sort()).toEqual([
    'affinity',
    'annotations',
    'imagePullSecrets',
    'labels',
    'nodeSelector',
    'priorityClassName',
    'resources',
    'runtimeClassName',
    'tolerations',
    'topologySpreadConstraints',
  ]);
});

describe('the linter refuses', () => {
  const text = { type: 'string', description: 'A text.', maxLength: 1 };
  it.each<[string, Node, string]>([
    ['no type', { description: 'A.' }, 'has no type'],
    ['no description', { type: 'boolean' }, 'has no description'],
    ['a description that is no sentence', { type: 'boolean', description: 'a' }, 'has no description'],
    ['an endless string', { ...text, maxLength: undefined }, 'has no maxLength'],
    ['a float', { type: 'number', description: 'A.' }, 'no floats'],
    ['an endless list', { type: 'array', description: 'A.', items: text }, 'has no maxItems'],
    [
      'an endless map',
      { type: 'object', description: 'A.', additionalProperties: text },
      'has no maxProperties',
    ],
    ['fields and a map', { ...objectOf({ a: text }), additionalProperties: text }, 'neither fields nor map'],
    ['an open object', { type: 'object', description: 'A.' }, 'neither fields nor map'],
    ['oneOf', { ...text, oneOf: [] }, 'oneOf is forbidden'],
    [
      'unknown fields',
      { ...objectOf({}), 'x-kubernetes-preserve-unknown-fields': true },
      'x-kubernetes-preserve-unknown-fields is forbidden',
    ],
    ['a required field that is not there', { ...objectOf({}), required: ['a'] }, 'requires a'],
    [
      'a required field with a default',
      { ...objectOf({ a: { ...text, default: '' } }), required: ['a'] },
      'which has a default',
    ],
    ['snake case', objectOf({ a_b: text }), 'not camelCase'],
    [
      'a rule that points nowhere',
      { ...objectOf({}), 'x-kubernetes-validations': [{ rule: 'true', message: 'a', fieldPath: '.b' }] },
      'which is not there',
    ],
    ['something deep inside', objectOf({ a: objectOf({ b: { type: 'string' } }) }), 'root.a.b: has no'],
  ])('%s', (_, schema, problem) => {
    expect(lintSchema(schema, 'root').join('\n')).toContain(problem);
  });

  function objectOf(properties: Node): Node {
    return { type: 'object', description: 'An object.', properties };
  }
});

/** Every node with its path and whether it is required; what is below `job` is Kubernetes's and keeps its own ways. */
function nodesOf(schema: Schema, path: string, isRequired = true): [string, Schema, boolean][] {
  if (schema === jobOverrides) return [[path, schema, isRequired]];
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    nodesOf(property, `${path}.${name}`, schema.required?.includes(name) ?? false),
  );
  const elements = [schema.items, schema.additionalProperties].flatMap((element) =>
    element ? nodesOf(element, `${path}[]`) : [],
  );
  return [[path, schema, isRequired], ...inner, ...elements];
}

function fieldAt(kind: { spec: Schema; status: Schema }, jsonPath: string): Schema | undefined {
  const root: Schema = {
    type: 'object',
    description: '',
    properties: { spec: kind.spec, status: kind.status },
  };
  const names = jsonPath
    .replaceAll(/\[[^\]]*\]/g, '')
    .split('.')
    .slice(1);
  return names.reduce<Schema | undefined>(
    (schema, name) => (schema?.items ?? schema)?.properties?.[name],
    root,
  );
}
