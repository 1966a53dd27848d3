// SPDX-License-Identifier: Apache-2.0
// Keys and certificates by openssl: a CA, what the API server serves and shows, and the service accounts' key pair.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.ts';

export type Certificate = { key: string; certificate: string };

/** Everything the cluster needs, below `folder`. */
export async function makeClusterCertificates(folder: string, names: string[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await makeAuthority(folder, 'ca', 'lab');
  await Promise.all([
    makeCertificate(folder, 'ca', 'serving', { subject: '/CN=kube-apiserver', names }),
    makeCertificate(folder, 'ca', 'kubelet-client', {
      subject: '/O=system:masters/CN=kube-apiserver-kubelet-client',
    }),
    makeKey(join(folder, 'service-account.key')).then(() =>
      run('openssl', [
        'pkey',
        '-in',
        `${folder}/service-account.key`,
        '-pubout',
        '-out',
        `${folder}/service-account.pub`,
      ]),
    ),
  ]);
}

export async function makeAuthority(folder: string, name: string, commonName: string): Promise<Certificate> {
  const files = { key: join(folder, `${name}.key`), certificate: join(folder, `${name}.crt`) };
  await makeKey(files.key);
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  const subject = ['-subj', `/CN=${commonName}`, '-days', '3650', ...extensions];
  await run('openssl', ['req', '-x509', '-new', '-key', files.key, '-out', files.certificate, ...subject]);
  return files;
}

/** A certificate for servers and clients alike. A name may be a DNS name or an IPv4 address. */
export async function makeCertificate(
  folder: string,
  authority: string,
  name: string,
  about: { subject: string; names?: string[] },
): Promise<Certificate> {
  const file = (extension: string) => join(folder, `${name}.${extension}`);
  await makeKey(file('key'));
  await run('openssl', ['req', '-new', '-key', file('key'), '-subj', about.subject, '-out', file('csr')]);
  const names = (about.names ?? []).map((entry) => `${/^[\d.]+$/.test(entry) ? 'IP' : 'DNS'}:${entry}`);
  const extensions = ['extendedKeyUsage=serverAuth,clientAuth', 'keyUsage=critical,digitalSignature'];
  if (names.length > 0) extensions.push(`subjectAltName=${names.join(',')}`);
  writeFileSync(file('ext'), `${extensions.join('\n')}\n`);
  const signer = ['-CA', join(folder, `${authority}.crt`), '-CAkey', join(folder, `${authority}.key`)];
  const serial = [
    '-set_serial',
    `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(8))).toString('hex')}`,
  ];
  const to = ['-days', '3650', '-extfile', file('ext'), '-out', file('crt')];
  await run('openssl', ['x509', '-req', '-in', file('csr'), ...signer, ...serial, ...to]);
  return { key: file('key'), certificate: file('crt') };
}

async function makeKey(path: string): Promise<void> {
  await run('openssl', ['genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', path]);
}
