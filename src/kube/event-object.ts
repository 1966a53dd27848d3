// SPDX-License-Identifier: Apache-2.0
// The Event object and its bounds. Pure.
import { microTime } from './micro-time.ts';
import type { KubeObject, ObjectMeta, Resource } from './resource.ts';

export type Reference = {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
};

/** One piece of news about one object. */
export type News = {
  regarding: KubeObject;
  related?: KubeObject;
  type: 'Normal' | 'Warning';
  /** CamelCase, stable: people filter by it. */
  reason: string;
  /** What was done or tried, CamelCase. */
  action: string;
  /** For people. Cut at 1024 bytes. */
  note: string;
  /** Where an Event cannot be created in the object's own namespace, because that is being deleted. */
  namespace?: 'default';
};

export type Reporter = { controller: string; instance: string };

export type Event = KubeObject & {
  eventTime: string;
  type: string;
  reason: string;
  action: string;
  note: string;
  reportingController: string;
  reportingInstance: string;
  regarding: Reference;
  related?: Reference;
};

export const events: Resource = {
  group: 'events.k8s.io',
  version: 'v1',
  plural: 'events',
  kind: 'Event',
  namespaced: true,
};

const longestNote = 1024;
const longestWord = 128;
const longestName = 253;

/** `suffix` makes the name unique. */
export function newEvent(
  news: News,
  about: { reporter: Reporter; now: number; suffix: string },
): Event & { metadata: ObjectMeta & { namespace: string } } {
  const namespace = namespaceOf(news);
  const room = longestName - about.suffix.length - 1;
  // A name that is cut must not end in what a name may not end in.
  const stem = news.regarding.metadata.name.slice(0, room).replace(/[-.]+$/, '');
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { name: `${stem}.${about.suffix}`, namespace },
    eventTime: microTime(about.now),
    type: news.type,
    reason: news.reason.slice(0, longestWord),
    action: news.action.slice(0, longestWord),
    note: cut(news.note, longestNote),
    reportingController: about.reporter.controller,
    reportingInstance: about.reporter.instance.slice(0, longestWord),
    regarding: referenceTo(news.regarding, namespace),
    ...(news.related ? { related: referenceTo(news.related) } : {}),
  };
}

/** Of an object without a namespace the Event lies in `default`. */
export function namespaceOf(news: News): string {
  return news.namespace ?? news.regarding.metadata.namespace ?? 'default';
}

export function seriesOf(count: number, lastSeen: number): { series: object } {
  return { series: { count, lastObservedTime: microTime(lastSeen) } };
}

/** The server refuses an Event whose object names another namespace than the Event's own: then it is left out. */
function referenceTo({ apiVersion, kind, metadata }: KubeObject, eventNamespace?: string): Reference {
  const { name, namespace, uid, resourceVersion } = metadata;
  const isNamed = namespace !== undefined && (eventNamespace ?? namespace) === namespace;
  return {
    apiVersion,
    kind,
    name,
    ...(isNamed ? { namespace } : {}),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  };
}

/** At most so many bytes of UTF-8, no character in halves. */
function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  if (encoded.length <= bytes) return text;
  let end = bytes - 3;
  while ((encoded[end] ?? 0) >> 6 === 0b10) end -= 1;
  return `${encoded.subarray(0, end).toString()}...`;
}
