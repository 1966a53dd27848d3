// SPDX-License-Identifier: Apache-2.0
// What the API server was asked, from its audit log.
import { readFileSync } from 'node:fs';
import type { KubeObject } from '../../../../src/kube/resource.ts';
import { jobBase } from '../../../../src/plan/names.ts';
import type { ControlPlaneInfo } from '../../../lab/control-plane-only.ts';

export type Asked = {
  verb: string;
  at: number;
  agent: string;
  code: number;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
};

type Line = {
  auditID: string;
  verb: string;
  userAgent?: string;
  requestReceivedTimestamp: string;
  responseStatus?: { code: number };
  objectRef?: { resource?: string; subresource?: string; namespace?: string; name?: string };
};

/** `part` is a piece of text that each line of interest holds, so that not all of a long log is parsed. */
export function askedOf({ auditLog }: ControlPlaneInfo, part: string): Asked[] {
  const lines = readFileSync(auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes(part))
    .map((line) => JSON.parse(line) as Line);
  // What takes long has a line for its beginning and one for its end.
  const once = new Map(lines.map((line) => [line.auditID, line]));
  return [...once.values()].map(
    ({ verb, userAgent = '', requestReceivedTimestamp, responseStatus, objectRef = {} }) => ({
      verb,
      at: Date.parse(requestReceivedTimestamp),
      agent: userAgent,
      code: responseStatus?.code ?? 0,
      resource: objectRef.resource ?? '',
      subresource: objectRef.subresource ?? '',
      namespace: objectRef.namespace ?? '',
      name: objectRef.name ?? '',
    }),
  );
}

/** What the operators have asked; tests and controllers have other names. */
export function askedByOperator(plane: ControlPlaneInfo): Asked[] {
  return askedOf(plane, '"userAgent":"milvus-backup-operator/').filter(
    ({ agent }) => !agent.endsWith('/test'),
  );
}

/** Suffixes of the Jobs that the server ever made for this object: gone ones too, and each as often as it was made. */
export function madeJobs(
  plane: ControlPlaneInfo,
  { metadata: { namespace, name, uid } }: KubeObject,
): string[] {
  const base = `${jobBase({ metadata: { name, uid: uid ?? '' } })}-`;
  return askedOf(plane, `/namespaces/${namespace}/jobs`)
    .filter(({ verb, code, resource }) => verb === 'create' && code === 201 && resource === 'jobs')
    .filter((asked) => asked.name.startsWith(base))
    .map((asked) => asked.name.slice(base.length))
    .sort();
}
