// SPDX-License-Identifier: Apache-2.0
// What each kind refuses, as rows: what is changed in the smallest legal spec, the field that is blamed, and what is said.
import type { Document } from './crds-api.ts';

export type Refusal = [changes: Document, field: string, message: string];

const aName =
  "must be an object's name: lower case letters, digits, '-' and '.', a letter or digit at each end";
const aDuration = (bounds: string) => `must be a duration such as 90s, 6h or 1h30m, ${bounds}`;
const aKey =
  'each key must be a name such as app or example.com/app, of at most 63 characters after the slash';
const notOurs =
  'keys of milvusbackup.dev/, kubernetes.io/ and istio.io/ are not for Jobs of ours: remove them';
const oneBundle = 'must hold exactly one of secretKeyRef and configMapKeyRef';
const secret = { secretKeyRef: { name: 'a', key: 'k' } };

const long = 'a'.repeat(254);

export const refusals: Record<string, Refusal[]> = {
  MilvusInstance: [
    ...store('storage.'),
    ...folder('storage.rootPath'),
    ...['milvus', 'http://milvus:19530', 'milvus:0', 'milvus:65536', ':19530', 'a b:1', 'a:1\n'].map(
      (address): Refusal => [
        { address },
        'address',
        'must be host:port without a scheme, such as milvus.default.svc:19530',
      ],
    ),
    [{ address: '' }, 'address', 'should be at least 1 chars long'],
    ...tlsOfInstance(),
    [{ 'authSecretRef.name': 'A' }, 'authSecretRef.name', aName],
    ...['usernameKey', 'passwordKey'].map((key): Refusal => [
      { authSecretRef: { name: 'a', tokenKey: 't', [key]: 'u' } },
      'authSecretRef.tokenKey',
      'tokenKey stands instead of usernameKey and passwordKey: keep one or the other',
    ]),
    [{ authSecretRef: { name: 'a', tokenKey: 'a/b' } }, 'authSecretRef.tokenKey', 'should match'],
    [{ maxConcurrentBackups: 0 }, 'maxConcurrentBackups', 'greater than or equal to 1'],
    [{ maxConcurrentBackups: 101 }, 'maxConcurrentBackups', 'less than or equal to 100'],
    ...duration('checkInterval', '0s or from 10s to 168h', '9s', '169h'),
    [{ 'storage.rootPath': undefined }, 'storage.rootPath', 'Required value'],
    [{ storage: undefined }, 'storage', 'Required value'],
  ],
  MilvusBackupStorage: [
    ...store(''),
    ...folder('prefix'),
    [{ accessMode: 'WriteOnly' }, 'accessMode', 'supported values: "ReadWrite", "ReadOnly"'],
    ...duration('checkInterval', '0s or from 10s to 168h', '9s', '169h'),
    [{ 'sync.mode': 'Export' }, 'sync.mode', 'supported values: "Off", "Import"'],
    ...duration('sync.interval', '0s or from 1m to 168h', '59s', '169h'),
    ...duration('sync.since', 'from 1m to 876000h', '59s', '876001h'),
    [{ 'sync.maxObjects': 0 }, 'sync.maxObjects', 'should be greater than or equal to 1'],
    [{ 'sync.maxObjects': 2001 }, 'sync.maxObjects', 'should be less than or equal to 2000'],
    [{ 'sync.token': '' }, 'sync.token', 'should be at least 1 chars long'],
    [{ 'sync.token': 'x'.repeat(65) }, 'sync.token', 'Too long'],
    [{ prefix: undefined }, 'prefix', 'Required value'],
  ],
  MilvusBackup: [
    ...['instanceRef', 'storageRef'].flatMap((ref): Refusal[] => [
      [{ [ref]: undefined }, ref, 'Required value'],
      [{ [`${ref}.name`]: '' }, `${ref}.name`, 'should be at least 1 chars long'],
      [{ [`${ref}.name`]: long }, `${ref}.name`, 'Too long'],
      ...['A', 'a/b', '-a', 'a.', 'a..b', 'a_b', 'a\n'].map((name): Refusal => [
        { [`${ref}.name`]: name },
        `${ref}.name`,
        aName,
      ]),
    ]),
    ...backupName('backupName', {}),
    ...selection('include'),
    ...selection('exclude'),
    [{ include: [] }, 'include', 'should have at least 1 items'],
    [{ flush: 'Bulk' }, 'flush', 'supported values: "Auto", "Serial", "Skip"'],
    [{ gcPause: 'Required' }, 'gcPause', 'supported values: "BestEffort", "Off"'],
    [{ scope: 'full' }, 'scope', 'supported values: "Full", "MetadataOnly"'],
    [
      { scope: 'MetadataOnly', verify: 'Checksum' },
      'verify',
      'verify Checksum reads rows back, and scope MetadataOnly has none: leave one of them out',
    ],
    ...duration('ttl', 'from 1s to 876000h', '0s', '876001h'),
    [{ deletionPolicy: 'Keep' }, 'deletionPolicy', 'supported values: "Retain", "DeleteOnFailure", "Delete"'],
    ...run(),
    ...job(),
  ],
  MilvusRestore: [
    ...source(),
    [{ 'instanceRef.name': 'A' }, 'instanceRef.name', aName],
    [
      { source: { storageRef: { name: 's' }, backupName: 'b' } },
      'instanceRef',
      'instanceRef is required unless source is a backupRef or a scheduleRef',
    ],
    ...selection('include'),
    ...selection('exclude'),
    [{ include: [] }, 'include', 'should have at least 1 items'],
    ...rename(),
    [{ existing: 'Replace' }, 'existing', 'supported values: "Fail", "Skip", "Drop"'],
    ...['Fail', 'Skip'].map((existing): Refusal => [
      { existing, confirm: 'abc' },
      'confirm',
      'confirm belongs to existing Drop: nothing else is asked for',
    ]),
    [{ existing: 'Drop', confirm: 'a'.repeat(65) }, 'confirm', 'Too long'],
    ...[{ load: 'All' }, { verify: 'Count' }].map((more): Refusal => [
      { indexes: 'None', ...more },
      'indexes',
      'indexes None leaves nothing that can be loaded: no load All, no verify Count',
    ]),
    [
      { scope: 'MetadataOnly', verify: 'Count' },
      'verify',
      'verify Count counts rows, and scope MetadataOnly has none: leave one of them out',
    ],
    ...run(),
  ],
  MilvusBackupSchedule: [
    ...['* * * *', '0 0 * * * *', 'TZ=UTC 0 3 * * *', '@every 1h', '@', 'daily', '0 3\n'].map(
      (cron): Refusal => [
        { cron },
        'cron',
        'must be five fields (minute, hour, day of month, month, day of week)',
      ],
    ),
    [{ cron: '' }, 'cron', 'should be at least 1 chars long'],
    [{ cron: `0${' '.repeat(256)}3 * * *` }, 'cron', 'Too long'],
    [{ cron: undefined }, 'cron', 'Required value'],
    ...['+01:00', 'Europe Berlin', '/UTC', 'Europe/', '1'].map((timeZone): Refusal => [
      { timeZone },
      'timeZone',
      'must be the name of a time zone of the IANA database, such as UTC or Europe/Berlin',
    ]),
    ...duration('jitter', 'from 1s to 24h', '0s', '25h'),
    ...duration('startingDeadline', 'from 10s to 720h', '9s', '721h'),
    [{ trigger: '' }, 'trigger', 'should be at least 1 chars long'],
    [{ trigger: long }, 'trigger', 'Too long'],
    [{ concurrencyPolicy: 'Queue' }, 'concurrencyPolicy', 'supported values: "Forbid", "Allow", "Replace"'],
    [{ missedRuns: 'RunAll' }, 'missedRuns', 'supported values: "RunOnce", "Skip"'],
    [{ resumePolicy: 'Now' }, 'resumePolicy', 'supported values: "NextSlot", "CatchUp"'],
    [{ ownership: 'Instance' }, 'ownership', 'supported values: "None", "Schedule"'],
    [{ template: undefined }, 'template', 'Required value'],
    ...['keepLast', 'keepHourly', 'keepDaily', 'keepWeekly', 'keepMonthly', 'keepYearly'].flatMap(
      (field): Refusal[] => [
        [{ [`retention.${field}`]: -1 }, `retention.${field}`, 'greater than or equal to 0'],
        [{ [`retention.${field}`]: 10_001 }, `retention.${field}`, 'less than or equal to 10000'],
      ],
    ),
    ...['keepWithin', 'maxAge'].flatMap((field) =>
      duration(`retention.${field}`, 'from 1m to 876000h', '59s', '876001h'),
    ),
    [{ 'retention.minSuccessful': 0 }, 'retention.minSuccessful', 'greater than or equal to 1'],
    [{ 'retention.failedHistory': -1 }, 'retention.failedHistory', 'greater than or equal to 0'],
    [{ 'retention.failedHistory': 101 }, 'retention.failedHistory', 'less than or equal to 100'],
    [{ 'template.spec': undefined }, 'template.spec', 'Required value'],
    [{ 'template.spec.storageRef': undefined }, 'template.spec.storageRef', 'Required value'],
    [
      { 'template.spec.scope': 'MetadataOnly', 'template.spec.verify': 'Checksum' },
      'template.spec.verify',
      'verify Checksum reads rows back, and scope MetadataOnly has none: leave one of them out',
    ],
    ...['labels', 'annotations'].flatMap((field): Refusal[] => [
      [
        { 'template.metadata': { [field]: { 'milvusbackup.dev/slot': 'x' } } },
        `template.metadata.${field}`,
        'keys of milvusbackup.dev/ are written by the operator: remove them',
      ],
      [{ 'template.metadata': { [field]: { 'a b': 'x' } } }, `template.metadata.${field}`, aKey],
    ]),
    [{ 'template.metadata': { labels: { a: 'b c' } } }, 'template.metadata.labels.a', 'should match'],
  ],
};

