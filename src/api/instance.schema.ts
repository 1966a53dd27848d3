// SPDX-License-Identifier: Apache-2.0
// MilvusInstance: a running Milvus, and where it keeps its data.
import { age, conditionColumn, type Kind } from './crd.ts';
import { jobOverrides } from './job-overrides.ts';
import { address, caBundle, objectStore, objectStoreRequired, objectStoreRules } from './object-store.ts';
import { choice, integer, object, text, time, type Rule, withDefaults } from './schema.ts';
import { dataKey, duration, folder, objectName } from './shapes.ts';
import { conditions, observedGeneration, status } from './status.ts';

const tlsRules: Rule[] = [
  {
    rule: "self.mode != 'Disabled' || !has(self.caBundle) && !has(self.certificateSecretRef) && !has(self.serverName)",
    message:
      'caBundle, certificateSecretRef and serverName mean nothing without TLS: set mode to Server or Mutual',
    fieldPath: '.mode',
  },
  {
    rule: "self.mode != 'Mutual' || has(self.certificateSecretRef)",
    message: 'mode Mutual needs certificateSecretRef',
    reason: 'FieldValueRequired',
    fieldPath: '.certificateSecretRef',
  },
  {
    rule: "self.mode != 'Server' || !has(self.certificateSecretRef)",
    message: 'mode Server shows no certificate of ours: remove certificateSecretRef or set mode to Mutual',
    fieldPath: '.certificateSecretRef',
  },
];

const tls = withDefaults(
  object(
    'TLS to the gRPC service of Milvus.',
    {
      mode: choice(
        'Disabled: none. Server: Milvus shows a certificate. Mutual: so do we.',
        ['Disabled', 'Server', 'Mutual'],
        'Disabled',
      ),
      caBundle: caBundle('Authorities that sign the certificate of Milvus, instead of those of the system.'),
      certificateSecretRef: object(
        'Our certificate (Mutual): a Secret with tls.crt and tls.key.',
        { name: objectName('Name of the Secret, in the namespace of this object.') },
        { required: ['name'], more: { 'x-kubernetes-map-type': 'atomic' } },
      ),
      serverName: text('Name expected in the certificate of Milvus. Left out: the host of address.', 253, {
        minLength: 1,
        pattern: '^[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?$',
      }),
    },
    { rules: tlsRules },
  ),
);

const authSecretRef = object(
  'Login of a Milvus with authorization: a Secret with a user and a password, or with a token. Left out: no login.',
  {
    name: objectName('Name of the Secret, in the namespace of this object.'),
    usernameKey: dataKey('Key that holds the user. Left out, and without tokenKey: username.'),
    passwordKey: dataKey('Key that holds the password. Left out, and without tokenKey: password.'),
    tokenKey: dataKey('Key that holds a token, user:password or an API key, instead of the other two.'),
  },
  {
    required: ['name'],
    rules: [
      {
        rule: '!has(self.tokenKey) || !has(self.usernameKey) && !has(self.passwordKey)',
        message: 'tokenKey stands instead of usernameKey and passwordKey: keep one or the other',
        fieldPath: '.tokenKey',
      },
    ],
  },
);

const storage = object(
  'The object storage that this Milvus writes to. A check proves that it is that one (condition StorageMatches).',
  { ...objectStore, rootPath: folder("Milvus's own minio.rootPath; empty where it has none.") },
  { required: [...objectStoreRequired, 'rootPath'], rules: objectStoreRules },
);

export const instance: Kind = {
  kind: 'MilvusInstance',
  plural: 'milvusinstances',
  shortName: 'mvi',
  description: 'A running Milvus, and where it keeps its data.',
  columns: [
    conditionColumn('Ready', 'Ready', 'Whether Milvus and its storage answer and belong together.'),
    { name: 'Version', type: 'string', jsonPath: '.status.version', description: 'Version of Milvus.' },
    conditionColumn('Storage', 'StorageMatches', 'Whether the storage is the one that Milvus writes to.'),
    {
      name: 'Checked',
      type: 'date',
      jsonPath: '.status.lastCheckTime',
      description: 'Time of the last check.',
    },
    age,
  ],
  spec: object(
    'What this Milvus is.',
    {
      address: address('Address of the gRPC service of Milvus, host:port.'),
      tls,
      authSecretRef,
      storage,
      maxConcurrentBackups: integer('How many backups of this Milvus run at once. A restore runs alone.', {
        min: 1,
        max: 100,
        standard: 1,
      }),
      checkInterval: duration('How often the instance is checked; 0s: only on change.', {
        min: '10s',
        max: '168h',
        standard: '1h',
        orZero: true,
      }),
      job: jobOverrides,
    },
    { required: ['address', 'storage'] },
  ),
  status: status('What is known of this Milvus.', {
    observedGeneration,
    conditions: conditions('Ready, Reconciling, Stalled, StorageMatches'),
    version: text('Version of Milvus, as it says itself.', 64),
    lastCheckTime: time('When it was last checked.'),
  }),
};
