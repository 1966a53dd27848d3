// SPDX-License-Identifier: Apache-2.0
// MilvusBackup: one backup.
import { age, conditionColumn, type Column, type Kind } from './crd.ts';
import { backupName, cancelIsFinal, runSpec } from './run-spec.ts';
import { amount, choice, flag, frozen, object, text, time, type Rule, type Schema } from './schema.ts';
import { duration, reference, selection } from './shapes.ts';
import * as told from './status.ts';

const fields = object(
  'What is backed up, and where to. Immutable but for cancel, ttl, hold and deletionPolicy.',
  {
    instanceRef: reference('The Milvus that is backed up.', 'MilvusInstance'),
    storageRef: reference('Where the backup goes.', 'MilvusBackupStorage'),
    backupName: backupName(
      "Name of the backup in its storage. Left out: made from this object's name and UID (status.backupName).",
    ),
    include: selection(
      'Collections that are backed up. Left out: all. A pattern that matches nothing is an error.',
      1,
    ),
    exclude: selection('Collections that are not, even if include names them.'),
    scope: choice('MetadataOnly: schemas and indexes without rows.', ['Full', 'MetadataOnly'], 'Full'),
    flush: choice(
      'How rows still in memory get into the backup. Auto: as the version of Milvus does it best. Serial: one collection after the other. Skip: not at all; rows that Milvus has not written are left out.',
      ['Auto', 'Serial', 'Skip'],
      'Auto',
    ),
    gcPause: choice(
      "Whether Milvus's garbage collection is held while objects are copied. BestEffort: where Milvus can.",
      ['BestEffort', 'Off'],
      'BestEffort',
    ),
    verify: choice(
      'Standard: each object by size and content hash as it is copied. Checksum: everything is read back besides.',
      ['Standard', 'Checksum'],
      'Standard',
    ),
    onCollectionError: choice(
      'Fail: the run fails. Skip: the others are backed up, and the phase is PartiallyFailed.',
      ['Fail', 'Skip'],
      'Fail',
    ),
    ttl: duration(
      'How long the data are kept, counted from the end of the run; then they go, whatever deletionPolicy says. Left out: for ever.',
      { min: '1s', max: '876000h' },
    ),
    hold: flag(
      'While this is true the data do not expire, neither by ttl nor by the retention of a schedule.',
      false,
    ),
    deletionPolicy: choice(
      'Retain: data stay. DeleteOnFailure: data of a run that failed or was canceled go. Delete: they also go with this object.',
      ['Retain', 'DeleteOnFailure', 'Delete'],
      'Retain',
    ),
    ...runSpec,
  },
  { required: ['instanceRef', 'storageRef'] },
);

const checksumNeedsRows: Rule = {
  rule: "self.scope != 'MetadataOnly' || self.verify != 'Checksum'",
  message: 'verify Checksum reads rows back, and scope MetadataOnly has none: leave one of them out',
  fieldPath: '.verify',
};

/** Of one run alone: every backup has a name of its own, and is canceled or held by itself. */
const ofOneRun = ['backupName', 'cancel', 'hold'];

/** What a schedule says of each of its backups. May change at any time: it is read when a backup is made. */
export const backupTemplate: Schema = {
  ...fields,
  description: 'The spec of each backup, as a MilvusBackup has it, without backupName, cancel and hold.',
  properties: Object.fromEntries(
    Object.entries(fields.properties ?? {}).filter(([name]) => !ofOneRun.includes(name)),
  ),
  'x-kubernetes-validations': [checksumNeedsRows],
};

const terminal = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled', 'Expired', 'DeleteFailed'];

const columns: Column[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the backup stands.' },
  {
    name: 'Instance',
    type: 'string',
    jsonPath: '.spec.instanceRef.name',
    description: 'Its MilvusInstance.',
  },
  {
    name: 'Collections',
    type: 'string',
    jsonPath: '.status.collections.summary',
    description: 'Collections done and there in all.',
  },
  { name: 'Size', type: 'string', jsonPath: '.status.size.summary', description: 'Size of the backup.' },
  { name: 'Progress', type: 'integer', jsonPath: '.status.progress.percent', description: 'Percent done.' },
  // Not as a date: of what lies ahead kubectl prints <invalid>.
  {
    name: 'Expires',
    type: 'string',
    jsonPath: '.status.expirationTime',
    description: 'When its data go.',
  },
  age,
  {
    name: 'Storage',
    type: 'string',
    jsonPath: '.spec.storageRef.name',
    description: 'Its MilvusBackupStorage.',
    priority: 1,
  },
  {
    ...conditionColumn('Reason', 'Ready', 'Why it stands there.'),
    jsonPath: '.status.conditions[?(@.type=="Ready")].reason',
    priority: 1,
  },
  {
    name: 'Duration',
    type: 'string',
    jsonPath: '.status.duration',
    description: 'From start to completion.',
    priority: 1,
  },
  {
    name: 'Attempts',
    type: 'integer',
    jsonPath: '.status.attempts[-1:].number',
    description: 'Attempts so far.',
    priority: 1,
  },
];

export const backup: Kind = {
  kind: 'MilvusBackup',
  plural: 'milvusbackups',
  shortName: 'mbk',
  description: 'One backup of a Milvus.',
  columns,
  spec: {
    ...fields,
    'x-kubernetes-validations': [
      ...frozen(fields, ['cancel', 'ttl', 'hold', 'deletionPolicy'], 'make another MilvusBackup'),
      cancelIsFinal,
      checksumNeedsRows,
    ],
  },
  status: told.status(
    'Where this backup stands.',
    {
      observedGeneration: told.observedGeneration,
      phase: told.phase(
        'Pending, Queued, Running, Verifying, Succeeded, PartiallyFailed, Failed, Canceled, Expired, Deleting, DeleteFailed',
      ),
      conditions: told.conditions('Ready, Reconciling, Stalled, Succeeded, Verified'),
      ...told.backupIdentity,
      ...told.run,
      expirationTime: time('When the data expire by spec.ttl; left out while spec.hold is true.'),
      collections: object('What became of the collections.', {
        total: amount('Collections that were selected.'),
        succeeded: amount('Collections in the backup.'),
        dropped: amount('Collections that somebody dropped meanwhile; no failure.'),
        skipped: amount('Collections that failed and were left out (onCollectionError: Skip).'),
        summary: told.summary,
        failures: told.failures,
      }),
      rows: object('Rows of the backup.', {
        planned: amount('Rows in the segments that were copied, before deletes.'),
      }),
      size: object('What the backup takes.', {
        bytes: amount('Bytes of its objects.'),
        objects: amount('How many objects.'),
        summary: text('The bytes for printing: 101 MiB.', 32),
      }),
      consistencyTimestamp: text("Milvus's hybrid timestamp that the rows are of, in decimal.", 20),
      restoreCommand: text('How to get the backup back without the operator.', 4096),
    },
    [told.terminalPhase(terminal, ['Expired', 'Deleting', 'DeleteFailed'])],
  ),
};
