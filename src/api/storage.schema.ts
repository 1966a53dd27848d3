// SPDX-License-Identifier: Apache-2.0
// MilvusBackupStorage: where backups go.
import { age, conditionColumn, type Kind } from './crd.ts';
import { jobOverrides } from './job-overrides.ts';
import { objectStore, objectStoreRequired, objectStoreRules } from './object-store.ts';
import { amount, choice, frozen, integer, object, text, time, withDefaults } from './schema.ts';
import { duration, folder } from './shapes.ts';
import { conditions, observedGeneration, status } from './status.ts';

const sync = withDefaults(
  object('Backups that others have put there, of another cluster or of the established tool.', {
    mode: choice(
      'Import: a MilvusBackup is made for each that is found, and goes when its backup is gone. Off: nothing is looked for.',
      ['Off', 'Import'],
      'Off',
    ),
    interval: duration('How often the bucket is listed; 0s: only on change.', {
      min: '1m',
      max: '168h',
      standard: '1h',
      orZero: true,
    }),
    since: duration(
      'Only those that were made within this time before the listing. Left out: however old they are.',
      {
        min: '1m',
        max: '876000h',
      },
    ),
    maxObjects: integer(
      'So many of them, the newest first, beside those that this namespace has made itself.',
      {
        min: 1,
        max: 2000,
        standard: 500,
      },
    ),
    token: text(
      'Another word than the last one lists the bucket now and makes again what was deleted by hand.',
      64,
      {
        minLength: 1,
      },
    ),
  }),
);

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
    sync,
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
    conditions: conditions('Ready, Reconciling, Stalled, Writable, Synced'),
    fingerprint: text('Hash of provider, endpoint, bucket and prefix.', 128),
    backups: amount('Backups found there.'),
    bytes: amount('Bytes that they take.'),
    lastCheckTime: time('When it was last checked.'),
    sync: object('What was found of others, as far as spec.sync asks for it.', {
      lastTime: time('When the bucket was last listed, or that failed.'),
      found: amount('Complete backups in the bucket.'),
      imported: amount('Objects that were made for backups found there.'),
      incomplete: amount(
        'Folders of backups that are unfinished, being deleted or unreadable: none gets an object.',
      ),
      leftOut: amount('Backups that got no object because of since and maxObjects.'),
      token: text('The last token that was acted on.', 64),
      seen: text(
        'Eight characters for each backup that has or once had an object here: it gets no other one unless the token changes.',
        65_536,
      ),
    }),
  }),
};
