// SPDX-License-Identifier: Apache-2.0
// What a resource is and where it lives. The room knows no kind: whoever uses it hands in a Resource. Objects are plain
// JSON as the server sent it; nothing here turns a time into a Date or drops a field it does not know.

export type Resource = {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly kind: string;
  readonly namespaced: boolean;
};

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
};

export type ObjectMeta = {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown;
};

export type KubeObject = { apiVersion: string; kind: string; metadata: ObjectMeta };

/** Which object; `namespace` for namespaced resources only. */
export type ObjectName = { namespace?: string | undefined; name: string };

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** `namespace/name`, or the name alone: what queues and stores know an object by. */
export function keyOf({ namespace, name }: ObjectName): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

export function nameOfKey(key: string): ObjectName {
  const slash = key.indexOf('/');
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The path of a collection (all namespaces where none is named), of an object, or of its subresource. */
export function pathOf(
  resource: Resource,
  place: { namespace?: string | undefined; name?: string; subresource?: string } = {},
): string {
  const { namespace, name, subresource } = place;
  if (resource.namespaced && name !== undefined && !namespace) {
    throw new TypeError(`${resource.kind} ${name} is namespaced, but no namespace was given`);
  }
  const root = resource.group === '' ? ['api'] : ['apis', resource.group];
  const within = resource.namespaced && namespace ? ['namespaces', namespace] : [];
  const tail = [name, subresource].filter((segment) => segment !== undefined);
  return [...root, resource.version, ...within, resource.plural, ...tail]
    .map((segment) => `/${safe(segment)}`)
    .join('');
}

/** No name leaves its place in the path: not by a slash, not by dots. */
function safe(segment: string): string {
  if (segment === '' || segment === '.' || segment === '..') {
    throw new TypeError(`"${segment}" cannot be part of a path`);
  }
  return encodeURIComponent(segment);
}
