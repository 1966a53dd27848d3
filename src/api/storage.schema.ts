// SPDX-License-Identifier: Apache-2.0
// MilvusBackupStorage: where backups go.
import { age, conditionColumn, type Kind } from './crd.ts';
import { jobOverrides } from './job-overrides.ts';
import { objectStore, objectStoreRequired, objectStoreRules } from './object-store.ts';
import { amount, choice, frozen, object, text, time } from './schema.ts';
import { duration, folder } from './shapes.ts';
import { conditions, observedGeneration, status } from './status.ts';

const fields = object(
  'Where backups go and who we are there.',
  {
    ...objectStore,
    prefix: folder('Folder of the bucket that holds the backups; empty: the bucket itself.'),
    accessMode: choice(
      'ReadOnly: backups are read and restored from here, none is written or removed.',
      ['ReadWrite', 'ReadOnly'],
      'ReadWrite',
    ),
    checkInterval: duration('How often the storage is checked; 0s: only on change.', {
      min: '10s',
      max: '168h',
      standard: '1h',
      orZero: true,
    }),
    job: jobOverrides,
  },
  { required: [...objectStoreRequired, 'prefix'] },
);

const mutable = Object.keys(fields.properties ?? {}).filter((name) => name !== 'bucket' && name !== 'prefix');

export const storage: Kind = {
  kind: 'MilvusBackupStorage',
  plural: 'milvusbackupstorages',
  shortName: 'mbst',
  description: 'Where backups go.',
  columns: [
    conditionColumn('Ready', 'Ready', 'Whether the storage answers.'),
    { name: 'Provider', type: 'string', jsonPath: '.spec.provider', description: 'Kind of object store.' },
    { name: 'Bucket', type: 'string', jsonPath: '.spec.bucket', description: 'Name of the bucket.' },
    { name: 'Access', type: 'string', jsonPath: '.spec.accessMode', description: 'ReadWrite or ReadOnly.' },
    { name: 'Backups', type: 'integer', jsonPath: '.status.backups', description: 'Backups found there.' },
    {
      name: 'Checked',
      type: 'date',
      jsonPath: '.status.lastCheckTime',
      description: 'Time of the last check.',
    },
    age,
  ],
  spec: {
    ...fields,
    'x-kubernetes-validations': [
      ...objectStoreRules,
      ...frozen(fields, mutable, 'backups are known by it; make another MilvusBackupStorage'),
    ],
  },
  status: status('What is known of this storage.', {
    observedGeneration,
    conditions: conditions('Ready, Reconciling, Stalled, Writable'),
    fingerprint: text('Hash of provider, endpoint, bucket and prefix.', 128),
    backups: amount('Backups found there.'),
    bytes: amount('Bytes that they take.'),
    lastCheckTime: time('When it was last checked.'),
  }),
};
