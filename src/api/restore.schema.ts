// SPDX-License-Identifier: Apache-2.0
// MilvusRestore: one restore; it acts once.
import { age, type Column, type Kind } from './crd.ts';
import { renameShape } from './rename.ts';
import { backupName, cancelIsFinal, runSpec } from './run-spec.ts';
import { amount, choice, flag, frozen, list, object, text, time, type Rule, type Schema } from './schema.ts';
import { objectName, reference, selection } from './shapes.ts';
import * as told from './status.ts';

const scheduleRef = object(
  'The newest backup of a MilvusBackupSchedule that has succeeded. Looked for once: status.backup names it from then on.',
  {
    name: objectName('Name of the MilvusBackupSchedule.'),
    at: time('Not later than this, by when the backup was complete. Left out: the newest there is.'),
  },
  { required: ['name'] },
);

const source = object(
  'The backup: the MilvusBackup that made it, the newest one of a schedule, or a storage and the name of a backup in it.',
  {
    backupRef: reference('The MilvusBackup.', 'MilvusBackup'),
    scheduleRef,
    storageRef: reference('The storage that holds the backup.', 'MilvusBackupStorage'),
    backupName: backupName('Name of the backup in that storage.'),
  },
  {
    rules: [
      {
        rule: '[has(self.backupRef), has(self.scheduleRef), has(self.storageRef) || has(self.backupName)].filter(x, x).size() == 1',
        message: 'must hold exactly one of backupRef, scheduleRef, and storageRef with backupName',
      },
      {
        rule: 'has(self.storageRef) == has(self.backupName)',
        message: 'storageRef and backupName belong together',
      },
    ],
  },
);

const choices: Record<string, Schema> = {
  existing: choice(
    'What a collection that is already there means. Fail: nothing is restored. Skip: it is left alone. Drop: it goes once what takes its place is whole, and only after spec.confirm.',
    ['Fail', 'Skip', 'Drop'],
    'Fail',
  ),
  scope: choice('MetadataOnly: collections and indexes without rows.', ['Full', 'MetadataOnly'], 'Full'),
  indexes: choice(
    'AsInBackup: as they were. AutoIndex: Milvus chooses. None: none, and nothing can be loaded.',
    ['AsInBackup', 'AutoIndex', 'None'],
    'AsInBackup',
  ),
  load: choice(
    'AsInBackup: collections under their own names as they were; renamed ones stay unloaded. All: all. None: none.',
    ['AsInBackup', 'All', 'None'],
    'AsInBackup',
  ),
  aliases: flag(
    'Create aliases of collections under their own names. None is moved, but for those of a collection that is replaced.',
    true,
  ),
  properties: flag('Set the properties of databases and collections that this restore creates.', true),
  allowPartial: flag('Restore from a backup that holds only part of what was asked of it.', false),
  versionCheck: choice(
    'A pair of versions that is not known to work. Strict: is refused. Warn: is tried.',
    ['Strict', 'Warn'],
    'Strict',
  ),
  verify: choice(
    'Imported: rows that Milvus says it imported. Count: collections are loaded and counted besides.',
    ['Imported', 'Count'],
    'Imported',
  ),
  onFailure: choice(
    'Keep: collections that are complete stay. RemoveCreated: they are dropped too, if this restore made them.',
    ['Keep', 'RemoveCreated'],
    'Keep',
  ),
  dryRun: flag('Only say what would be done, in status.plan.', false),
};

const fields = object(
  'What is restored, and where to. Immutable but for cancel and confirm.',
  {
    source,
    instanceRef: reference(
      'The Milvus that is restored into. Left out, and with a backupRef or scheduleRef: the one that was backed up.',
      'MilvusInstance',
    ),
    include: selection(
      'Collections that are restored, by their names in the backup. Left out: all. A pattern that matches nothing is an error.',
      1,
    ),
    exclude: selection('Collections that are not, even if include names them.'),
    rename: renameShape,
    ...choices,
    confirm: text(
      'With existing Drop: status.confirmationToken, by which you say that what status.plan.drop names may go.',
      64,
    ),
    ...runSpec,
  },
  { required: ['source'] },
);

const rules: Rule[] = [
  {
    rule: 'has(self.instanceRef) || has(self.source.backupRef) || has(self.source.scheduleRef)',
    message: 'instanceRef is required unless source is a backupRef or a scheduleRef',
    reason: 'FieldValueRequired',
    fieldPath: '.instanceRef',
  },
  {
    rule: "self.indexes != 'None' || self.load != 'All' && self.verify != 'Count'",
    message: 'indexes None leaves nothing that can be loaded: no load All, no verify Count',
    fieldPath: '.indexes',
  },
  {
    rule: "self.scope != 'MetadataOnly' || self.verify != 'Count'",
    message: 'verify Count counts rows, and scope MetadataOnly has none: leave one of them out',
    fieldPath: '.verify',
  },
  {
    rule: "!has(self.confirm) || self.existing == 'Drop'",
    message: 'confirm belongs to existing Drop: nothing else is asked for',
    fieldPath: '.confirm',
  },
];