function store(at: string): Refusal[] {
  const oneLogin = 'must hold exactly one of secretRef, serviceAccountName and anonymous';
  const auth = (value: Document): Document => ({ [`${at}auth`]: value });
  const tls = (value: Document): Document => ({ [`${at}tls`]: value });
  return [
    [{ [`${at}provider`]: 'Azure' }, `${at}provider`, 'supported values: "S3"'],
    [{ [`${at}bucket`]: 'a/b' }, `${at}bucket`, "must be a bucket's name; a folder inside it belongs into"],
    [{ [`${at}bucket`]: '' }, `${at}bucket`, 'should be at least 1 chars long'],
    ...['http://minio:9000', 'minio:9000/b', 'minio:0', 'minio:'].map((endpoint): Refusal => [
      { [`${at}endpoint`]: endpoint },
      `${at}endpoint`,
      'must be host or host:port without a scheme; for plain HTTP set tls.enabled: false',
    ]),
    ...['Minio', 'Ceph', 'Aliyun', 'Tencent', 'Huawei'].map((provider): Refusal => [
      { [`${at}provider`]: provider, [`${at}endpoint`]: undefined },
      `${at}endpoint`,
      'this provider needs an endpoint',
    ]),
    [{ [`${at}region`]: 'eu west' }, `${at}region`, 'should match'],
    [{ [`${at}addressing`]: 'Virtual' }, `${at}addressing`, 'supported values: "Auto", "Path"'],
    ...caBundle(`${at}tls.caBundle`, (bundle) => tls({ caBundle: bundle })),
    ...[{ caBundle: secret }, { insecureSkipVerify: true }].map((more): Refusal => [
      tls({ enabled: false, ...more }),
      `${at}tls.enabled`,
      'caBundle and insecureSkipVerify mean nothing without TLS: remove them or set enabled: true',
    ]),
    [
      tls({ caBundle: secret, insecureSkipVerify: true }),
      `${at}tls.insecureSkipVerify`,
      'insecureSkipVerify would not look at caBundle: keep one of the two',
    ],
    [auth({}), `${at}auth`, oneLogin],
    [auth({ secretRef: { name: 'a' }, serviceAccountName: 'b' }), `${at}auth`, oneLogin],
    [auth({ secretRef: { name: 'a' }, anonymous: true }), `${at}auth`, oneLogin],
    [auth({ serviceAccountName: 'b', anonymous: true }), `${at}auth`, oneLogin],
    [
      auth({ anonymous: false }),
      `${at}auth.anonymous`,
      'can only be true: leave it out and name secretRef or serviceAccountName',
    ],
    [auth({ secretRef: { name: 'A' } }), `${at}auth.secretRef.name`, aName],
    [auth({ serviceAccountName: 'A' }), `${at}auth.serviceAccountName`, aName],
    [
      auth({ secretRef: { name: 'a', accessKeyKey: 'a b' } }),
      `${at}auth.secretRef.accessKeyKey`,
      'should match',
    ],
    [{ [`${at}auth`]: undefined }, `${at}auth`, 'Required value'],
  ];
}

