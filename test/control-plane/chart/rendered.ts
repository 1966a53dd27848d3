// SPDX-License-Identifier: Apache-2.0
// The chart as objects, rendered by the real Helm.
import { loadAll, load } from 'js-yaml';
import { render } from '../../lab/helm.ts';

export type Tree = { [key: string]: unknown };
export type Rule = { apiGroups: string[]; resources: string[]; verbs: string[]; resourceNames?: string[] };
export type Rendered = Tree & {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  rules?: Rule[];
};

export async function renderObjects(values: Tree = {}): Promise<Rendered[]> {
  return objectsOf(await render({ values }));
}

export function objectsOf(yaml: string): Rendered[] {
  return (loadAll(yaml) as (Rendered | null)[]).filter((object) => object !== null);
}

export function find(objects: readonly Rendered[], kind: string, name?: string): Rendered {
  const found = objects.filter(
    (object) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name,
  );
  if (found.length !== 1) throw new Error(`there are ${found.length} objects ${kind} ${name ?? ''}`);
  return found[0] as Rendered;
}

/** What the operator reads at its start. */
export function settingsOf(objects: readonly Rendered[]): Tree {
  const { data } = find(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
  return load(data['settings.yaml'] ?? '') as Tree;
}

/** `a.0.b` of an object. */
export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (inner as Tree | undefined)?.[key], tree);
}

/** `{ 'a.b': 1 }` as `{ a: { b: 1 } }`. */
export function valuesAt(path: string, value: unknown): Tree {
  return path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Tree;
}

/** `group/resource` with the verbs that the rules allow on it, in order. */
export function verbsOf(rules: readonly Rule[]): Record<string, string[]> {
  const verbs: Record<string, string[]> = {};
  for (const rule of rules) {
    for (const key of rule.apiGroups.flatMap((group) => rule.resources.map((name) => `${group}/${name}`)))
      verbs[key] = [...new Set([...(verbs[key] ?? []), ...rule.verbs])].sort();
  }
  return verbs;
}
