// SPDX-License-Identifier: Apache-2.0
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reasons } from '../../../src/base/reason.ts';
import { cutMessage, cutText, fitRecord } from '../../../src/contract/cut.ts';
import { createSteps, restoreSteps, type Event } from '../../../src/contract/event.ts';
import { parseEvent, parseResult, parseResultLine } from '../../../src/contract/protocol-parse.ts';
import {
  createListDigest,
  encodeEvent,
  encodeResult,
  encodeResultLine,
  maxLineBytes,
  maxResultBytes,
} from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';

const reason = fc.constantFrom(...reasons);
const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const date = fc
  .date({ min: new Date(0), max: new Date('9999-01-01'), noInvalidDate: true })
  .map((at) => at.toISOString());
const hex = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'.split('')),
  minLength: 64,
  maxLength: 64,
});
/** Everything a string can hold: astral characters, control characters, halves of pairs. */
const codePoint = fc
  .oneof(fc.nat({ max: 0x7f }), fc.nat({ max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));
const anyText = (maxLength: number) => fc.string({ unit: codePoint, maxLength });

function resultOf(texts: number, list: number): fc.Arbitrary<Result> {
  const warning = fc.record({ reason, message: anyText(texts) });
  return fc.record(
    {
      v: fc.constant(1 as const),
      command: fc.constantFrom('create', 'restore', 'delete'),
      outcome: fc.constantFrom('Succeeded' as const, 'PartiallyFailed' as const, 'Failed' as const),
      reason,
      message: anyText(texts),
      engineVersion: fc.constant('0.1.0'),
      runId: fc.uuid(),
      attempt: count,
      backupName: fc.stringMatching(/^[a-z_]{1,100}$/),
      path: fc.stringMatching(/^[a-z/]{1,200}$/),
      manifestDigest: hex,
      dryRun: fc.boolean(),
      drops: fc.record({ count, sha256: hex }),
      collections: fc.record({
        total: count,
        succeeded: count,
        dropped: count,
        skipped: count,
        failed: count,
      }),
      failures: fc.array(fc.record({ name: anyText(100), reason, message: anyText(texts) }), {
        maxLength: list,
      }),
      rows: fc.record({ planned: count, imported: count, live: count }, { requiredKeys: [] }),
      backups: fc.record({ count, bytes: count }),
      size: fc.record({ bytes: count, objects: count }),
      milvusVersion: fc.constant('v2.3.5'),
      consistencyTimestamp: fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String),
      startTime: date,
      endTime: date,
      warnings: fc.array(warning, { maxLength: list }),
      runningImports: fc.array(fc.bigInt({ min: 0n, max: 2n ** 63n }).map(String), { maxLength: list }),
      lists: fc.record({ plan: fc.record({ count, sha256: hex }) }, { requiredKeys: [] }),
    },
    { requiredKeys: ['v', 'command', 'outcome', 'reason', 'message', 'engineVersion'] },
  );
}

describe('result', () => {
  it('comes back as it was said while it is short', () => {
    fc.assert(
      fc.property(resultOf(60, 2), (result) => {
        expect(parseResult(encodeResult(result))).toEqual(result);
        expect(parseResultLine(encodeResultLine(result))).toEqual(result);
      }),
    );
  });

  it('keeps its bound and what decides, however long it is', () => {
    fc.assert(
      fc.property(resultOf(2000, 60), (result) => {
        const text = encodeResult(result);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(maxResultBytes);
        expect(Buffer.from(text).toString()).toBe(text);
        const read = parseResult(text);
        for (const key of [
          'v',
          'command',
          'outcome',
          'reason',
          'runId',
          'backupName',
          'manifestDigest',
          'dryRun',
          'drops',
        ] as const) {
          expect(read?.[key]).toEqual(result[key]);
        }
        expect(parseResultLine(encodeResultLine(result))?.reason).toBe(result.reason);
      }),
      { numRuns: 60 },
    );
  });

  it('cuts lists before texts', () => {
    const failures = Array.from({ length: 300 }, (_, i) => ({
      name: `default.collection_${i}`,
      reason: 'CollectionChanging' as const,
      message: 'x'.repeat(400),
    }));
    const read = parseResult(encodeResult({ ...least, message: 'm'.repeat(600), failures }));
    expect(read?.message).toBe(`${'m'.repeat(255)}…${'m'.repeat(256)}`);
    expect(read?.failures?.length).toBeGreaterThan(3);
    expect(read?.failures?.[0]?.name).toBe('default.collection_0');
  });

  it('ignores what it does not know', () => {
    const newer = JSON.stringify({ ...least, colour: 'blue', rows: { planned: 1, guessed: 2 } });
    expect(parseResult(newer)).toEqual({ ...least, rows: { planned: 1 } });
  });

  it.each([
    ['another version', { v: 2 }],
    ['no version', { v: undefined }],
    ['an unknown reason', { reason: 'Bored' }],
    ['an inherited name as reason', { reason: 'toString' }],
    ['an unknown outcome', { outcome: 'Perhaps' }],
    ['a message that is too long', { message: 'x'.repeat(513) }],
    ['a number as message', { message: 7 }],
    ['a negative count', { size: { bytes: -1, objects: 0 } }],
    ['a count beyond safety', { size: { bytes: 2 ** 53, objects: 0 } }],
    ['half a size', { size: { bytes: 1 } }],
    ['a digest that is none', { manifestDigest: 'zz' }],
    ['drops without their digest', { drops: { count: 1 } }],
    ['a time that is none', { startTime: 'yesterday' }],
    ['a list with a stranger in it', { warnings: [{ reason: 'ClockSkew', message: 'a' }, 'b'] }],
    ['an object as list', { failures: { length: 0 } }],
    ['null in place of an object', { rows: null }],
  ])('is not taken with %s', (_, change) => {
    expect(parseResult(JSON.stringify({ ...least, ...change }))).toBeUndefined();
  });

  it.each(['', '{', 'null', '[]', '"x"', '1e999', '{"__proto__":{"v":1}}', '['.repeat(3000)])(
    'is not taken from %s',
    (text) => {
      expect(parseResult(text)).toBeUndefined();
    },
  );

  it('is not read above its bound', () => {
    expect(parseResult(JSON.stringify({ ...least, padding: 'x'.repeat(5000) }))).toBeUndefined();
  });
});

