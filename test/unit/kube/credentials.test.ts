// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { Credentials } from '../../../src/kube/credentials.ts';
import { findCluster } from '../../../src/kube/service-account.ts';
import { FakeClock } from './fake-clock.ts';
import { kubeconfigFor } from './scripted-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kube-credentials-'));
afterAll(() => rmSync(folder, { recursive: true }));
const kubeconfig = join(folder, 'kubeconfig');
const tokenFile = join(folder, 'token');
const write = (user: object, cluster: object = {}): void => {
  const config = kubeconfigFor('https://api:6443/', user) as { clusters: { cluster: object }[] };
  Object.assign(config.clusters[0]?.cluster ?? {}, cluster);
  writeFileSync(kubeconfig, JSON.stringify(config));
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const authorization = async (credentials: Credentials): Promise<string | undefined> =>
  (await credentials.current()).headers['authorization'];

describe('a kubeconfig', () => {
  it.each<[string, object, string | undefined]>([
    ['a token', { token: 'abc' }, 'Bearer abc'],
    ['a token file', { tokenFile: 'token' }, 'Bearer from-file'],
    ['a token file by its whole path', { tokenFile }, 'Bearer from-file'],
    ['both: the file is newer', { token: 'abc', tokenFile }, 'Bearer from-file'],
    [
      'a login plugin',
      {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'printf',
          args: ['{"kind":"ExecCredential","status":{"token":"from-plugin"}}'],
        },
      },
      'Bearer from-plugin',
    ],
    ['nothing', {}, undefined],
  ])('with %s', async (_name, user, expected) => {
    writeFileSync(tokenFile, 'from-file\n');
    write(user);
    expect(await authorization(new Credentials({ kubeconfig }, new FakeClock()))).toBe(expected);
  });

  it('gives server, namespace, proxy and certificates', async () => {
    writeFileSync(join(folder, 'ca.crt'), 'authority');
    write(
      { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
      {
        'certificate-authority': 'ca.crt',
        'insecure-skip-tls-verify': false,
        'tls-server-name': 'other',
        'proxy-url': 'http://proxy:3128',
      },
    );
    const access = await new Credentials({ kubeconfig }, new FakeClock()).current();
    expect(access).toMatchObject({
      server: 'https://api:6443',
      namespace: 'home',
      proxy: 'http://proxy:3128',
    });
    const { ca, cert, key, ...others } = access.tls;
    expect([ca, cert, key].map(String)).toEqual(['authority', 'cert', 'key']);
    expect(others).toEqual({ servername: 'other' });
  });

  it('of which another context is wanted', async () => {
    const config = kubeconfigFor('https://api:6443', { token: 'abc' }) as {
      contexts: object[];
      users: object[];
    };
    config.users.push({ name: 'v', user: { token: 'other' } });
    config.contexts.push({ name: 'y', context: { cluster: 'c', user: 'v' } });
    writeFileSync(kubeconfig, JSON.stringify(config));
    const credentials = new Credentials({ kubeconfig, context: 'y' }, new FakeClock());
    expect(await authorization(credentials)).toBe('Bearer other');
    expect((await credentials.current()).namespace).toBeUndefined();
  });

  it.each([
    ['a context that is not there', { context: 'z' }, 'has no context "z" with a cluster'],
    ['a file that is not there', { kubeconfig: join(folder, 'none') }, 'ENOENT'],
  ])('refuses %s', async (_name, source, message) => {
    write({ token: 'abc' });
    await expect(new Credentials({ kubeconfig, ...source }, new FakeClock()).current()).rejects.toThrow(
      message,
    );
  });
});

describe('a rotated token', () => {
  let clock: FakeClock;
  let credentials: Credentials;
  beforeEach(async () => {
    writeFileSync(tokenFile, 'old');
    write({ tokenFile });
    clock = new FakeClock();
    credentials = new Credentials({ kubeconfig }, clock);
    await credentials.current();
    writeFileSync(tokenFile, 'new');
  });

  it('is read within a minute', async () => {
    await clock.advance(59_999);
    expect(await authorization(credentials)).toBe('Bearer old');
    await clock.advance(1);
    expect(await authorization(credentials)).toBe('Bearer new');
  });

  it('is read at once when the server refused the old one', async () => {
    credentials.expire();
    expect(await authorization(credentials)).toBe('Bearer new');
  });

  it('may be missing for a moment', async () => {
    rmSync(tokenFile);
    credentials.expire();
    expect(await authorization(credentials)).toBe('Bearer old');
    writeFileSync(tokenFile, 'new');
    await clock.advance(60_000);
    expect(await authorization(credentials)).toBe('Bearer new');
  });

  it('is read once for all who ask at the same time', async () => {
    credentials.expire();
    const [one, other] = await Promise.all([credentials.current(), credentials.current()]);
    expect(one).toBe(other);
  });
});

describe('the service account of a pod', () => {
  const account = join(folder, 'serviceaccount');
  const inCluster = { host: 'fd00::1', port: '443', folder: account };
  beforeEach(() => {
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, 'ca.crt'), 'authority');
    writeFileSync(join(account, 'token'), 'pod-token\n');
    writeFileSync(join(account, 'namespace'), 'operators\n');
  });

  it('gives server, token, authority and namespace, and all of them anew', async () => {
    const credentials = new Credentials({ inCluster }, new FakeClock());
    expect(await credentials.current()).toEqual({
      server: 'https://[fd00::1]:443',
      namespace: 'operators',
      proxy: undefined,
      headers: { authorization: 'Bearer pod-token' },
      tls: { ca: 'authority' },
    });
    writeFileSync(join(account, 'ca.crt'), 'next authority');
    writeFileSync(join(account, 'token'), 'next');
    rmSync(join(account, 'namespace'));
    credentials.expire();
    expect(await credentials.current()).toMatchObject({
      namespace: undefined,
      headers: { authorization: 'Bearer next' },
      tls: { ca: 'next authority' },
    });
  });

  it('that is not there says which file', async () => {
    rmSync(account, { recursive: true });
    await expect(new Credentials({ inCluster }, new FakeClock()).current()).rejects.toThrow(account);
  });

  it.each<[string, Record<string, string>, object | undefined]>([
    [
      'a pod',
      { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' },
      { host: '10.96.0.1', port: '443' },
    ],
    ['no pod', {}, undefined],
    ['half a pod', { KUBERNETES_SERVICE_HOST: '10.96.0.1' }, undefined],
  ])('is found by the environment of %s', (_name, environment, found) => {
    expect(findCluster(environment)).toEqual(found);
  });
});
