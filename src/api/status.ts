// SPDX-License-Identifier: Apache-2.0
// Shapes of a status. No enum and no upper bound that a newer operator could outgrow: what an older CRD refuses, the
// newer operator could never write.
import { amount, list, object, text, time, type Properties, type Rule, type Schema } from './schema.ts';

export const condition: Schema = object(
  'One condition, as Kubernetes writes them.',
  {
    type: text('What the condition is about.', 316, { minLength: 1 }),
    status: text('True, False or Unknown.', 16, { minLength: 1 }),
    reason: text('Why, in one word of the closed list of reasons.', 1024, { minLength: 1 }),
    message: text('What was found, where, and what to do.', 32_768),
    lastTransitionTime: time('When the status last changed.'),
    observedGeneration: { ...amount('The generation of the object that this was said about.') },
  },
  { required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'] },
);

export const observedGeneration: Schema = {
  description: 'The generation of the object that this status is about; -1 before the operator has seen it.',
  type: 'integer',
  format: 'int64',
  minimum: -1,
};

export function conditions(types: string): Schema {
  return list(`What holds for this object: ${types}.`, condition, 16, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  });
}

/** A status, as it stands before anybody has written one. Without the default kstatus would call it Current. */
export function status(description: string, properties: Properties, rules: Rule[] = []): Schema {
  return object(description, properties, { rules, more: { default: { observedGeneration: -1 } } });
}

/** Phases that end a run stay, but for the ways out. */
export function terminalPhase(terminal: readonly string[], waysOut: readonly string[]): Rule {
  const words = (phases: readonly string[]) => `[${phases.map((phase) => `'${phase}'`).join(', ')}]`;
  const stays = 'self.phase == oldSelf.phase';
  const next = waysOut.length > 0 ? `(${stays} || self.phase in ${words(waysOut)})` : stays;
  return {
    rule: `!has(oldSelf.phase) || !(oldSelf.phase in ${words(terminal)}) || (has(self.phase) && ${next})`,
    message: 'a phase that has ended the run is final',
    reason: 'FieldValueForbidden',
    fieldPath: '.phase',
  };
}

/** Of a phase; a summary of the conditions for printing. */
export function phase(words: string): Schema {
  return text(`Summary of the conditions, for people: ${words}.`, 32);
}

const attempt = object(
  'One attempt: one Job.',
  {
    number: { ...amount('Number of the attempt, from 1.') },
    jobName: text('Name of its Job.', 253),
    startTime: time('When its Job was made.'),
    endTime: time('When it ended.'),
    exitCode: {
      description: 'Exit code of the engine, where it ended by itself.',
      type: 'integer',
      format: 'int32',
    },
    reason: text('Why it ended, of the closed list of reasons.', 1024),
    message: text('What was found, where, and what to do.', 1024),
  },
  { required: ['number'] },
);

const progress = object('How far the run is: a hint, at most every ten seconds.', {
  step: text('What is being done.', 64),
  percent: { ...amount('Share that is done, of 100.') },
  collectionsDone: amount('Collections done.'),
  collectionsTotal: amount('Collections there are to do.'),
  bytesDone: amount('Bytes done.'),
  bytesTotal: amount('Bytes there are to do.'),
  objectsDone: amount('Objects done.'),
  objectsTotal: amount('Objects there are to do.'),
  bytesPerSecond: amount('Speed at present.'),
  etaSeconds: amount('Seconds that remain at this speed.'),
  time: time('When this was said.'),
});

/** Collections that failed, by name: at most 20. */
export const failures: Schema = list(
  'Collections that failed, at most 20 of them.',
  object(
    'One collection that failed.',
    {
      name: text('Name of the collection, db.collection.', 512),
      reason: text('Why, of the closed list of reasons.', 1024),
      message: text('What was found, where, and what to do.', 1024),
    },
    { required: ['name'] },
  ),
  20,
);

/** Done and total in one text: a printer column cannot put two fields together. */
export const summary: Schema = text('Collections done and there in all, for printing: 9/12.', 64);

/** What every run tells. */
export const run: Properties = {
  startTime: time('When the first attempt began.'),
  completionTime: time('When the run ended, however it did.'),
  duration: text('From start to completion, for printing: 12m30s.', 32),
  queuePosition: {
    ...amount(
      'Its place in line while it waits for its turn: 1 is the next. Beyond 10 it may be wrong by a tenth.',
    ),
  },
  attempts: list('The latest attempts, at most five.', attempt, 5, {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['number'],
  }),
  progress,
  logTail: text('The end of the log of a failed attempt, at most 2 KiB.', 2048),
};

/** Which backup a run is about. */
export const backupIdentity: Properties = {
  backupName: text('Name of the backup in its store.', 255),
  path: text('Folder of the backup below the bucket, with a slash at its end.', 1024),
  storageFingerprint: text('Fingerprint of the storage that the backup lies in.', 128),
  manifestDigest: text('SHA-256 in hex of the manifest that was read back from the store.', 128),
  formatVersion: text('Version of the format of the backup.', 64),
  milvusVersion: text('Version of the Milvus that the run was about.', 64),
  engineVersion: text('Version of the engine that did the work.', 64),
};
