// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { createListDigest, encodeEvent } from '../../../src/contract/protocol.ts';
import { listIn, progressIn, resultIn, tailOf } from '../../../src/plan/log-tail.ts';

const progress = {
  event: 'progress' as const,
  step: 'Copying' as const,
  percent: 10,
  collectionsDone: 0,
  collectionsTotal: 1,
  objectsDone: 0,
  objectsTotal: 1,
  bytesDone: 0,
  bytesTotal: 1,
  bytesPerSecond: 1,
  time: '2026-01-01T00:00:00Z',
};

describe('progress in a log', () => {
  it.each<[string, string, number | undefined]>([
    ['nothing', '', undefined],
    ['one', `${encodeEvent(progress)}\n`, 10],
    ['the last of two', `${encodeEvent(progress)}\n${encodeEvent({ ...progress, percent: 20 })}\n`, 20],
    ['before other lines', `${encodeEvent(progress)}\nsomething else\n{"event":"warning"}\n`, 10],
    ['one that was cut', encodeEvent(progress).slice(0, 40), undefined],
    ['a first line cut in halves', `tal":1}\n${encodeEvent(progress)}`, 10],
    ['an unknown step', encodeEvent(progress).replace('Copying', 'Dancing'), undefined],
  ])('%s', (_name, log, percent) => {
    expect(progressIn(log)?.percent).toBe(percent);
  });
});

describe('the result in a log', () => {
  it('is no other line', () => {
    expect(resultIn(`${encodeEvent(progress)}\n{"event":"result"}\n`)).toBeUndefined();
  });
});

describe('a list in a log', () => {
  const lines = ['a', 'b', 'c'].map((name) => encodeEvent({ event: 'item', list: 'plan', item: { name } }));
  const digest = createListDigest();
  lines.forEach((line) => digest.add(line));

  it.each<[string, string[], string[] | undefined]>([
    ['whole', lines, ['a', 'b', 'c']],
    [
      'between others',
      [
        lines[0]!,
        'noise',
        encodeEvent({ event: 'item', list: 'failures', item: { name: 'x' } }),
        lines[1]!,
        lines[2]!,
      ],
      ['a', 'b', 'c'],
    ],
    ['short of one', lines.slice(1), undefined],
    ['with one twice', [...lines, lines[0]!], undefined],
    ['in another order', lines.toReversed(), undefined],
    ['changed', [lines[0]!, lines[1]!, lines[2]!.replace('"c"', '"d"')], undefined],
  ])('%s', (_name, log, names) => {
    expect(listIn(log.join('\n'), 'plan', digest.value())?.map(({ name }) => name)).toEqual(names);
  });
});

describe('the end of a log', () => {
  it('is what is no event, at most 2 KiB, without secrets', () => {
    expect(tailOf(`${encodeEvent(progress)}\nfirst\nsecond\n`)).toBe('first\nsecond');
    expect(tailOf(encodeEvent(progress))).toBeUndefined();
    const long = tailOf(Array.from({ length: 500 }, (_, i) => `line ${i}`).join('\n'))!;
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(2048);
    expect(long.endsWith('line 499')).toBe(true);
    const wide = tailOf('ü'.repeat(5000))!;
    expect(Buffer.byteLength(wide)).toBeLessThanOrEqual(2048);
    expect(wide).toMatch(/^ü+$/);
    expect(tailOf('secretAccessKey: hunter2hunter2')).not.toContain('hunter2');
  });
});