function tlsOfInstance(): Refusal[] {
  const certificateSecretRef = { name: 'c' };
  const ours = 'mode Server shows no certificate of ours: remove certificateSecretRef or set mode to Mutual';
  const nothing =
    'caBundle, certificateSecretRef and serverName mean nothing without TLS: set mode to Server or Mutual';
  return [
    ...[{ caBundle: secret }, { certificateSecretRef }, { serverName: 'm' }].map((tls): Refusal => [
      { tls },
      'tls.mode',
      nothing,
    ]),
    [{ 'tls.mode': 'Mutual' }, 'tls.certificateSecretRef', 'mode Mutual needs certificateSecretRef'],
    [{ tls: { mode: 'Server', certificateSecretRef } }, 'tls.certificateSecretRef', ours],
    [
      { tls: { mode: 'Mutual', certificateSecretRef: { name: 'A' } } },
      'tls.certificateSecretRef.name',
      aName,
    ],
    [{ 'tls.mode': 'Enabled' }, 'tls.mode', 'supported values: "Disabled", "Server", "Mutual"'],
    ...caBundle('tls.caBundle', (bundle) => ({ tls: { mode: 'Server', caBundle: bundle } })),
  ];
}

function caBundle(field: string, changes: (bundle: Document) => Document): Refusal[] {
  return [
    [changes({}), field, oneBundle],
    [changes({ ...secret, configMapKeyRef: { name: 'a', key: 'k' } }), field, oneBundle],
    ...['secretKeyRef', 'configMapKeyRef'].flatMap((ref): Refusal[] => [
      [changes({ [ref]: { name: 'A', key: 'k' } }), `${field}.${ref}.name`, aName],
      [changes({ [ref]: { name: 'a', key: '/' } }), `${field}.${ref}.key`, 'should match'],
      [changes({ [ref]: { name: 'a' } }), `${field}.${ref}.key`, 'Required value'],
    ]),
  ];
}

