// SPDX-License-Identifier: Apache-2.0
// What the generated types of every kind have in common.

/** Of ObjectMeta what we read or write. */
export type ObjectMeta = {
  name: string;
  namespace: string;
  uid: string;
  resourceVersion: string;
  generation: number;
  creationTimestamp: string;
  generateName?: string;
  deletionTimestamp?: string;
  finalizers?: string[];
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: {
    apiVersion: string;
    kind: string;
    name: string;
    uid: string;
    controller?: boolean;
    blockOwnerDeletion?: boolean;
  }[];
};

/** An object as the API server returns it: its defaults are written out. */
export type ApiObject<Kind extends string, Spec, Status> = {
  apiVersion: string;
  kind: Kind;
  metadata: ObjectMeta;
  spec: Spec;
  status: Status;
};
