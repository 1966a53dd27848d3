// SPDX-License-Identifier: Apache-2.0
// The one door through which a status leaves. It is applied on the version that was read, so that a decision from an
// older one is refused with 409; and it is ours alone, so that what others have written beside it goes.
import { isDeepStrictEqual } from 'node:util';
import type { Log } from '../kube/log.ts';
import type { KubeObject } from '../kube/resource.ts';
import type { Kinds } from '../plan/observed.ts';
import { fieldManager } from './resources.ts';
import type { OwnKind, World } from './world.ts';

type Writing<T extends Kinds> = { world: World; kind: OwnKind<T>; log: Log; signal: AbortSignal };

/** The object as it stands afterwards; undefined where nothing had to be written. */
export async function writeStatus<T extends Kinds>(
  { world, kind, log, signal }: Writing<T>,
  standing: T,
  wanted: T['status'] | undefined,
): Promise<T | undefined> {
  const status = wanted && plain(wanted);
  if (status === undefined || isDeepStrictEqual(status, standing.status)) return undefined;
  const { resource, view } = kind;
  view.expect(standing.metadata, status);
  let answer = await world.rest.applyStatus<T>(
    resource,
    statusOf(standing, resource.kind, status),
    { fieldManager, force: true },
    signal,
  );
  if (!isDeepStrictEqual(answer.status, status)) {
    log.warn({}, 'the status held what is not ours: removed');
    const { namespace, name, resourceVersion } = answer.metadata;
    const body = { metadata: { resourceVersion }, status: differenceOf(answer.status, status) };
    const place = { namespace, name, subresource: 'status' };
    answer = await world.rest.patch<T>(resource, place, { fieldManager, body }, signal);
  }
  view.wrote(answer);
  world.metrics.statusWritten(resource.kind);
  return answer;
}

/** As it arrives: fields without a value do not. */
function plain<S>(status: S): S {
  return JSON.parse(JSON.stringify(status)) as S;
}

/** What an apply holds: whose status, on which version, and the status. */
function statusOf<T extends Kinds>(
  { apiVersion, metadata }: T,
  kind: string,
  status: T['status'],
): KubeObject {
  const { namespace, name, resourceVersion } = metadata;
  return { apiVersion, kind, metadata: { namespace, name, resourceVersion }, status } as KubeObject;
}

/** The merge patch from one to the other: an apply leaves standing what another manager has added. */
export function differenceOf(from: unknown, to: unknown): unknown {
  if (!isRecord(from) || !isRecord(to)) return to;
  const gone = Object.keys(from).filter((key) => !Object.hasOwn(to, key));
  const changed = Object.entries(to).filter(([key, value]) => !isDeepStrictEqual(from[key], value));
  return Object.fromEntries([
    ...gone.map((key) => [key, null]),
    ...changed.map(([key, value]) => [key, differenceOf(from[key], value)]),
  ]) as unknown;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
