// SPDX-License-Identifier: Apache-2.0
// Objects of a kind that exists nowhere.
import type { KubeObject, ObjectMeta, Resource } from '../../../src/kube/resource.ts';

export const widgets: Resource = {
  group: 'test.example',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

export type Widget = KubeObject & { spec?: { size?: number } };

/** `ns/name`, uid `u-<name>` and resourceVersion 1 unless said otherwise. */
export function widget(key: string, about: Partial<ObjectMeta> = {}): Widget {
  const [namespace = '', name = ''] = key.split('/');
  const metadata = { namespace, name, uid: `u-${name}`, resourceVersion: '1', ...about };
  return { apiVersion: 'test.example/v1', kind: 'Widget', metadata };
}
