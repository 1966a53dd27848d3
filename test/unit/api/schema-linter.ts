// SPDX-License-Identifier: Apache-2.0
// The linter of our own schemas: what a structural schema may not hold, and what we ask of ours beyond that.
import type { Rule } from '../../../src/api/schema.ts';

export type Node = Record<string, unknown>;

const forbidden = [
  '$ref',
  'oneOf',
  'anyOf',
  'allOf',
  'not',
  'const',
  'patternProperties',
  'propertyNames',
  'nullable',
  'uniqueItems',
  'x-kubernetes-preserve-unknown-fields',
  'x-kubernetes-embedded-resource',
];

/** Every problem below `node`, as `path: what`. */
export function lintSchema(node: Node, path: string): string[] {
  const problems = [...lintNode(node), ...lintRules(node)].map((what) => `${path}: ${what}`);
  const properties = Object.entries((node['properties'] ?? {}) as Record<string, Node>);
  const inner: [string, unknown][] = [
    ...properties.map(([name, property]): [string, unknown] => [`${path}.${name}`, property]),
    [`${path}[]`, node['items']],
    [`${path}.*`, node['additionalProperties']],
  ];
  const below = inner.flatMap(([at, schema]) => (schema === undefined ? [] : lintSchema(schema as Node, at)));
  return [...problems, ...below];
}

function lintNode(node: Node): string[] {
  const { type, description } = node;
  const isQuantity = node['x-kubernetes-int-or-string'] === true;
  return [
    ...forbidden.filter((word) => word in node).map((word) => `${word} is forbidden`),
    ...when(type === undefined && !isQuantity, 'has no type'),
    ...when(type === 'number', 'is a number: no floats'),
    ...when(typeof description !== 'string' || !/^\S.*\.$/s.test(description), 'has no description'),
    ...when((type === 'string' || isQuantity) && node['maxLength'] === undefined, 'has no maxLength'),
    ...when(type === 'integer' && node['format'] === undefined, 'has no format'),
    ...(type === 'array' ? lintArray(node) : []),
    ...(type === 'object' ? lintObject(node) : []),
  ];
}

function lintArray(node: Node): string[] {
  return [
    ...when(node['maxItems'] === undefined, 'has no maxItems'),
    ...when(node['items'] === undefined, 'has no items'),
    ...when(node['x-kubernetes-list-type'] === undefined, 'has no list type'),
  ];
}

function lintObject(node: Node): string[] {
  const { properties, additionalProperties } = node;
  const fields = (properties ?? {}) as Record<string, Node>;
  const required = (node['required'] ?? []) as string[];
  return [
    ...when((properties === undefined) === (additionalProperties === undefined), 'is neither fields nor map'),
    ...when(
      additionalProperties !== undefined && node['maxProperties'] === undefined,
      'has no maxProperties',
    ),
    ...required.filter((name) => !(name in fields)).map((name) => `requires ${name}, which it does not have`),
    ...required
      .filter((name) => fields[name]?.['default'] !== undefined)
      .map((name) => `requires ${name}, which has a default`),
    ...Object.keys(fields)
      .filter((name) => !/^[a-z][A-Za-z0-9]*$/.test(name))
      .map((name) => `has a field ${name}: not camelCase`),
  ];
}

function lintRules(node: Node): string[] {
  const rules = (node['x-kubernetes-validations'] ?? []) as Rule[];
  const fields = (node['properties'] ?? {}) as Record<string, Node>;
  return rules.flatMap(({ rule, message, fieldPath }) => [
    ...when(message === '' || /\n/.test(message), `rule ${rule} has no message of one line`),
    ...when(
      fieldPath !== undefined && fields[fieldPath.slice(1)] === undefined,
      `rule ${rule} points to ${fieldPath}, which is not there`,
    ),
  ]);
}

function when(holds: boolean, problem: string): string[] {
  return holds ? [problem] : [];
}
