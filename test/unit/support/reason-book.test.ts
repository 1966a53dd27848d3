// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { ReasonBook } from '../../../scripts/reasons-page.ts';
import {
  addSightings,
  differencesFrom,
  isTold,
  maskMessage,
  shapeOf,
  sightingsOf,
  type Sighting,
} from '../../support/reason-book.ts';

const uid = '0a1b2c3d-1111-2222-3333-444455556666';

describe('a message', () => {
  const metadata = { name: 'wanted-7', namespace: 'ns-12', uid };
  it.each([
    ['run 0a1b2c3d-1111-2222-3333-444455556666 holds it', 'run <uid> holds it'],
    ['backup wanted_7_0a1b2c3d is there', 'backup wanted_7_<uid> is there'],
    ['MilvusBackup ns-12/wanted-7', 'MilvusBackup <namespace>/<name>'],
    ['collection default.ns_12_c', 'collection default.<namespace>_c'],
    ['Job first-9f8e7d6c-2 failed', 'Job first-<hash>-2 failed'],
    ['pod first-9f8e7d6c-c1-x2z9q of Job', 'pod first-<hash>-c1-<pod> of Job'],
    ['checked 2026-01-02T03:04:05Z', 'checked <time>'],
    ['checked 2026-01-02T03:04:05.678Z', 'checked <time>'],
    ['follows at 03:04:05 UTC', 'follows at <time>'],
    ['connect ECONNREFUSED 10.89.0.5:19530', 'connect ECONNREFUSED <address>:19530'],
    ['at 10.245.0.1:43927, a port of the moment', 'at <address>, a port of the moment'],
    [`digest ${'ab'.repeat(32)}`, 'digest <hash>'],
    ['3 of 5 attempts', '3 of 5 attempts'],
  ])('%s', (message, masked) => expect(maskMessage(message, { metadata })).toBe(masked));

  it('keeps names that are words', () => {
    expect(maskMessage('MilvusInstance milvus', { metadata: { name: 'milvus', namespace: 'lab' } })).toBe(
      'MilvusInstance milvus',
    );
  });

  it.each([
    ['"a" took 3 s', '"bb" took 1,204.5 s', true],
    ['Job a-9f8e7d6c-1', 'Job a-11112222-12', true],
    ['"a" took 3 s', '"a" took 3 min', false],
  ])('%s has the shape of %s: %s', (one, other, same) => expect(shapeOf(one) === shapeOf(other)).toBe(same));
});

it('is told by conditions and attempts', () => {
  const object = {
    kind: 'MilvusBackup',
    metadata: { name: 'b', uid },
    status: {
      conditions: [
        { type: 'Ready', reason: 'Unreachable', message: `run ${uid}` },
        { type: 'Stalled', reason: 'Invented', message: 'x' },
      ],
      attempts: [{ reason: 'OutOfMemory', message: 'm' }, {}],
    },
  };
  expect(sightingsOf(object)).toEqual([
    { reason: 'Unreachable', message: 'run <uid>', where: 'MilvusBackup Ready' },
    { reason: 'OutOfMemory', message: 'm', where: 'MilvusBackup attempt' },
  ]);
  expect(sightingsOf({ kind: 'MilvusBackup', metadata: { name: 'b' } })).toEqual([]);
  expect(isTold(object)).toBe(true);
  expect([undefined, {}, { kind: 'Pod', metadata: { name: 'p' } }].some(isTold)).toBe(false);
});

describe('the book', () => {
  const seen = (message: string, where = 'MilvusBackup Ready'): Sighting => ({
    reason: 'Canceled',
    message,
    where,
  });
  const here = { suite: 'control plane', test: 'a.test.ts' } as const;
  const entry = (message: string, more: object = {}): ReasonBook => ({
    Canceled: { message, where: 'MilvusBackup Ready', ...here, ...more },
  });

  it.each<[string, ReasonBook, Sighting[], ReasonBook]>([
    ['takes what is new', {}, [seen('m 1')], entry('m 1')],
    ['keeps what is said the same way', entry('m 1'), [seen('m 2')], entry('m 1')],
    ['renews what its own test says otherwise', entry('m 1'), [seen('n 2')], entry('n 2')],
    ['keeps what one of several says', entry('m 1'), [seen('n'), seen('m 3')], entry('m 1')],
    ["leaves another test's alone", entry('m', { test: 'b' }), [seen('n')], entry('m', { test: 'b' })],
    ['prefers Ready', {}, [seen('s', 'MilvusBackup Stalled'), seen('r')], entry('r')],
  ])('%s', (_, book, sightings, next) => expect(addSightings(book, sightings, here)).toEqual(next));

  it('takes no words of an engine that a test plays', () => {
    const played: Sighting[] = [{ ...seen('m'), reason: 'Unreachable' }];
    expect(addSightings({}, played, here)).toEqual({});
    expect(addSightings({}, played, { suite: 'cluster', test: 'c' })).toHaveProperty('Unreachable');
  });

  it('prefers the cluster, and keeps the order of the list', () => {
    const cluster = { suite: 'cluster', test: 'c.test.ts' } as const;
    const sightings: Sighting[] = [
      seen('n'),
      { reason: 'Queued', message: 'q', where: 'MilvusBackup Ready' },
    ];
    const book = addSightings(entry('m'), sightings, cluster);
    expect(Object.keys(book)).toEqual(['Queued', 'Canceled']);
    expect(book.Canceled?.message).toBe('n');
    expect(addSightings(book, [seen('o')], here)).toEqual(book);
  });

  it('shows what its test says otherwise, and nothing else', () => {
    const [difference] = differencesFrom(entry('m 1'), [seen('n 2')], 'a.test.ts');
    expect(difference).toContain('Canceled was recorded as\n  m 1\n');
    expect(differencesFrom(entry('m 1'), [seen('n'), seen('m 2')], 'a.test.ts')).toEqual([]);
    expect(differencesFrom(entry('m 1'), [seen('n 2')], 'b.test.ts')).toEqual([]);
    expect(differencesFrom(entry('m 1'), [], 'a.test.ts')).toEqual([]);
    const passing: ReasonBook = { InProgress: entry('m').Canceled! };
    expect(differencesFrom(passing, [{ ...seen('n'), reason: 'InProgress' }], 'a.test.ts')).toEqual([]);
  });
});
