// SPDX-License-Identifier: Apache-2.0
// An injector of sidecars, as service meshes have them: a webhook that adds to every new pod of a namespace a container
// with rights over the network. Pod Security then refuses pods that were in order when we made them.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { makeAuthority, makeCertificate } from '../lab/certificates.ts';
import type { LabInfo } from '../lab/info.ts';
import { objectsIn } from './objects.ts';

export type Injector = {
  /** From then on pods of the namespace are made as they are asked for. */
  close(): Promise<void>;
};

const sidecar = {
  name: 'net-init',
  image: 'net-init',
  securityContext: { capabilities: { add: ['NET_ADMIN'] } },
};
const patch = [{ op: 'add', path: '/spec/initContainers', value: [sidecar] }];

export async function startInjector(lab: LabInfo, namespace: string): Promise<Injector> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'milvus-backup-injector-'));
  const authority = await makeAuthority(folder.path, 'ca', 'injector');
  const about = { subject: '/CN=injector', names: [lab.hostAddress] };
  const made = await makeCertificate(folder.path, 'ca', 'server', about);
  const server = await serve(lab.hostAddress, { cert: read(made.certificate), key: read(made.key) });
  const { port } = server.address() as AddressInfo;
  const name = `injector-${namespace}`;
  const clientConfig = {
    url: `https://${lab.hostAddress}:${port}/`,
    caBundle: read(authority.certificate).toString('base64'),
  };
  const cluster = objectsIn(namespace);
  await cluster.apply([configurationOf(name, namespace, clientConfig)]);
  return {
    async close() {
      await cluster.kubectl(['delete', 'mutatingwebhookconfiguration', name, '--ignore-not-found']);
      server.closeAllConnections();
      server.close();
    },
  };
}

function configurationOf(name: string, namespace: string, clientConfig: object) {
  const rule = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
  const webhook = {
    name: 'injector.test.example.com',
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    timeoutSeconds: 5,
    failurePolicy: 'Fail',
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
    rules: [rule],
    clientConfig,
  };
  const apiVersion = 'admissionregistration.k8s.io/v1';
  return { apiVersion, kind: 'MutatingWebhookConfiguration', metadata: { name }, webhooks: [webhook] };
}

async function serve(host: string, identity: { cert: Buffer; key: Buffer }): Promise<Server> {
  type Review = { apiVersion: string; kind: string; request: { uid: string } };
  const server = createServer(identity, (request, response) => {
    void json(request).then((asked) => {
      const { apiVersion, kind, request: of } = asked as Review;
      const encoded = Buffer.from(JSON.stringify(patch)).toString('base64');
      const answer = { uid: of.uid, allowed: true, patchType: 'JSONPatch', patch: encoded };
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ apiVersion, kind, response: answer }));
    });
  });
  server.listen(0, host);
  await once(server, 'listening');
  return server;
}

const read = (file: string): Buffer => readFileSync(file);
