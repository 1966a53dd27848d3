// SPDX-License-Identifier: Apache-2.0
// What every test of this folder starts from: a client, a namespace of its own, and objects of a kind that is only here.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KubeClient, type ClientOptions } from '../../../../src/kube/client.ts';
import { isAlreadyExists } from '../../../../src/kube/api-error.ts';
import type { KubeObject, Resource } from '../../../../src/kube/resource.ts';
import { Rest } from '../../../../src/kube/rest.ts';
import { kubeconfigOf, type ControlPlaneInfo } from '../../../lab/control-plane-only.ts';
import { waitFor } from '../../../lab/wait.ts';

const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});
export const configMaps = core('configmaps', 'ConfigMap');
export const namespaces = core('namespaces', 'Namespace', false);
export const secrets = core('secrets', 'Secret');
export const serviceAccounts = core('serviceaccounts', 'ServiceAccount');
export const crds: Resource = {
  group: 'apiextensions.k8s.io',
  version: 'v1',
  plural: 'customresourcedefinitions',
  kind: 'CustomResourceDefinition',
  namespaced: false,
};
export const widgets: Resource = {
  group: 'test.example',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  namespaced: true,
};

export type ConfigMap = KubeObject & { data?: Record<string, string> };
export type Widget = KubeObject & {
  spec?: { size?: number };
  status?: { observedGeneration?: number; size?: number };
};

export const fieldManager = 'kube-tests';

/** A client of the admin, or through `server` where that is a proxy; with a kubeconfig file of its own. */
export function clientFor(
  plane: ControlPlaneInfo,
  {
    server,
    user = { token: plane.token },
    ...options
  }: Partial<ClientOptions> & { server?: string; user?: object } = {},
): KubeClient {
  return new KubeClient({ kubeconfig: writeKubeconfig(plane, user, server), version: 'test', ...options });
}

export function writeKubeconfig(plane: ControlPlaneInfo, user: object, server?: string): string {
  const file = join(plane.folder, `${randomBytes(6).toString('hex')}.kubeconfig`);
  writeFileSync(file, JSON.stringify(kubeconfigOf(plane, user, server)), { mode: 0o600 });
  return file;
}

export async function makeNamespace(rest: Rest): Promise<string> {
  const name = `t-${randomBytes(4).toString('hex')}`;
  const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await rest.create(namespaces, object, { fieldManager });
  return name;
}

export function configMap(
  namespace: string,
  name: string,
  about: { data?: string; labels?: Record<string, string> } = {},
): ConfigMap {
  const { data = 'x', labels } = about;
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name, ...(labels ? { labels } : {}) },
    data: { value: data },
  };
}

export function widget(namespace: string, name: string, size: number): Widget {
  return { apiVersion: 'test.example/v1', kind: 'Widget', metadata: { namespace, name }, spec: { size } };
}

/** Gadgets have what the client library drops from definitions. */
export const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.example' },
  spec: {
    group: 'test.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: { size: { type: 'integer' }, port: { 'x-kubernetes-int-or-string': true } },
                'x-kubernetes-validations': [
                  { rule: '!has(self.size) || self.size >= 0', message: 'no debts' },
                ],
              },
              status: {
                type: 'object',
                properties: { observedGeneration: { type: 'integer' }, size: { type: 'integer' } },
              },
            },
          },
        },
      },
    ],
  },
};

/** Until widgets can be listed. */
export async function defineWidgets(rest: Rest): Promise<void> {
  await rest.create(crds, widgetDefinition, { fieldManager }).catch((error: unknown) => {
    if (!isAlreadyExists(error)) throw error;
  });
  await waitFor('widgets to be served', 30_000, async () => {
    await rest.list(widgets, { limit: 1 });
    return true;
  });
}