function folder(field: string): Refusal[] {
  const slashes =
    "must be a folder such as backups or team/backups: no '/' at its ends, no '//'; may be empty";
  const parts = "must not hold '\\', nor '.' or '..' as a part";
  return [
    ...['/', '/a', 'a/', 'a//b'].map((path): Refusal => [{ [field]: path }, field, slashes]),
    ...['.', '..', 'a/../b', 'a/.', 'a\\b'].map((path): Refusal => [{ [field]: path }, field, parts]),
    [{ [field]: 'a'.repeat(513) }, field, 'Too long'],
  ];
}

function duration(field: string, bounds: string, below: string, above: string): Refusal[] {
  const values = [below, above, '90', '1.5h', '-1h', '1d', 'h1', '30s1h', '999999999h', '5ms', ' 1h'];
  return values.map((value): Refusal => [{ [field]: value }, field, aDuration(bounds)]);
}

function selection(field: string): Refusal[] {
  const patterns = ['a.b.c', 'a.', '.a', 'a b', 'a,b', 'a/b', 'a\\b', 'a\n'];
  return [
    ...patterns.map((pattern): Refusal => [
      { [field]: [pattern] },
      `${field}[]`,
      'must be one of: db.collection, db.*, collection, *',
    ]),
    [{ [field]: ['a', 'a'] }, `${field}[]`, 'Duplicate value'],
    [{ [field]: [''] }, `${field}[]`, 'should be at least 1 chars long'],
    [{ [field]: ['a'.repeat(513)] }, `${field}[]`, 'Too long'],
    [{ [field]: Array.from({ length: 501 }, (_, i) => `c${i}`) }, field, 'Too many'],
  ];
}

