// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { startDeadline } from '../../../src/kube/deadline.ts';
import { FakeClock } from './fake-clock.ts';

describe('a deadline', () => {
  it('aborts when its time is up, and says that it was the time', async () => {
    const clock = new FakeClock();
    const deadline = startDeadline(clock, 100);
    await clock.advance(99);
    expect(deadline.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(deadline.signal.aborted).toBe(true);
    expect(deadline.isExpired()).toBe(true);
    expect(String(deadline.signal.reason)).toContain('0.1 s');
  });

  it.each([
    ['before', true],
    ['while it runs', false],
  ])('follows a parent that aborts %s, and says that it was not the time', async (_name, before) => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const reason = new Error('stop');
    if (before) parent.abort(reason);
    const deadline = startDeadline(clock, 100, parent.signal);
    parent.abort(reason);
    await clock.advance(200);
    expect(deadline.signal.reason).toBe(reason);
    expect(deadline.isExpired()).toBe(false);
  });

  it('begins anew with each sign of life, with one timer at a time', async () => {
    const clock = new FakeClock();
    const deadline = startDeadline(clock, 100);
    for (let sign = 0; sign < 10; sign++) {
      await clock.advance(60);
      deadline.extend();
      expect(clock.sleeping).toBe(1);
    }
    expect(deadline.isExpired()).toBe(false);
    await clock.advance(100);
    expect(deadline.isExpired()).toBe(true);
  });

  it('has no limit once its clock is stopped, but still follows', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const deadline = startDeadline(clock, 100, parent.signal);
    deadline.stopClock();
    await clock.advance(1000);
    expect(deadline.signal.aborted).toBe(false);
    parent.abort();
    expect(deadline.signal.aborted).toBe(true);
  });

  it('leaves nothing behind: no timer, no listener', async () => {
    const clock = new FakeClock();
    const parent = new AbortController();
    const deadline = startDeadline(clock, 100, parent.signal);
    deadline.end();
    await clock.advance(0);
    expect(clock.sleeping).toBe(0);
    parent.abort();
    expect(deadline.signal.aborted).toBe(false);
  });
});