describe('events', () => {
  it.each([...createSteps, ...restoreSteps, 'Deleting', 'Checking'] as const)('tell of step %s', (step) => {
    const event: Event = { event: 'progress', ...progress, step, collection: 'db.c' };
    expect(parseEvent(encodeEvent(event))).toEqual(event);
  });

  it('fit on a line of 1 KiB, whatever they carry', () => {
    const item = fc.dictionary(fc.stringMatching(/^[a-z]{1,20}$/), fc.anything({ withBigInt: true }));
    const event = fc.oneof(
      fc.record({ event: fc.constant('warning' as const), reason, message: anyText(3000) }),
      fc.record({ event: fc.constant('item' as const), list: fc.constant('plan' as const), item }),
      fc
        .record({ event: fc.constant('progress' as const), collection: anyText(3000) })
        .map((said) => ({ ...progress, ...said })),
    );
    fc.assert(
      fc.property(event, (said) => {
        const line = encodeEvent(said);
        expect(Buffer.byteLength(line)).toBeLessThan(maxLineBytes);
        expect(line).not.toContain('\n');
        expect(parseEvent(line)?.event).toBe(said.event);
      }),
    );
  });

  it('keep the name of an item and shorten its text', () => {
    const line = encodeEvent({
      event: 'item',
      list: 'failures',
      item: { name: 'db.c', reason: 'MilvusError', message: 'é'.repeat(2000), id: 9_007_199_254_740_993n },
    });
    expect(parseEvent(line)).toMatchObject({
      item: { name: 'db.c', reason: 'MilvusError', id: '9007199254740993' },
    });
    expect(Buffer.byteLength(line)).toBeGreaterThan(900);
  });

  it('never throw and never make something of garbage', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText(200),
          fc.json(),
          fc.anything().map((any) => JSON.stringify(any) ?? ''),
        ),
        (text) => {
          expect(parseResult(text)).toBeUndefined();
          expect(parseEvent(text)).toBeUndefined();
          expect(parseResultLine(text)).toBeUndefined();
        },
      ),
    );
  });

  it('do not take a result line for one of them', () => {
    expect(parseEvent(encodeResultLine(least))).toBeUndefined();
  });
});

describe('list digest', () => {
  it('covers each line and its newline', () => {
    const digest = createListDigest();
    expect(digest.value().count).toBe(0);
    digest.add('{"a":1}');
    digest.add('{"a":2}');
    // printf '{"a":1}\n{"a":2}\n' | sha256sum
    expect(digest.value()).toEqual({
      count: 2,
      sha256: 'e91bd3062f38c3f1df2165d987872b022fb39a08c642a6fbc3b862dd2a2aaf24',
    });
  });
});

describe('cutting', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a😀b', 3, 'a…'],
    ['😀😀', 3, '😀…'],
  ])('%s to %i', (text, max, cut) => {
    expect(cutText(text, max)).toBe(cut);
  });

  it.each([
    ['found at home: do it', 20, 'found at home: do it'],
    ['found at home: do it', 11, 'found…do it'],
    ['found at home: do it', 10, 'foun…do it'],
    ['😀😀😀😀', 5, '😀…😀'],
    ['😀😀😀😀', 4, '…😀'],
  ])('of a message keep both ends: %j to %i', (text, max, cut) => {
    expect(cutMessage(text, max)).toBe(cut);
  });

  it('removes what cannot be shortened, longest first', () => {
    expect(fitRecord({ name: 'n', a: [1, 2, 3, 4], b: 12 }, 20, ['name'])).toEqual({ name: 'n', b: 12 });
  });
});

const least: Result = {
  v: 1,
  command: 'create',
  outcome: 'Succeeded',
  reason: 'Completed',
  message: 'done',
  engineVersion: '0.1.0',
};

const progress = {
  step: 'Copying' as const,
  percent: 12,
  collectionsDone: 1,
  collectionsTotal: 3,
  objectsDone: 10,
  objectsTotal: 20,
  bytesDone: 1000,
  bytesTotal: 2000,
  bytesPerSecond: 100,
  etaSeconds: 10,
  time: '2026-11-20T15:00:00.000Z',
};
