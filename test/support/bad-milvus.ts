// SPDX-License-Identifier: Apache-2.0
// One more Milvus that asks for a login, speaks TLS, and holds nothing: for wrong passwords, wrong modes, and for a
// storage of which Milvus itself cannot tell yet whether it is the right one.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { makeAuthority, makeCertificate } from '../lab/certificates.ts';
import { startMilvus } from '../lab/lab.ts';
import { must } from './collection.ts';
import type { ConfigDocument } from './command.ts';

export type GuardedMilvus = {
  address: string;
  bucket: string;
  rootPath: string;
  /** As root, over TLS. */
  client: MilvusClient;
  root: { user: string; password: string };
  /** Who has signed its certificate, in PEM form. */
  authority: string;
  /** A user without any right. */
  powerless: { user: string; password: string };
  /** Makes a configuration one for this Milvus: over TLS, its authority named, as root. */
  configure(document: ConfigDocument): void;
  stop(): Promise<void>;
};

const name = 'milvus-bad';
const rootPath = 'deep/root';
const root = { user: 'root', password: 'Milvus' };
const powerless = { user: 'powerless', password: 'no-right-at-all-1' };

export async function startGuardedMilvus(namespace: string): Promise<GuardedMilvus> {
  const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-bad-'));
  const ca = await makeAuthority(folder, 'ca', 'bad');
  const host = `${name}.${namespace}.svc`;
  const made = await makeCertificate(folder, 'ca', 'server', { subject: '/CN=bad', names: [host] });
  const tls = { certificate: readFileSync(made.certificate, 'utf8'), key: readFileSync(made.key, 'utf8') };
  const server = await startMilvus({ name, bucket: name, rootPath, auth: true, tls });
  const client = new MilvusClient({
    address: `https://${server.address}`,
    username: root.user,
    password: root.password,
    tls: { rootCertPath: ca.certificate },
    maxRetries: 0,
    telemetry: { enabled: false },
    timeout: 60_000,
  });
  try {
    await client.connectPromise;
    await must(client.createUser({ username: powerless.user, password: powerless.password }));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    address: server.address,
    bucket: name,
    rootPath,
    client,
    root,
    authority: readFileSync(ca.certificate, 'utf8'),
    powerless,
    configure({ milvus }) {
      const [address] = server.address.split(':');
      Object.assign(milvus, root);
      Object.assign(milvus.grpc, { address, tlsMode: 'server', caCertPath: ca.certificate });
      milvus['management'] = { endpoint: `http://${server.managementAddress}` };
      Object.assign(milvus.storage, { bucketName: name, rootPath });
    },
    async stop() {
      await client.closeConnection();
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
