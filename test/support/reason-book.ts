// SPDX-License-Identifier: Apache-2.0
// Messages as they stood on objects of ours, one per reason, for docs/reasons.md. What differs from run to run is masked,
// so that the same behaviour makes the same book. Pure; reason-recorder.ts reads and writes the file.
import type { ReasonBook, SeenReason } from '../../scripts/reasons-page.ts';
import { kinds } from '../../src/api/index.ts';
import { consequenceOf, isReason, reasons, type Reason } from '../../src/base/reason.ts';

export type Suite = 'cluster' | 'control plane';

/** Of an object of ours what is looked at; more may be there. */
export type Told = {
  kind: string;
  metadata: { name: string; namespace?: string | undefined; uid?: string | undefined };
  status?:
    | {
        conditions?: { type: string; reason: string; message: string }[] | undefined;
        attempts?: { reason?: string | undefined; message?: string | undefined }[] | undefined;
      }
    | undefined;
};

export type Sighting = { reason: Reason; message: string; where: string };
export type Source = { suite: Suite; test: string };

/** Whether it is one of our kinds: a pod's Unschedulable is not ours. */
export function isTold(object: unknown): object is Told {
  const { kind, metadata } = (object ?? {}) as Partial<Told>;
  return kinds.some((one) => one.kind.kind === kind) && typeof metadata?.name === 'string';
}

/** Every reason that the status tells, with its message masked: what `kubectl describe` shows. */
export function sightingsOf(object: Told): Sighting[] {
  const { conditions = [], attempts = [] } = object.status ?? {};
  const told = [
    ...conditions.map(({ type, reason, message }) => ({ where: type, reason, message })),
    ...attempts.map(({ reason = '', message = '' }) => ({ where: 'attempt', reason, message })),
  ];
  return told.flatMap(({ where, reason, message }) =>
    isReason(reason) && message !== ''
      ? [{ reason, message: maskMessage(message, object), where: `${object.kind} ${where}` }]
      : [],
  );
}

const uuid = /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g;
const jobEnd = /-[0-9a-f]{8}-([ck]?\d+)(-[a-z0-9]{5}\b)?/g;

/** Without what another run would say differently. Names stay where they are plain words: tests choose those. */
export function maskMessage(message: string, object?: Pick<Told, 'metadata'>): string {
  const { name, namespace, uid } = object?.metadata ?? {};
  let masked = message;
  if (uid !== undefined) masked = masked.replaceAll(uid, '<uid>').replaceAll(uid.slice(0, 8), '<uid>');
  for (const [text, mask] of [
    [namespace, '<namespace>'],
    // As tests call collections after it.
    [namespace?.replaceAll('-', '_'), '<namespace>'],
    [name, '<name>'],
  ] as const) {
    if (text !== undefined && /[-\d]/.test(text)) masked = masked.replaceAll(text, mask);
  }
  return masked
    .replaceAll(uuid, '<uid>')
    .replaceAll(jobEnd, (_, number: string, pod?: string) => `-<hash>-${number}${pod ? '-<pod>' : ''}`)
    .replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?/g, '<time>')
    .replaceAll(/\b\d\d:\d\d:\d\d UTC\b/g, '<time>')
    .replaceAll(/\b[0-9a-f]{16,}\b/g, '<hash>')
    .replaceAll(/\b\d{1,3}(?:\.\d{1,3}){3}\b(?::[3-6]\d{4}\b)?/g, '<address>');
}

/** What stays of a message when names and numbers are anything: two of one shape say the same. */
export function shapeOf(message: string): string {
  return maskMessage(message)
    .replaceAll(/"[^"]*"|<[^>]*>/g, '…')
    .replaceAll(/\d+(?:[.,]\d+)*/g, '#')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** In the control plane suite the test plays the engine: what that says is made up. These the operator words itself. */
const ofOperator: ReadonlySet<Reason> = new Set([
  ...reasons.filter((reason) => consequenceOf(reason) === 'wait'),
  ...(['PodRefused', 'Evicted', 'NodeLost', 'Forbidden', 'ResultUnreadable', 'Interrupted'] as const),
  ...(['InvalidConfiguration', 'TargetReadOnly', 'IdentityConflict', 'CleanupFailed'] as const),
  ...(['DeletionTimedOut', 'DeadlineExceeded', 'Canceled', 'InProgress'] as const),
]);

/** The book with what was seen: the cluster outranks the control plane, Ready what stands elsewhere, old what is new. */
export function addSightings(book: ReasonBook, sightings: readonly Sighting[], source: Source): ReasonBook {
  const next = new Map(Object.entries(book) as [Reason, SeenReason][]);
  for (const { reason, message, where } of sightings) {
    if (source.suite === 'control plane' && !ofOperator.has(reason)) continue;
    const entry = { message, where, ...source };
    const old = next.get(reason);
    const isRenewed = old?.test === source.test && !holdsShape(sightings, reason, old.message);
    if (!old || isRenewed || rankOf(entry) > rankOf(old)) next.set(reason, entry);
  }
  const ordered = reasons.flatMap((reason) => {
    const entry = next.get(reason);
    return entry ? [[reason, entry]] : [];
  });
  return Object.fromEntries(ordered) as ReasonBook;
}

/**
 * What this test was recorded to say and now says otherwise. A reason that it did not meet this time is no matter, nor what
 * is said in passing: it depends on when one looks.
 */
export function differencesFrom(book: ReasonBook, sightings: readonly Sighting[], test: string): string[] {
  return (Object.entries(book) as [Reason, SeenReason][]).flatMap(
    ([reason, { message, test: recordedBy }]) => {
      const now = sightings.find((sighting) => sighting.reason === reason);
      const isPassing = reason === 'InProgress' || consequenceOf(reason) === 'wait';
      if (recordedBy !== test || isPassing || !now || holdsShape(sightings, reason, message)) return [];
      return [`${reason} was recorded as\n  ${message}\nand is now, for one,\n  ${now.message}`];
    },
  );
}

function holdsShape(sightings: readonly Sighting[], reason: Reason, message: string): boolean {
  const shape = shapeOf(message);
  return sightings.some((seen) => seen.reason === reason && shapeOf(seen.message) === shape);
}

function rankOf({ suite, where }: Pick<SeenReason, 'suite' | 'where'>): number {
  return (suite === 'cluster' ? 2 : 0) + (where.endsWith(' Ready') ? 1 : 0);
}
