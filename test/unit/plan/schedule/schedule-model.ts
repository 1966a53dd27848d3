// SPDX-License-Identifier: Apache-2.0
// A schedule in a world of its own: a clock that a test sets, a server that keeps versions, and an operator that does
// what is decided, one write after the other, and may die after any of them.
import type { MilvusBackup, MilvusBackupSchedule, MilvusRestore } from '../../../../src/api/index.ts';
import {
  hasEnded,
  planSchedule,
  refusedSchedule,
  wantedForSchedule,
} from '../../../../src/plan/decisions.ts';
import { expiredBy } from '../../../../src/plan/expiry.ts';
import { timeText } from '../../../../src/plan/moment.ts';
import { scheduleLabel } from '../../../../src/plan/labels.ts';
import type { DesiredSchedule, ObservedSchedule } from '../../../../src/plan/schedule/observed.ts';
import { backupOf, restoreOf } from '../job-samples.ts';
import { assertStatus } from '../status-schema.ts';

export type ScheduleSpec = Partial<MilvusBackupSchedule['spec']>;

export const start = Date.parse('2026-03-02T10:10:00Z');
export const minute = 60_000;
export const hour = 60 * minute;

export function scheduleOf(spec: ScheduleSpec = {}, name = 'nightly'): MilvusBackupSchedule {
  const { backupName: _, cancel: __, hold: ___, ...template } = backupOf().spec;
  return {
    apiVersion: 'milvusbackup.dev/v1alpha1',
    kind: 'MilvusBackupSchedule',
    metadata: {
      name,
      namespace: 'ns',
      uid: `uid-of-${name}`,
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: timeText(start),
    },
    spec: {
      cron: '0 * * * *',
      timeZone: 'UTC',
      suspend: false,
      immediate: false,
      concurrencyPolicy: 'Forbid',
      missedRuns: 'RunOnce',
      resumePolicy: 'NextSlot',
      ownership: 'None',
      template: { spec: template },
      retention: { minSuccessful: 1, failedHistory: 3, dryRun: false },
      ...spec,
    },
    status: { observedGeneration: -1 },
  };
}

type Seen = Pick<ObservedSchedule, 'object' | 'backups'>;

export class ScheduleModel {
  now = start;
  object: MilvusBackupSchedule;
  readonly backups = new Map<string, MilvusBackup>();
  restores: MilvusRestore[] = [];
  hasInstance = true;
  hasStorage = true;
  /** What the server answers to the next backup that is to be made. */
  refusal: { status: number; reason: string; message: string } | undefined;
  /** Every backup that was ever made, as `name`. */
  readonly made: string[] = [];
  readonly news: string[] = [];
  statusWrites = 0;
  desired: DesiredSchedule | undefined;
  #version = 1;

  constructor(spec: ScheduleSpec = {}, name = 'nightly') {
    this.object = scheduleOf(spec, name);
  }

  get status(): MilvusBackupSchedule['status'] {
    return this.object.status;
  }

  /** As kubectl would. */
  edit(spec: ScheduleSpec): void {
    this.object = structuredClone(this.object);
    Object.assign(this.object.spec, spec);
    this.object.metadata.generation += 1;
    this.#touch();
  }

  /** What a cache would hold. */
  cache(): Seen {
    return structuredClone({ object: this.object, backups: this.#own() });
  }

  look(seen: Seen = this.cache()): ObservedSchedule {
    const observed: ObservedSchedule = {
      now: this.now,
      hasInstance: this.hasInstance,
      hasStorage: this.hasStorage,
      restores: this.restores.filter((one) => !hasEnded(one) && one.spec.instanceRef?.name === 'milvus'),
      readers: this.restores.filter((one) => !hasEnded(one)),
      found: new Map(),
      ...seen,
    };
    const names = wantedForSchedule(observed);
    const found = names.map(
      (name) => [name, structuredClone(this.backups.get(name) ?? ('absent' as const))] as const,
    );
    return { ...observed, found: new Map(found) };
  }

  /** Decides and does, at most `writes` of it. Gives how many were done. */
  reconcile({ writes = Infinity, stale }: { writes?: number; stale?: Seen } = {}): number {
    const observed = this.look(stale);
    const desired = planSchedule(observed);
    this.desired = desired;
    return this.#act(observed, desired, writes);
  }

  #act(observed: ObservedSchedule, desired: DesiredSchedule, writes: number): number {
    let done = 0;
    const isBehind = observed.object.metadata.resourceVersion !== this.object.metadata.resourceVersion;
    if (desired.create) {
      if (isBehind) return done;
      for (const { name, resourceVersion } of desired.cancel) {
        if (done++ >= writes) return done - 1;
        const backup = this.backups.get(name)!;
        if (backup.metadata.resourceVersion !== resourceVersion) return done;
        backup.spec.cancel = true;
        backup.metadata.resourceVersion = this.#next();
      }
      if (done >= writes) return done;
      if (this.refusal) {
        const refused = refusedSchedule(observed, {
          name: desired.create.metadata.name,
          error: this.refusal,
        });
        this.desired = refused;
        return this.#write(observed, refused) ? 1 : 0;
      }
      if (this.backups.has(desired.create.metadata.name)) return done;
      this.#create(desired.create);
      done += 1;
    }
    if (done >= writes) return done;
    if (this.#write(observed, desired)) done += 1;
    else if (desired.marks.length > 0 && isBehind) return done;
    for (const mark of desired.marks) {
      if (done >= writes) return done;
      if (!this.#mark(mark)) return done;
      done += 1;
    }
    return done;
  }

  #create({ metadata, spec, ...rest }: NonNullable<DesiredSchedule['create']>): void {
    const creationTimestamp = timeText(this.now);
    this.made.push(metadata.name);
    this.backups.set(metadata.name, {
      ...structuredClone(rest),
      metadata: {
        ...structuredClone(metadata),
        uid: `uid-of-${metadata.name}-${this.#version}`,
        resourceVersion: this.#next(),
        generation: 1,
        creationTimestamp,
      },
      spec: { ...structuredClone(spec), cancel: false, hold: false },
      status: { observedGeneration: -1 },
    });
  }

  #mark({ name, resourceVersion, rule }: DesiredSchedule['marks'][number]): boolean {
    const backup = this.backups.get(name);
    if (backup?.metadata.resourceVersion !== resourceVersion) return false;
    backup.metadata.annotations = { ...backup.metadata.annotations, [expiredBy]: rule };
    backup.metadata.resourceVersion = this.#next();
    return true;
  }

  #write({ object }: ObservedSchedule, { status, news }: DesiredSchedule): boolean {
    const plain = JSON.parse(JSON.stringify(status)) as MilvusBackupSchedule['status'];
    const isSame = JSON.stringify(plain) === JSON.stringify(this.object.status);
    if (!isSame) {
      if (object.metadata.resourceVersion !== this.object.metadata.resourceVersion) return false;
      assertStatus('MilvusBackupSchedule', this.object.status, plain);
      this.object = { ...this.object, status: plain };
      this.#touch();
      this.statusWrites += 1;
    }
    this.news.push(...news.map(({ type, reason, note }) => `${type} ${reason}: ${note}`));
    return !isSame;
  }

