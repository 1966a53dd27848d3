// SPDX-License-Identifier: Apache-2.0
// What the API server would say of a status: a field that is not known, too long or of another type is refused, and so
// is a phase that goes back.
import { kinds } from '../../../src/api/kinds.ts';
import type { Schema } from '../../../src/api/schema.ts';
import type { Kinds } from '../../../src/plan/observed.ts';

const terminal = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'Expired', 'DeleteFailed'];

export function assertStatus(kind: string, before: Kinds['status'], after: Kinds['status']): void {
  const schema = kinds.find((one) => one.kind.kind === kind)?.kind.status;
  if (!schema) throw new Error(`no schema of ${kind}`);
  const problems = [...problemsOf(schema, after, 'status'), ...phaseProblems(kind, before, after)];
  if (problems.length > 0) throw new Error(`the API server would refuse this status: ${problems.join('; ')}`);
}

function phaseProblems(kind: string, before: Kinds['status'], after: Kinds['status']): string[] {
  const [old, now] = [before, after].map((status) => ('phase' in status ? status.phase : undefined));
  if (old === undefined || !terminal.includes(old) || old === now) return [];
  const isWayOut = kind === 'MilvusBackup' && ['Expired', 'Deleting', 'DeleteFailed'].includes(now ?? '');
  return isWayOut ? [] : [`phase goes from ${old} to ${now}`];
}

function problemsOf(schema: Schema, value: unknown, path: string): string[] {
  switch (schema.type) {
    case 'object':
      return objectProblems(schema, value, path);
    case 'array':
      return arrayProblems(schema, value, path);
    case 'string':
      return textProblems(schema, value, path);
    case 'integer': {
      const isFit = Number.isSafeInteger(value) && (value as number) >= (schema.minimum ?? -Infinity);
      return isFit ? [] : [`${path} is no such integer: ${String(value)}`];
    }
    default:
      return typeof value === schema.type ? [] : [`${path} is no ${schema.type}`];
  }
}

function objectProblems(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} is no object`];
  const missing = (schema.required ?? []).filter((name) => !Object.hasOwn(value, name));
  const fields = Object.entries(value).flatMap(([name, one]) => {
    const property = schema.properties?.[name];
    return property ? problemsOf(property, one, `${path}.${name}`) : [`${path}.${name} is not known`];
  });
  return [...missing.map((name) => `${path}.${name} is missing`), ...fields];
}

function arrayProblems(schema: Schema, value: unknown, path: string): string[] {
  if (!Array.isArray(value)) return [`${path} is no list`];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const ids = value.map((one) => JSON.stringify(keys.map((key) => (one as Record<string, unknown>)[key])));
  return [
    ...(value.length > (schema.maxItems ?? Infinity) ? [`${path} holds ${value.length}`] : []),
    ...(keys.length > 0 && new Set(ids).size < ids.length ? [`${path} holds a key twice`] : []),
    ...value.flatMap((one, i) => problemsOf(schema.items!, one, `${path}[${i}]`)),
  ];
}

function textProblems(schema: Schema, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} is no text`];
  const length = Array.from(value).length;
  if (length > (schema.maxLength ?? Infinity) || length < (schema.minLength ?? 0))
    return [`${path} is ${length} long`];
  const isTime = schema.format !== 'date-time' || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(value);
  return isTime ? [] : [`${path} is no time: ${value}`];
}