const terminal = ['Succeeded', 'PartiallyFailed', 'Failed', 'Canceled'];

/** What is confirmed afterwards confirms nothing any more. */
const confirmsInTime: Rule = {
  rule:
    `!has(oldSelf.status) || !has(oldSelf.status.phase) || !(oldSelf.status.phase in [${terminal.map((one) => `'${one}'`).join(', ')}])` +
    ' || has(self.spec.confirm) == has(oldSelf.spec.confirm) && (!has(self.spec.confirm) || self.spec.confirm == oldSelf.spec.confirm)',
  message: 'the restore has ended and does nothing any more: make another MilvusRestore',
  reason: 'FieldValueForbidden',
  fieldPath: '.spec.confirm',
};

const columns: Column[] = [
  { name: 'Phase', type: 'string', jsonPath: '.status.phase', description: 'Where the restore stands.' },
  {
    name: 'Source',
    type: 'string',
    jsonPath: ".spec.source['backupRef.name','scheduleRef.name','backupName']",
    description: 'The MilvusBackup, the schedule, or the name of the backup in its storage.',
  },
  {
    name: 'Instance',
    type: 'string',
    jsonPath: '.status.instance',
    description: 'The Milvus restored into.',
  },
  {
    name: 'Collections',
    type: 'string',
    jsonPath: '.status.collectionCounts.summary',
    description: 'Collections done and there in all.',
  },
  { name: 'Progress', type: 'integer', jsonPath: '.status.progress.percent', description: 'Percent done.' },
  {
    name: 'Confirm',
    type: 'string',
    jsonPath: '.status.confirmationToken',
    description: 'What spec.confirm must be before anything is dropped.',
    priority: 1,
  },
  age,
];

const names = (description: string): Schema => list(description, text('A collection.', 1024), 200);

const outcome: Record<string, Schema> = {
  plan: object('What is done, or with dryRun would be.', {
    create: names('Collections that are created, at most 200 of them; db.c -> db2.c2 where renamed.'),
    skip: names('Collections that are already there and are left alone, at most 200 of them.'),
    drop: list(
      'Collections that are already there and go, each once what takes its place is whole; at most 200 of them.',
      object(
        'One collection that goes.',
        {
          name: text('Its name, db.collection.', 512),
          id: text("Milvus's id of it: another collection of that name is not meant.", 20),
        },
        { required: ['name', 'id'] },
      ),
      200,
    ),
    dropCount: amount('How many collections go in all.'),
    dropDigest: text('SHA-256 in hex of all of them, by name and id. The engine drops nothing else.', 64),
    changed: text('What goes now that was not to go when it was confirmed before, and the reverse.', 1024),
    acceptedTime: time(
      'When the plan was confirmed, or found to drop nothing; spec.deadline counts from here.',
    ),
    unlisted: amount('Collections beyond those that are named above.'),
    bytes: amount('Bytes that are imported.'),
    warnings: list('What one should know before.', text('A warning.', 1024), 20),
  }),
  rows: object('Rows of the restore. What was not counted is left out.', {
    planned: amount("Rows in the backup's segments, before deletes."),
    imported: amount('Rows that Milvus says it imported.'),
    live: amount('Rows counted in collections that were loaded.'),
  }),
  collections: list(
    'Collections of the restore, at most 200 of them.',
    object(
      'One collection.',
      {
        name: text('Its name after renaming, db.collection.', 512),
        phase: text('Where it stands.', 32),
        rows: amount('Rows imported.'),
      },
      { required: ['name'] },
    ),
    200,
  ),
  collectionCounts: object('How many collections, those that are not listed included.', {
    total: amount('Collections that were selected.'),
    succeeded: amount('Collections restored.'),
    skipped: amount('Collections that were already there and were left alone.'),
    failed: amount('Collections that failed.'),
    summary: told.summary,
    failures: told.failures,
  }),
};

export const restore: Kind = {
  kind: 'MilvusRestore',
  plural: 'milvusrestores',
  shortName: 'mrs',
  description: 'One restore into a Milvus; it acts once.',
  columns,
  rules: [confirmsInTime],
  spec: {
    ...fields,
    'x-kubernetes-validations': [
      ...frozen(fields, ['cancel', 'confirm'], 'make another MilvusRestore'),
      cancelIsFinal,
      ...rules,
    ],
  },
  status: told.status(
    'Where this restore stands.',
    {
      observedGeneration: told.observedGeneration,
      phase: told.phase(
        'Pending, Queued, Planning, AwaitingConfirmation, Running, Verifying, Succeeded, PartiallyFailed, Failed, Canceled',
      ),
      conditions: told.conditions('Ready, Reconciling, Stalled, Succeeded'),
      instance: text('Name of the MilvusInstance that is restored into.', 253),
      backup: text('Name of the MilvusBackup that scheduleRef came to mean.', 253),
      confirmationToken: text('Made from the UID of this object and from what would be dropped.', 64),
      ...told.backupIdentity,
      ...told.run,
      ...outcome,
    },
    [told.terminalPhase(terminal, [])],
  ),
};
