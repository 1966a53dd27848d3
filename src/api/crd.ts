// SPDX-License-Identifier: Apache-2.0
// From the schemas of a kind to its CustomResourceDefinition.
import type { Rule, Schema } from './schema.ts';

export const group = 'milvusbackup.dev';
export const version = 'v1alpha1';
export const apiVersion = `${group}/${version}`;

export type Column = {
  name: string;
  type: 'string' | 'integer' | 'boolean' | 'date';
  jsonPath: string;
  description: string;
  /** 1: only with -o wide. */
  priority?: number;
};

/** A kind as its schema file describes it. */
export type Kind = {
  kind: string;
  plural: string;
  shortName: string;
  description: string;
  columns: Column[];
  /** That look at spec and status together. */
  rules?: Rule[];
  spec: Schema;
  status: Schema;
};

export const age: Column = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'When the object was made.',
};

/** The status of a condition as a column. */
export function conditionColumn(name: string, type: string, description: string): Column {
  return { name, type: 'string', jsonPath: `.status.conditions[?(@.type=="${type}")].status`, description };
}

/** The whole document, as crds/ holds it. */
export function definitionOf(kind: Kind): Record<string, unknown> {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.kind.toLowerCase(),
        shortNames: [kind.shortName],
        categories: ['milvus', 'backup'],
      },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: kind.columns,
          schema: { openAPIV3Schema: rootOf(kind) },
        },
      ],
    },
  };
}

function rootOf({ description, rules = [], spec, status }: Kind): Record<string, unknown> {
  return {
    description,
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { description: 'Version of this schema.', type: 'string', maxLength: 64 },
      kind: { description: 'Kind of this object.', type: 'string', maxLength: 64 },
      // Kubernetes lets nothing else be said here, and describes it itself.
      metadata: { type: 'object' },
      spec,
      status,
    },
    ...(rules.length > 0 ? { 'x-kubernetes-validations': rules } : {}),
  };
}
