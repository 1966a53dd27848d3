// SPDX-License-Identifier: Apache-2.0
// A token that is replaced while we hold it, as the kubelet does each hour. The old one is really refused: it is bound
// to a Secret that is deleted.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { KubeClient } from '../../../src/kube/client.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  clientFor,
  configMap,
  configMaps,
  fieldManager,
  makeNamespace,
  secrets,
  serviceAccounts,
} from './support/bench.ts';
import { startWatching } from './support/watching.ts';

const plane = inject('controlPlane');
let admin: KubeClient;
let rest: Rest;
let namespace: string;
beforeAll(async () => {
  admin = clientFor(plane);
  rest = new Rest(admin);
  namespace = await makeNamespace(rest);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'operator' } };
  await rest.create(serviceAccounts, account, { fieldManager });
  await rest.create(
    {
      group: 'rbac.authorization.k8s.io',
      version: 'v1',
      plural: 'rolebindings',
      kind: 'RoleBinding',
      namespaced: true,
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { namespace, name: 'operator' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ kind: 'ServiceAccount', namespace, name: 'operator' }],
    } as KubeObject,
    { fieldManager },
  );
});
afterAll(() => admin.close());

/** A token that is good for as long as the Secret of that name is there. */
async function makeToken(secret: string): Promise<string> {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { namespace, name: secret } };
  const { metadata } = await rest.create<KubeObject>(secrets, object, { fieldManager });
  const boundObjectRef = { apiVersion: 'v1', kind: 'Secret', name: secret, uid: metadata.uid };
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/operator/token`;
  const answer = await admin.json<{ status: { token: string } }>({ method: 'POST', path, body });
  return answer.status.token;
}

describe('token rotation', () => {
  it('goes unnoticed by calls and by watches, though the old token is refused', async () => {
    const tokenFile = join(plane.folder, 'rotated-token');
    const token = await makeToken('first');
    writeFileSync(tokenFile, token);
    const codes: string[] = [];
    const observe = ({ code }: { code: string }): void => void codes.push(code);
    const client = clientFor(plane, { user: { tokenFile }, observe });
    const own = new Rest(client);
    const old = clientFor(plane, { user: { token } });
    const watching = startWatching(client, { namespaces: [namespace], timing: { watchSeconds: [3, 3] } });
    await watching.cache.whenSynced();

    writeFileSync(tokenFile, await makeToken('second'));
    await rest.delete(secrets, { namespace, name: 'first' }, { propagation: 'Background' });
    // The server remembers for ten seconds whom it let in.
    await waitFor('the old token to be refused', 60_000, async () => {
      const code = await new Rest(old).list(configMaps, { namespace }).then(
        () => 200,
        (error: { status: number }) => error.status,
      );
      return code === 401 || undefined;
    });
    await own.apply(configMaps, configMap(namespace, 'after'), { fieldManager });
    await watching.until('added after=x');
    await own.list(configMaps, { namespace });
    expect(watching.restarts).not.toContain('failed');
    // The 401 that told us, perhaps to a call and to the watch, and no more.
    const refusals = codes.filter((code) => code === '401').length;
    expect(refusals).toBeGreaterThanOrEqual(1);
    expect(refusals).toBeLessThanOrEqual(3);
    await watching.stop();
    await client.close();
    await old.close();
  });
});
