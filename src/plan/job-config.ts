// SPDX-License-Identifier: Apache-2.0
// The engine's configuration for a Job: where both sides are, who we are there, what is selected. It travels as an
// annotation that anybody may read, so it holds no secret: logins are named by the files that they are mounted as.
import type { MilvusBackup, MilvusBackupStorage, MilvusInstance, MilvusRestore } from '../api/index.ts';
import type { Mounts } from './job-mounts.ts';
import { hostAndPort, placeOf, type ObjectStore } from './place.ts';
import { scheduleAnnotation, scheduleLabel } from './labels.ts';

/**
 * How much of each side a Job gets to see. Place: where a store is, without a login, so that no backup is written to or
 * removed from what Milvus keeps there.
 */
export type Access = {
  milvus: boolean;
  instanceStore: 'Full' | 'Place';
  backupStore: 'Full' | 'None';
};

export type Sides = { instance?: MilvusInstance; storage?: MilvusBackupStorage };

type Section = Record<string, unknown>;

/** The configuration as a document; `mounts` learns which keys it needs. */
export function configurationOf(
  sides: Sides,
  access: Access,
  about: { mounts: Mounts; work: Section },
): Section {
  const { instance, storage } = sides;
  const { mounts, work } = about;
  const { backup, restore, transfer } = work as Record<string, Section | undefined>;
  return {
    configVersion: 'v2',
    log: { level: 'info' },
    ...(instance ? { milvus: milvusOf(instance, access, mounts) } : {}),
    backup: {
      ...(storage && access.backupStore === 'Full'
        ? { storage: storeOf(storage.spec, storage.spec.prefix, mounts) }
        : {}),
      ...backup,
    },
    ...(restore ? { restore } : {}),
    ...(transfer ? { transfer } : {}),
  };
}

function milvusOf({ spec }: MilvusInstance, access: Access, mounts: Mounts): Section {
  const { storage } = spec;
  return {
    ...(access.milvus ? connectionOf(spec, mounts) : {}),
    storage:
      access.instanceStore === 'Full'
        ? storeOf(storage, storage.rootPath, mounts)
        : { ...placeOf(storage, storage.rootPath), auth: { type: 'anonymous' } },
  };
}

function connectionOf({ address, tls, authSecretRef }: MilvusInstance['spec'], mounts: Mounts): Section {
  const { host, port } = hostAndPort(address, 19_530);
  const secret = (name: string, key: string): string => mounts.file({ kind: 'Secret', name, key });
  const certificate = tls.certificateSecretRef?.name;
  return {
    ...(authSecretRef ? loginOf(authSecretRef, secret) : {}),
    grpc: {
      address: host,
      port,
      tlsMode: tls.mode.toLowerCase(),
      ...caOf(tls.caBundle, mounts),
      ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
      ...(certificate === undefined
        ? {}
        : { mtlsCertPath: secret(certificate, 'tls.crt'), mtlsKeyPath: secret(certificate, 'tls.key') }),
    },
    // Where Milvus serves it unless told otherwise; if nothing answers there, backups go on without the pause.
    management: { endpoint: `http://${host}:9091` },
  };
}

type Login = NonNullable<MilvusInstance['spec']['authSecretRef']>;

function loginOf(
  { name, usernameKey, passwordKey, tokenKey }: Login,
  secret: (name: string, key: string) => string,
): Section {
  if (tokenKey !== undefined) return { tokenFile: secret(name, tokenKey) };
  return {
    userFile: secret(name, usernameKey ?? 'username'),
    passwordFile: secret(name, passwordKey ?? 'password'),
  };
}

function storeOf(store: ObjectStore, rootPath: string, mounts: Mounts): Section {
  return {
    ...placeOf(store, rootPath),
    // Said even where there is none, so that the other side's is not lent.
    caCertPath: '',
    ...caOf(store.tls.caBundle, mounts),
    auth: authOf(store.auth, mounts),
  };
}

function authOf({ secretRef, anonymous }: ObjectStore['auth'], mounts: Mounts): Section {
  if (secretRef) {
    const { name, accessKeyKey, secretKeyKey, sessionTokenKey } = secretRef;
    const file = (key: string): string => mounts.file({ kind: 'Secret', name, key });
    return {
      type: 'static',
      accessKeyIDFile: file(accessKeyKey),
      secretAccessKeyFile: file(secretKeyKey),
      sessionTokenFile: sessionTokenKey === undefined ? '' : file(sessionTokenKey),
    };
  }
  return { type: anonymous ? 'anonymous' : 'iam' };
}

function caOf(caBundle: ObjectStore['tls']['caBundle'], mounts: Mounts): { caCertPath?: string } {
  const { secretKeyRef, configMapKeyRef } = caBundle ?? {};
  if (secretKeyRef) return { caCertPath: mounts.file({ kind: 'Secret', ...secretKeyRef }) };
  if (configMapKeyRef) return { caCertPath: mounts.file({ kind: 'ConfigMap', ...configMapKeyRef }) };
  return {};
}

/** What the configuration says of a backup itself. */
export function backupWork({ metadata, spec }: Pick<MilvusBackup, 'metadata' | 'spec'>): Section {
  return {
    backup: {
      include: spec.include ?? [],
      exclude: spec.exclude ?? [],
      source: sourceOf({ metadata, spec }),
    },
    ...limitsOf(spec.limits),
  };
}

/** What the manifest records, so that the backup is known for whose it is in a cluster that never saw this object. */
function sourceOf({ metadata, spec }: Pick<MilvusBackup, 'metadata' | 'spec'>): Section {
  const { namespace, labels, annotations } = metadata;
  const scheduleUID = labels?.[scheduleLabel];
  const schedule = annotations?.[scheduleAnnotation];
  return {
    namespace,
    instance: spec.instanceRef.name,
    ...(scheduleUID === undefined ? {} : { scheduleUID, ...(schedule === undefined ? {} : { schedule }) }),
  };
}

/** What the configuration says of a restore itself. */
export function restoreWork({ spec }: Pick<MilvusRestore, 'spec'>): Section {
  const { databases = {}, collections = {}, suffix = '' } = spec.rename ?? {};
  return {
    restore: {
      include: spec.include ?? [],
      exclude: spec.exclude ?? [],
      rename: { databases, collections, suffix },
    },
    ...limitsOf(spec.limits),
  };
}

function limitsOf(limits: MilvusBackup['spec']['limits']): Section {
  return limits?.concurrency === undefined ? {} : { transfer: { concurrency: limits.concurrency } };
}

/** JSON, which is YAML too. What YAML holds for unprintable is escaped: a name of Milvus may have it. */
export function configurationText(document: Section): string {
  return JSON.stringify(document, undefined, 2).replaceAll(
    /[\u007F-\u009F\u2028\u2029\uFEFF\uFFFE\uFFFF]/g,
    (char) => `\\u${char.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
