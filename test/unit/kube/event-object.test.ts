// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { namespaceOf, newEvent, seriesOf, type News } from '../../../src/kube/event-object.ts';
import { widget } from './objects.ts';

const news: News = {
  regarding: widget('x/a'),
  type: 'Normal',
  reason: 'Painted',
  action: 'Paint',
  note: 'It is blue now.',
};
const about = {
  reporter: { controller: 'test.example/painter', instance: 'painter-0' },
  now: Date.parse('2026-11-20T12:00:00.5Z'),
  suffix: 'abc',
};
const make = (more: Partial<News> = {}) => newEvent({ ...news, ...more }, about);

describe('an Event', () => {
  it('says who, what, why and when', () => {
    expect(make()).toEqual({
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'a.abc', namespace: 'x' },
      eventTime: '2026-11-20T12:00:00.500000Z',
      type: 'Normal',
      reason: 'Painted',
      action: 'Paint',
      note: 'It is blue now.',
      reportingController: 'test.example/painter',
      reportingInstance: 'painter-0',
      regarding: {
        apiVersion: 'test.example/v1',
        kind: 'Widget',
        name: 'a',
        namespace: 'x',
        uid: 'u-a',
        resourceVersion: '1',
      },
    });
  });

  it('names what else it is about, in its own namespace', () => {
    const related = widget('y/b');
    expect(make({ related }).related).toMatchObject({ name: 'b', namespace: 'y' });
  });

  it.each<[string, Partial<News>, string, string | undefined]>([
    ["lies in its object's namespace", {}, 'x', 'x'],
    [
      'of a cluster-scoped object lies in default',
      { regarding: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } } },
      'default',
      undefined,
    ],
    ['whose namespace goes lies in default and names none', { namespace: 'default' }, 'default', undefined],
    [
      'in default about an object of default',
      { namespace: 'default', regarding: widget('default/a') },
      'default',
      'default',
    ],
  ])('%s', (_name, more, namespace, regardingNamespace) => {
    const event = make(more);
    expect(event.metadata.namespace).toBe(namespace);
    expect(namespaceOf({ ...news, ...more })).toBe(namespace);
    expect(event.regarding.namespace).toBe(regardingNamespace);
  });

  it.each([
    ['short', 'fine', 'fine'],
    ['exactly as long as allowed', 'x'.repeat(1024), 'x'.repeat(1024)],
    ['too long', 'x'.repeat(1025), `${'x'.repeat(1021)}...`],
    ['too long in characters of two bytes', 'ä'.repeat(600), `${'ä'.repeat(510)}...`],
    ['too long in characters of four bytes', '🐘'.repeat(300), `${'🐘'.repeat(255)}...`],
  ])('cuts a note that is %s', (_name, note, expected) => {
    const written = make({ note }).note;
    expect(written).toBe(expected);
    expect(Buffer.byteLength(written)).toBeLessThanOrEqual(1024);
  });

  it('keeps words within 128 characters', () => {
    const event = make({ reason: 'R'.repeat(200), action: 'A'.repeat(200) });
    expect([event.reason.length, event.action.length]).toEqual([128, 128]);
  });

  it.each([
    ['a long name', 'n'.repeat(253), 'n'.repeat(249)],
    ['a long name that is cut after a dot', `${'n'.repeat(248)}.end`, 'n'.repeat(248)],
    ['a long name that is cut after a dash', `${'n'.repeat(247)}-.end`, 'n'.repeat(247)],
  ])('gives %s room for its suffix', (_name, name, stem) => {
    const event = make({ regarding: widget(`x/${name}`) });
    expect(event.metadata.name).toBe(`${stem}.abc`);
    expect(event.metadata.name.length).toBeLessThanOrEqual(253);
  });

  it('of a series says how often and when last', () => {
    expect(seriesOf(3, Date.parse('2026-11-20T12:00:00Z'))).toEqual({
      series: { count: 3, lastObservedTime: '2026-11-20T12:00:00.000000Z' },
    });
  });
});
