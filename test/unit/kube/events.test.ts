// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/kube/api-error.ts';
import type { Event, News } from '../../../src/kube/event-object.ts';
import { EventRecorder, type RecorderOptions } from '../../../src/kube/events.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { widget } from './objects.ts';
import { keepingLog } from './stub-log.ts';

type Bench = {
  clock: FakeClock;
  recorder: EventRecorder;
  /** What reached the server: `create <note>` and `count <n>`. */
  calls: string[];
  outcomes: string[];
  stop: AbortController;
  ended: Promise<void>;
};

function start(trouble: () => Error | undefined = () => undefined): Bench {
  const clock = new FakeClock();
  const calls: string[] = [];
  const outcomes: string[] = [];
  const call = async (what: string): Promise<void> => {
    await Promise.resolve();
    calls.push(what);
    const wrong = trouble();
    if (wrong) throw wrong;
  };
  const rest: RecorderOptions['rest'] = {
    async create(_resource, object) {
      await call(`create ${(object as unknown as Event).note}`);
      return object;
    },
    async patch(_resource, name, { body }) {
      await call(`count ${(body as { series: { count: number } }).series.count}`);
      return name as never;
    },
  };
  const recorder = new EventRecorder({
    rest,
    clock,
    log: keepingLog(),
    reporter: { controller: 'test.example/painter', instance: 'painter-0' },
    fieldManager: 'test',
    observer: (outcome) => outcomes.push(outcome),
  });
  const stop = new AbortController();
  return { clock, recorder, calls, outcomes, stop, ended: recorder.run(stop.signal) };
}

const news = (note: string, more: Partial<News> = {}): News => ({
  regarding: widget('x/a'),
  type: 'Warning',
  reason: 'Failed',
  action: 'Paint',
  note,
  ...more,
});

describe('recording', () => {
  it('writes news at once and in order', async () => {
    const { recorder, calls, outcomes } = start();
    recorder.record(news('one'));
    await settle();
    recorder.record(news('two'));
    recorder.record(news('three'));
    await settle();
    expect(calls).toEqual(['create one', 'create two', 'create three']);
    expect(outcomes).toEqual(['written', 'written', 'written']);
  });

  it('makes of a thousand times the same two writes', async () => {
    const { clock, recorder, calls } = start();
    for (let time = 0; time < 1000; time++) recorder.record(news('again'));
    await clock.advance(120_000);
    expect(calls).toEqual(['create again', 'count 1000']);
  });

  it('tells a count that grows once a minute, and is quiet when it does not', async () => {
    const { clock, recorder, calls } = start();
    recorder.record(news('again'));
    for (let second = 0; second < 180; second++) {
      await clock.advance(1000);
      recorder.record(news('again'));
    }
    expect(calls.slice(0, 3)).toEqual(['create again', 'count 60', 'count 120']);
    await clock.advance(60_000);
    const before = calls.length;
    await clock.advance(300_000);
    expect(calls.length).toBe(before);
  });

  it.each<[string, Partial<News>]>([
    ['another object', { regarding: widget('x/b') }],
    ['another type', { type: 'Normal' }],
    ['another reason', { reason: 'Refused' }],
    ['another action', { action: 'Wash' }],
    ['another text', { note: 'different' }],
    ['a new object under the old name', { regarding: widget('x/a', { uid: 'other' }) }],
  ])('takes %s for other news', async (_name, more) => {
    const { recorder, calls } = start();
    recorder.record(news('same'));
    recorder.record(news('same', more));
    await settle();
    expect(calls).toHaveLength(2);
  });

  it('takes the same for new again after six minutes of quiet', async () => {
    const { clock, recorder, calls } = start();
    recorder.record(news('same'));
    await clock.advance(430_000);
    recorder.record(news('same'));
    await clock.advance(1000);
    expect(calls).toEqual(['create same', 'create same']);
  });

  it('counts texts beyond ten about one thing with the last of them', async () => {
    const { clock, recorder, calls } = start();
    for (let text = 0; text < 50; text++) recorder.record(news(`text ${text}`));
    await clock.advance(120_000);
    expect(calls).toHaveLength(11);
    expect(calls.at(-1)).toBe('count 41');
  });

  it('drops what is beyond a thousand at once', async () => {
    const { recorder, calls, outcomes } = start();
    for (let object = 0; object < 1200; object++)
      recorder.record(news('x', { regarding: widget(`x/w${object}`) }));
    expect(outcomes).toEqual(Array.from({ length: 200 }, () => 'dropped'));
    // The bench answers in no time; each answer takes a few turns of the loop.
    for (let turn = 0; turn < 2000 && calls.length < 1000; turn++) await settle();
    expect(calls).toHaveLength(1000);
  });

  it('has no timer while there is nothing to remember', async () => {
    const { clock, recorder } = start();
    await settle();
    expect(clock.sleeping).toBe(0);
    recorder.record(news('x'));
    await clock.advance(500_000);
    expect(clock.sleeping).toBe(0);
  });
});