function backupName(field: string, base: Document): Refusal[] {
  const names = ['1b', 'a-b', 'a b', 'aä', 'a\n', 'a/b', '../a'];
  return [
    ...names.map((name): Refusal => [
      { ...base, [field]: name },
      field,
      "must hold only ASCII letters, digits and '_', and not begin with a digit",
    ]),
    [{ ...base, [field]: '' }, field, 'should be at least 1 chars long'],
    [{ ...base, [field]: 'a'.repeat(129) }, field, 'Too long'],
  ];
}

function run(): Refusal[] {
  return [
    [{ 'limits.concurrency': 0 }, 'limits.concurrency', 'greater than or equal to 1'],
    [{ 'limits.concurrency': 4097 }, 'limits.concurrency', 'less than or equal to 4096'],
    [{ 'retry.limit': 0 }, 'retry.limit', 'greater than or equal to 1'],
    [{ 'retry.limit': 21 }, 'retry.limit', 'less than or equal to 20'],
    ...duration('retry.minBackoff', 'from 1s to 24h', '0s', '25h'),
    ...duration('retry.maxBackoff', 'from 1s to 24h', '0s', '25h'),
    [{ retry: { minBackoff: '11m' } }, 'retry.minBackoff', 'minBackoff must not be longer than maxBackoff'],
    ...duration('deadline', 'from 1m to 720h', '59s', '721h'),
    ...duration('startDeadline', 'from 10s to 720h', '9s', '721h'),
    ...duration('deletionTimeout', 'from 10s to 24h', '9s', '25h'),
  ];
}

function job(): Refusal[] {
  const forbidden = [
    'milvusbackup.dev/run',
    'a.milvusbackup.dev/run',
    'app.kubernetes.io/name',
    'kubernetes.io/x',
    'sidecar.istio.io/inject',
  ];
  const bad = ['-a', 'a/b/c', 'a b', `a/${'b'.repeat(64)}`, '/a'];
  const maps = ['labels', 'annotations'];
  const keyed = [...maps, 'resources.requests', 'resources.limits'];
  return [
    ...maps.flatMap((field) =>
      forbidden.map((key): Refusal => [{ [`job.${field}`]: { [key]: 'x' } }, `job.${field}`, notOurs]),
    ),
    ...keyed.flatMap((field) =>
      bad.map((key): Refusal => [{ [`job.${field}`]: { [key]: '1' } }, `job.${field}`, aKey]),
    ),
    [{ 'job.labels': { a: 'b c' } }, 'job.labels.a', 'should match'],
    [{ 'job.labels': { a: 'b'.repeat(64) } }, 'job.labels.a', 'Too long'],
    [{ 'job.annotations': { a: 'b'.repeat(1025) } }, 'job.annotations.a', 'Too long'],
    [{ 'job.resources.limits': { cpu: 'much' } }, 'job.resources.limits.cpu', 'should match'],
    [{ 'job.resources.limits': { cpu: '-1' } }, 'job.resources.limits.cpu', 'should match'],
    ...['priorityClassName', 'runtimeClassName'].map((field): Refusal => [
      { [`job.${field}`]: 'A' },
      `job.${field}`,
      aName,
    ]),
    [{ 'job.imagePullSecrets': [{ name: 'A' }] }, 'job.imagePullSecrets[].name', aName],
    [{ 'job.imagePullSecrets': [{ name: 'a' }, { name: 'a' }] }, 'job.imagePullSecrets[]', 'Duplicate value'],
    [{ 'job.tolerations': [{ effect: 'Never' }] }, 'job.tolerations[].effect', 'supported values'],
  ];
}