  /** Reconciles whenever it was asked for, until `end`. Backups take `takes`; Infinity: they never end. */
  run(
    end: number,
    { takes = 5 * minute, phase = 'Succeeded' }: { takes?: number; phase?: string } = {},
  ): void {
    for (let looks = 0; ; looks++) {
      if (looks > 20_000) throw new Error('it looks again and again');
      this.reconcile();
      const running = [...this.backups.values()].filter((backup) => !hasEnded(backup));
      const ends = running.map(({ metadata }) => Date.parse(metadata.creationTimestamp) + takes);
      const next = Math.min(...ends, this.desired?.requeueAt ?? Infinity);
      if (next > end) break;
      // As the queue: never sooner than after a second.
      this.now = Math.max(next, this.now + 1000);
      for (const { metadata } of running) {
        if (Date.parse(metadata.creationTimestamp) + takes <= this.now) this.end(metadata.name, phase);
      }
    }
    this.now = Math.max(this.now, end);
    this.reconcile();
  }

  begin(name: string): void {
    const backup = this.backups.get(name)!;
    backup.status = { ...backup.status, phase: 'Running', attempts: [{ number: 1 }] };
    backup.metadata.resourceVersion = this.#next();
  }

  end(name: string, phase = 'Succeeded'): void {
    const backup = this.backups.get(name)!;
    const time = timeText(this.now);
    const isDone = phase === 'Succeeded';
    backup.status = {
      observedGeneration: 1,
      phase,
      completionTime: time,
      attempts: [{ number: 1 }],
      conditions: [
        {
          type: 'Succeeded',
          status: isDone ? 'True' : 'False',
          reason: isDone ? 'Completed' : phase === 'Canceled' ? 'Canceled' : 'Unreachable',
          message: isDone ? 'done' : 'milvus does not answer',
          lastTransitionTime: time,
        },
      ],
    };
    backup.metadata.resourceVersion = this.#next();
  }

  /** Somebody else's, under this name. */
  foreign(name: string): void {
    const backup = backupOf({}, name);
    this.backups.set(name, { ...backup, status: { observedGeneration: -1 } });
  }

  restore(name: string, isAtWork = true): MilvusRestore {
    const restore = restoreOf({ instanceRef: { name: 'milvus' } }, name);
    restore.metadata.namespace = this.object.metadata.namespace;
    restore.status = { observedGeneration: 1, ...(isAtWork ? { attempts: [{ number: 1 }] } : {}) };
    this.restores.push(restore);
    return restore;
  }

  /** Names and rules of the marks that stand. */
  marks(): string[] {
    return [...this.backups.values()].flatMap(({ metadata }) => {
      const rule = metadata.annotations?.[expiredBy];
      return rule === undefined ? [] : [`${metadata.name.slice(-14, -2)} ${rule}`];
    });
  }

  condition(type: string): string | undefined {
    const found = this.status.conditions?.find((one) => one.type === type);
    return found && `${found.status} ${found.reason}`;
  }

  #own(): MilvusBackup[] {
    return [...this.backups.values()].filter(
      ({ metadata }) => metadata.labels?.[scheduleLabel] === this.object.metadata.uid,
    );
  }

  #touch(): void {
    this.object = {
      ...this.object,
      metadata: { ...this.object.metadata, resourceVersion: this.#next() },
    };
  }

  #next(): string {
    this.#version += 1;
    return String(this.#version);
  }
}

/** `hh:mm` of that day, or `dThh:mm` of so many days later. */
export function at(text: string): number {
  const [, days = '0', time] = /^(?:(\d+)T)?(\d\d:\d\d(?::\d\d)?)$/.exec(text) ?? [];
  return Date.parse(`2026-03-02T${time}Z`) + Number(days) * 24 * hour;
}

/** The slots that backups were made for, as `hhmm`, with the day where it is not the first. */
export function slots(model: ScheduleModel): string[] {
  return model.made.map((name) => {
    const [, day = '', time = ''] = /-202603(\d\d)(\d{4})\d\d$/.exec(name) ?? [];
    return day === '02' ? time : `${day}T${time}`;
  });
}
