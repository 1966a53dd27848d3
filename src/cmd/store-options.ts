// SPDX-License-Identifier: Apache-2.0
// From the configuration's words for stores and Milvus to those of the drivers.
import type { Config, StorageConfig } from '../contract/config.ts';
import type { ProviderName } from '../contract/provider.ts';
import type { Login, MilvusOptions } from '../milvus/contract.ts';
import type { Provider, StoreOptions } from '../store/contract.ts';
import { passwordOf, type Secrets } from './secrets.ts';

const providers: Record<ProviderName, Provider> = {
  minio: 'Minio',
  s3: 'S3',
  aws: 'S3',
  ceph: 'Ceph',
  gcp: 'GCS',
  aliyun: 'Aliyun',
  tencent: 'Tencent',
  hwc: 'Huawei',
};

/** Amazon's regional endpoints of which the SDK knows more than an address says. */
const amazon = /^s3(?:[.-]([a-z]{2}(?:-[a-z]+)+-\d))?\.amazonaws\.com(?:\.cn)?$/;

export function storeOptionsOf(
  storage: StorageConfig,
  about: { section: string; transfer: Config['transfer']; secrets: Secrets },
): StoreOptions {
  const { provider, address, port, region, addressing, useSSL, caCertPath, insecureSkipVerify } = storage;
  const own = provider === 'aws' ? amazon.exec(address) : undefined;
  const isOwn = address === '' || Boolean(own);
  const where = region || own?.[1];
  return {
    provider: providers[provider],
    ...(isOwn ? {} : { endpoint: `${bracketed(address)}:${port}` }),
    ...(where ? { region: where } : {}),
    bucket: storage.bucketName,
    addressing,
    tls: { enabled: useSSL, ...(caCertPath === '' ? {} : { caFile: caCertPath }), insecureSkipVerify },
    credentials: () => credentialsOf(storage, about),
    concurrency: about.transfer.concurrency,
    copyInPartsAbove: about.transfer.multipartCopyThresholdMiB * 1024 ** 2,
  };
}

/** Read anew at each call, because keys in files are rotated while we run. */
async function credentialsOf(
  { auth }: StorageConfig,
  { section, secrets }: { section: string; secrets: Secrets },
): ReturnType<StoreOptions['credentials']> {
  if (auth.type === 'anonymous') return 'anonymous';
  if (auth.type !== 'static') return undefined;
  const get = (name: 'accessKeyID' | 'secretAccessKey' | 'sessionToken'): Promise<string> | string => {
    const file = auth[`${name}File`];
    const key = `${section}.auth.${name}File`;
    return file === '' ? auth[name] : secrets.read(file, { key, secret: name !== 'accessKeyID' });
  };
  const sessionToken = await get('sessionToken');
  return {
    accessKeyId: await get('accessKeyID'),
    secretAccessKey: await get('secretAccessKey'),
    ...(sessionToken === '' ? {} : { sessionToken }),
  };
}

/** Whether both sections mean one bucket seen by one login, so that one object may stand for both. */
export function isSameStore({ milvus, backup }: Config): boolean {
  const identity = (storage: StorageConfig): string => JSON.stringify({ ...storage, rootPath: '' });
  return identity(milvus.storage) === identity(backup.storage);
}

/** Longest a single call to Milvus may take: a flush of a large collection answers late. */
const milvusTimeoutMs = 120_000;

const tlsModes = { disabled: 'Disabled', server: 'Server', mutual: 'Mutual' } as const;

export function milvusOptionsOf({ milvus }: Config, secrets: Secrets): MilvusOptions {
  const { grpc, management } = milvus;
  return {
    address: `${bracketed(grpc.address)}:${grpc.port}`,
    tls: {
      mode: tlsModes[grpc.tlsMode],
      ...(grpc.caCertPath === '' ? {} : { caFile: grpc.caCertPath }),
      ...(grpc.mtlsCertPath === '' ? {} : { certFile: grpc.mtlsCertPath }),
      ...(grpc.mtlsKeyPath === '' ? {} : { keyFile: grpc.mtlsKeyPath }),
      ...(grpc.serverName === '' ? {} : { serverName: grpc.serverName }),
    },
    login: () => loginOf(milvus, secrets),
    ...(management.endpoint === '' ? {} : { managementAddress: management.endpoint }),
    timeoutMs: milvusTimeoutMs,
  };
}

async function loginOf(milvus: Config['milvus'], secrets: Secrets): Promise<Login | undefined> {
  const read = (name: 'user' | 'password' | 'token'): Promise<string> | string => {
    const file = milvus[`${name}File`];
    const about = { key: `milvus.${name}File`, secret: name !== 'user' };
    return file === '' ? milvus[name] : secrets.read(file, about);
  };
  const token = await read('token');
  secrets.add(passwordOf(token));
  if (token !== '') return { token };
  const login = { user: await read('user'), password: await read('password') };
  return login.user === '' && login.password === '' ? undefined : login;
}

function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