function source(): Refusal[] {
  const one = 'must hold exactly one of backupRef, scheduleRef, and storageRef with backupName';
  const scheduleRef = { name: 'nightly' };
  const both = 'storageRef and backupName belong together';
  const backupRef = { name: 'b' };
  const storageRef = { name: 's' };
  const instanceRef = { name: 'i' };
  return [
    [{ source: {}, instanceRef }, 'source', one],
    [{ source: { backupRef, storageRef, backupName: 'b' } }, 'source', one],
    [{ source: { backupRef, scheduleRef } }, 'source', one],
    [{ source: { scheduleRef, storageRef, backupName: 'b' } }, 'source', one],
    [{ source: { backupRef, scheduleRef, storageRef, backupName: 'b' } }, 'source', one],
    [
      { source: { scheduleRef: { at: '2026-01-01T00:00:00Z' } } },
      'source.scheduleRef.name',
      'Required value',
    ],
    [{ source: { scheduleRef: { ...scheduleRef, at: 'yesterday' } } }, 'source.scheduleRef.at', 'date-time'],
    [{ source: { backupRef, storageRef } }, 'source', one],
    [{ source: { backupRef, backupName: 'b' } }, 'source', both],
    [{ source: { storageRef }, instanceRef }, 'source', both],
    [{ source: { backupName: 'b' }, instanceRef }, 'source', both],
    [{ source: undefined }, 'source', 'Required value'],
    [{ source: { backupRef: { name: 'A' } } }, 'source.backupRef.name', aName],
    [{ source: { scheduleRef: { name: 'A' } } }, 'source.scheduleRef.name', aName],
    [
      { source: { storageRef: { name: 'A' }, backupName: 'b' }, instanceRef },
      'source.storageRef.name',
      aName,
    ],
    ...backupName('source.backupName', { source: { storageRef }, instanceRef }),
  ];
}

function rename(): Refusal[] {
  const at = (field: string, names: Document): Document => ({ rename: { [field]: names } });
  const aMilvusName = "must be a name of Milvus: ASCII letters, digits and '_', not beginning with a digit";
  const aTarget = "must be db.collection or collection, of ASCII letters, digits and '_'";
  const bothSides =
    'db.collection goes to db.collection, and collection to collection: say the database on both sides';
  return [
    ...['1a', 'a-b', 'a.b', 'a\n'].map((to): Refusal => [
      at('databases', { a: to }),
      'rename.databases[]',
      aMilvusName,
    ]),
    ...['a.b', 'a/b', 'a b'].map((from): Refusal => [
      at('databases', { [from]: 'c' }),
      'rename.databases',
      'each key must be the name of a database',
    ]),
    ...['a.', 'a.b.c', 'a.1', 'a-b'].map((to): Refusal => [
      at('collections', { 'a.b': to }),
      'rename.collections[]',
      aTarget,
    ]),
    ...['a.b.c', 'a.', '.a', 'a b'].map((from): Refusal => [
      at('collections', { [from]: 'c.d' }),
      'rename.collections',
      'each key must be db.collection or collection',
    ]),
    [at('collections', { 'a.b': 'c' }), 'rename.collections', bothSides],
    [at('collections', { a: 'b.c' }), 'rename.collections', bothSides],
    [
      at('collections', { a: 'b', 'default.a': 'c.d' }),
      'rename.collections',
      'c and default.c are one collection: rename it once',
    ],
    ...['-', 'a.b', 'ä', ' '].map((suffix): Refusal => [
      { 'rename.suffix': suffix },
      'rename.suffix',
      "must hold only ASCII letters, digits and '_'",
    ]),
  ];
}