describe('trouble', () => {
  const failing =
    (...errors: (ApiError | undefined)[]): (() => ApiError | undefined) =>
    () =>
      errors.shift();
  const error = (status: number, retryAfter?: number): ApiError =>
    new ApiError('x', { status, reason: 'x', retryAfter });

  it.each<[string, ApiError[], string[], string]>([
    ['an unreachable server is asked again', [error(0)], ['create x', 'create x'], 'written'],
    ['so is a broken one', [error(500), error(503)], ['create x', 'create x', 'create x'], 'written'],
    [
      'but three times at most',
      [error(500), error(500), error(500)],
      ['create x', 'create x', 'create x'],
      'dropped',
    ],
    ['a refusal is final', [error(403)], ['create x'], 'dropped'],
    ['so is a namespace that is going', [error(404)], ['create x'], 'dropped'],
  ])('%s', async (_name, errors, expected, outcome) => {
    const { clock, recorder, calls, outcomes } = start(failing(...errors));
    recorder.record(news('x'));
    await clock.advance(10_000);
    expect([calls, outcomes]).toEqual([expected, [outcome]]);
  });

  it('waits as long as a busy server asks', async () => {
    const { clock, recorder, calls } = start(failing(error(429, 5)));
    recorder.record(news('x'));
    await clock.advance(4999);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls).toHaveLength(2);
  });

  it('what was dropped is news when it comes again', async () => {
    const { clock, recorder, calls } = start(failing(error(403)));
    recorder.record(news('x'));
    await clock.advance(1000);
    recorder.record(news('x'));
    await clock.advance(1000);
    expect(calls).toEqual(['create x', 'create x']);
  });

  it('an Event that has gone meanwhile is written anew', async () => {
    const { clock, recorder, calls } = start(failing(undefined, error(404)));
    recorder.record(news('x'));
    await settle();
    recorder.record(news('x'));
    await clock.advance(60_000);
    recorder.record(news('x'));
    await clock.advance(1000);
    expect(calls).toEqual(['create x', 'count 2', 'create x']);
  });

  it('never reaches whoever records', () => {
    const { recorder } = start(() => new TypeError('broken'));
    expect(() => recorder.record(news('x'))).not.toThrow();
  });
});

describe('the end', () => {
  it('comes at once, and what was not told yet is told by draining', async () => {
    const { recorder, calls, stop, ended } = start();
    recorder.record(news('one'));
    await settle();
    recorder.record(news('one'));
    stop.abort();
    await ended;
    recorder.record(news('two'));
    await recorder.drain(new AbortController().signal);
    expect(calls).toEqual(['create one', 'create two', 'count 2']);
  });

  it('does not wait for a server that is away', async () => {
    const { clock, recorder, stop, ended } = start(
      () => new ApiError('x', { status: 0, reason: 'Unreachable' }),
    );
    recorder.record(news('one'));
    await clock.advance(100);
    stop.abort();
    await ended;
    const limit = new AbortController();
    const drained = recorder.drain(limit.signal);
    limit.abort();
    await drained;
    expect(clock.sleeping).toBe(0);
  });
});
