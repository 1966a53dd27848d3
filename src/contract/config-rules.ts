// SPDX-License-Identifier: Apache-2.0
// What must hold between keys, once each value alone is fine. Every rule names the key to change.
import type { Setting, SettingMap } from './config-settings.ts';

/** The problems of a full set of settings, in the order of the table. */
export function checkRules(settings: SettingMap): string[] {
  return [
    ...checkMutual(settings),
    ...checkMilvusLogin(settings),
    ...['milvus.storage', 'backup.storage'].flatMap((section) => [
      ...checkStorage(settings, section),
      ...checkAuth(settings, section),
    ]),
  ];
}

/** `key (backup.yaml:3): text`. */
export function problemAt({ origin, parameter }: Setting, text: string): string {
  const where = origin.kind === 'default' ? 'default' : origin.where;
  return `${origin.kind === 'default' ? parameter.key : origin.key} (${where}): ${text}`;
}

function checkMutual(settings: SettingMap): string[] {
  if (settings.value('milvus.grpc.tlsMode') !== 'mutual') return [];
  return ['milvus.grpc.mtlsCertPath', 'milvus.grpc.mtlsKeyPath']
    .filter((key) => settings.value(key) === '')
    .map((key) => problemAt(settings.of(key), 'found nothing; tlsMode mutual needs our certificate and key'));
}

function checkMilvusLogin(settings: SettingMap): string[] {
  const logins = ['milvus.user', 'milvus.password'];
  const hasToken = [settings.of('milvus.token'), settings.of('milvus.tokenFile')].some(isGiven);
  const beside = logins
    .flatMap((key) => [settings.of(key), settings.of(`${key}File`)])
    .filter((setting) => hasToken && isGiven(setting))
    .map((setting) => problemAt(setting, 'stands beside a token, which says both; keep one or the other'));
  return [...beside, ...[...logins, 'milvus.token'].flatMap((key) => bothTextAndFile(settings, key))];
}

function checkStorage(settings: SettingMap, section: string): string[] {
  const of = (name: string): Setting => settings.of(`${section}.${name}`);
  const problems: string[] = [];
  if (of('bucketName').value === '')
    problems.push(problemAt(of('bucketName'), 'found nothing; allowed: a bucket'));
  for (const name of ['accountName', 'localPath', 'auth.accountKey', 'auth.credentialsFile']) {
    const setting = of(name);
    if (isGiven(setting)) {
      problems.push(problemAt(setting, 'belongs to a provider that this version does not drive; remove it'));
    }
  }
  if (of('milvusPort').value !== '0' && of('milvusAddress').value === '') {
    problems.push(problemAt(of('milvusPort'), 'needs milvusAddress beside it'));
  }
  return problems;
}

const keys = ['auth.accessKeyID', 'auth.secretAccessKey', 'auth.sessionToken'];

function checkAuth(settings: SettingMap, section: string): string[] {
  const type = settings.of(`${section}.auth.type`);
  const names = keys.map((name) => `${section}.${name}`);
  if (type.value !== 'static') {
    return names
      .flatMap((key) => [settings.of(key), settings.of(`${key}File`)])
      .filter(isGiven)
      .map((setting) =>
        problemAt(setting, `a key beside auth.type ${type.value}; allowed: one or the other`),
      );
  }
  const missing = names
    .slice(0, 2)
    .filter((key) => settings.value(key) === '' && settings.value(`${key}File`) === '')
    .map((key) => problemAt(settings.of(key), 'found nothing; auth.type static needs both keys'));
  return [...missing, ...names.flatMap((key) => bothTextAndFile(settings, key))];
}

function bothTextAndFile(settings: SettingMap, key: string): string[] {
  const file = settings.of(`${key}File`);
  return isGiven(file) && isGiven(settings.of(key))
    ? [problemAt(file, `stands beside ${settings.of(key).origin.key}; keep one of the two`)]
    : [];
}

function isGiven(setting: Setting): boolean {
  return isOwn(setting) && setting.value !== '';
}

function isOwn({ origin }: Setting): boolean {
  return origin.kind !== 'default' && origin.kind !== 'inherited';
}
