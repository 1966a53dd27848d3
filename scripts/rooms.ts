// SPDX-License-Identifier: Apache-2.0
// The rooms of src/ and the one direction of imports between them. One table, two gates: generate.ts turns it into
// lint rules, check-imports.ts walks the imports itself, so that the boundary does not hang on one tool.

/** For each room the other rooms it may import. A room that is missing here may not exist. */
export const rooms: Readonly<Record<string, readonly string[]>> = {
  base: [],
  api: ['base'],
  contract: ['base'],
  kube: ['base'],
  store: ['base'],
  format: ['base'],
  milvus: ['base', 'format'],
  plan: ['base', 'api', 'contract'],
  engine: ['base', 'contract', 'store', 'milvus', 'format'],
  controllers: ['base', 'api', 'contract', 'kube', 'plan'],
  cmd: ['base', 'api', 'contract', 'kube', 'store', 'milvus', 'format', 'plan', 'engine', 'controllers'],
};

/** The rooms that `room` must not import, in the order of the table. */
export function forbiddenFor(room: string): string[] {
  const allowed = new Set([room, ...(rooms[room] ?? [])]);
  return Object.keys(rooms).filter((other) => !allowed.has(other));
}
