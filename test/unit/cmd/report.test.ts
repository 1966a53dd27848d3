// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bytesText, secondsText } from '../../../src/contract/amounts.ts';
import { closingLine, failureLines } from '../../../src/cmd/closing.ts';
import { failedResult } from '../../../src/cmd/failure.ts';
import { createBarDisplay } from '../../../src/cmd/report-bar.ts';
import { createJsonReport } from '../../../src/cmd/report-json.ts';
import { createLineDisplay, createTextReport, progressLine } from '../../../src/cmd/report-text.ts';
import type { Report } from '../../../src/cmd/report.ts';
import { createSecrets } from '../../../src/cmd/secrets.ts';
import { OperatorError } from '../../../src/base/error.ts';
import { parseEvent, parseResult, parseResultLine } from '../../../src/contract/protocol-parse.ts';
import type { Result } from '../../../src/contract/result.ts';
import { fakeWorld, type FakeWorld } from './fake-world.ts';

const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-report-'));
afterAll(() => rmSync(folder, { recursive: true }));

const done: Result = {
  v: 1,
  command: 'create',
  outcome: 'Succeeded',
  reason: 'Completed',
  message: 'backed up 2 collections.',
  backupName: 'b',
  engineVersion: '0.1.0',
};

function json(
  terminationLog?: string,
  world = fakeWorld(),
): { report: Report; world: FakeWorld; lines: () => string[] } {
  const report = createJsonReport({ world, secrets: createSecrets('swordfish', 'b_2026'), terminationLog });
  return { report, world, lines: () => world.out().trimEnd().split('\n') };
}

function text(world = fakeWorld()): { report: Report; world: FakeWorld } {
  const display = createLineDisplay(world);
  return { report: createTextReport({ world, secrets: createSecrets('swordfish'), display }), world };
}

describe('--report json', () => {
  it('tells of each beginning of a step, otherwise every five seconds', () => {
    const { report, world, lines } = json();
    report.progress({ step: 'Preflight' });
    report.progress({ step: 'Copying', collection: 'a.b', bytesDone: 1 });
    report.progress({ step: 'Flushing', collection: 'a.c' });
    report.progress({ step: 'Copying', collection: 'a.b', bytesDone: 2 });
    world.pass(4999);
    report.progress({ step: 'Flushing', collection: 'a.c' });
    world.pass(1);
    report.progress({ step: 'Copying', collection: 'a.b', bytesDone: 3 });
    const events = lines().map((line) => parseEvent(line));
    expect(
      events.map((event) => event?.event === 'progress' && [event.step, event.collection, event.bytesDone]),
    ).toEqual([
      ['Preflight', undefined, 0],
      ['Copying', 'a.b', 1],
      ['Flushing', 'a.c', 1],
      ['Copying', 'a.b', 3],
    ]);
  });

  it('keeps percent whole and within bounds, and drops an estimate that is not repeated', () => {
    const { report, lines } = json();
    report.progress({ step: 'Copying', percent: 12.7, etaSeconds: 3 });
    report.progress({ step: 'Verifying', percent: 170 });
    expect(parseEvent(lines()[0] ?? '')).toMatchObject({ percent: 12, etaSeconds: 3 });
    expect(parseEvent(lines()[1] ?? '')).toMatchObject({ percent: 100 });
    expect(lines()[1]).not.toContain('etaSeconds');
  });

  it('says the digest of each list with the result', () => {
    const { report, lines } = json();
    report.item('failures', { name: 'a.b', reason: 'MilvusError', message: 'no' });
    report.item('plan', { name: 'a.c' });
    report.item('failures', { name: 'a.d', reason: 'MilvusError', message: 'no' });
    report.finish(done);
    const said = lines();
    const failures = said.filter((line) => line.includes('"list":"failures"'));
    const sha256 = createHash('sha256')
      .update(failures.map((line) => `${line}\n`).join(''))
      .digest('hex');
    const result = parseResultLine(said.at(-1) ?? '');
    expect(result?.lists?.failures).toEqual({ count: 2, sha256 });
    expect(result?.lists?.plan?.count).toBe(1);
    expect(result?.lists?.backups).toBeUndefined();
  });

  it('writes the same result to the termination log', () => {
    const file = join(folder, 'log');
    const { report, lines } = json(file);
    report.finish(done);
    expect(parseResult(readFileSync(file, 'utf8'))).toEqual(done);
    expect(parseResultLine(lines().at(-1) ?? '')).toEqual(done);
  });

  it('still says the result where the termination log cannot be written', () => {
    const { report, world, lines } = json(join(folder, 'no/such/folder'));
    report.finish(done);
    expect(parseResultLine(lines().at(-1) ?? '')).toEqual(done);
    expect(world.err()).toContain('the result cannot be written to');
  });

  it('masks secrets in messages and nothing in names', () => {
    const { report, lines } = json();
    report.warn({ reason: 'ClockSkew', message: 'it said swordfish' });
    report.item('failures', { name: 'db.b_2026', message: 'password=swordfish"' });
    report.finish({
      ...done,
      backupName: 'b_2026',
      message: 'swordfish',
      failures: [{ name: 'db.b_2026', reason: 'MilvusError', message: 'swordfish' }],
      warnings: [{ reason: 'ClockSkew', message: 'swordfish' }],
    });
    expect(lines().join('\n')).not.toContain('swordfish');
    expect(
      lines()
        .slice(0, 2)
        .every((line) => parseEvent(line)),
    ).toBe(true);
    expect(parseResultLine(lines().at(-1) ?? '')).toMatchObject({ backupName: 'b_2026', message: '******' });
  });

  it('keeps logs and printed lines off stdout', () => {
    const { report, world } = json();
    report.log('{"level":"info"}\n');
    report.print('a line');
    expect(world.out()).toBe('');
    expect(world.err()).toBe('{"level":"info"}\n');
  });
});

describe('--report text', () => {
  it('says a line at the beginning of a step and every five seconds, on stderr', () => {
    const { report, world } = text();
    report.progress({ step: 'Flushing', collection: 'a.b' });
    report.progress({ step: 'Copying', collection: 'a.b', percent: 3 });
    report.progress({ step: 'Flushing', collection: 'a.c' });
    world.pass(5000);
    report.progress({ step: 'Copying', collection: 'a.c', percent: 50 });
    expect(world.err().trimEnd().split('\n')).toEqual([
      'Flushing a.b',
      'Copying a.b, 3 %',
      'Copying a.c, 50 %',
    ]);
    expect(world.out()).toBe('');
  });

  it('ends with what was done and the next step', () => {
    const { report, world } = text();
    report.finish(done);
    expect(world.out()).toBe('backed up 2 collections; restore it with: milvus-backup restore -n b\n');
    expect(world.err()).toBe('');
  });

  it('ends with what went wrong and what to do', () => {
    const { report, world } = text();
    report.finish({
      ...done,
      outcome: 'Failed',
      reason: 'BackupExists',
      message: 'b stands there, swordfish',
    });
    expect(world.out()).toBe('');
    expect(world.err().split('\n')).toEqual([
      'Error: b stands there, ******',
      'Reason: BackupExists',
      'Next: take another name, go on with an unfinished one by --resume, or remove it: milvus-backup delete -n b. ' +
        '(exit code 3: refused by a check; running it again unchanged will not help)',
      '',
    ]);
  });

  it('prints warnings, what was skipped, and the plan', () => {
    const { report, world } = text();
    report.warn({ reason: 'GCPauseUnsupported', message: 'no such call' });
    report.item('failures', { name: 'a.b', reason: 'MilvusError', message: 'no' });
    report.item('plan', { name: 'a.b', action: 'create', bytes: 7 });
    report.item('backups', { name: 'b' });
    report.log('{"level":"warn"}\n');
    expect(world.err()).toBe(
      'Warning: no such call (GCPauseUnsupported)\nSkipped a.b, reason: MilvusError, message: no\n{"level":"warn"}\n',
    );
    expect(world.out()).toBe('a.b, action: create, bytes: 7\n');
  });

  it('draws a bar at a terminal and takes it away', async () => {
    const world = fakeWorld({ isTTY: true });
    const stream = Object.assign(world.stderr, {
      cursorTo: () => true,
      clearLine: () => true,
      moveCursor: () => true,
    });
    const display = createBarDisplay(stream);
    const report = createTextReport({ world, secrets: createSecrets(), display });
    report.progress({ step: 'Copying', percent: 42, collectionsDone: 1, collectionsTotal: 2 });
    report.log('a log line\n');
    await new Promise((resolve) => setTimeout(resolve, 600));
    report.finish(done);
    expect(world.err()).toContain('42 % Copying, collections 1/2');
    expect(world.err()).toContain('a log line');
    expect(world.out()).toContain('restore it with');
  });

  it('says warnings plainly before there is a bar', () => {
    const world = fakeWorld({ isTTY: true });
    const display = createBarDisplay(world.stderr);
    display.above('early');
    display.stop();
    expect(world.err()).toBe('early\n');
  });
});

describe('words', () => {
  it.each([
    [{}, 'Copying'],
    [{ collection: 'a.b', percent: 5 }, 'Copying a.b, 5 %'],
    [
      {
        percent: 50,
        collectionsDone: 1,
        collectionsTotal: 2,
        bytesDone: 1024,
        bytesTotal: 4096,
        bytesPerSecond: 512,
        etaSeconds: 6,
      },
      'Copying, 50 %, collections 1/2, 1.0 KiB of 4.0 KiB, 512 B/s, 6.0 s left',
    ],
    [{ bytesDone: 9, bytesTotal: 9, bytesPerSecond: 9, etaSeconds: 0 }, 'Copying, 9 B of 9 B'],
  ])('of progress: %j', (update, line) => {
    const none = {
      objectsDone: 0,
      objectsTotal: 0,
      collectionsDone: 0,
      collectionsTotal: 0,
      percent: 0,
      time: '',
    };
    const rates = { bytesDone: 0, bytesTotal: 0, bytesPerSecond: 0 };
    expect(progressLine({ step: 'Copying', ...none, ...rates, ...update })).toBe(line);
  });

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [1024 ** 4 * 250, '250 TiB'],
  ])('of %i bytes', (bytes, words) => {
    expect(bytesText(bytes)).toBe(words);
  });

  it.each([
    [1.25, '1.3 s'],
    [42, '42 s'],
    [125, '2 min 5 s'],
    [7325, '2 h 2 min'],
  ])('of %f seconds', (seconds, words) => {
    expect(secondsText(seconds)).toBe(words);
  });

  it.each<[Partial<Result>, string | undefined]>([
    [{ command: 'list' }, undefined],
    [{ command: 'get' }, undefined],
    [{ command: 'delete' }, 'backed up 2 collections.'],
    [{ command: 'restore' }, 'backed up 2 collections.'],
    [
      { outcome: 'PartiallyFailed' },
      'backed up 2 collections; restore it with: milvus-backup restore -n b --allow-partial',
    ],
  ])('of leave: %j', (change, line) => {
    expect(closingLine({ ...done, ...change })).toBe(line);
  });

  it('of a failure without advice still say what the exit code means', () => {
    const lines = failureLines({ ...done, outcome: 'Failed', reason: 'Throttled' });
    expect(lines[2]).toBe('Next: (exit code 1: failed; another attempt may succeed)');
  });
});

describe('a failure', () => {
  it('has the reason of what was thrown', () => {
    const error = new OperatorError('BucketNotFound', 'no bucket');
    expect(failedResult(error, { command: 'list' })).toMatchObject({
      reason: 'BucketNotFound',
      message: 'no bucket',
    });
  });

  it('has the reason of the interruption where that broke something else', () => {
    const interruption = new OperatorError('Interrupted', 'stopped by SIGTERM');
    const of = (error: Error): string => failedResult(error, { command: 'list' }, interruption).reason;
    expect(of(new Error('aborted'))).toBe('Interrupted');
    expect(of(new OperatorError('Unreachable', 'aborted'))).toBe('Interrupted');
    expect(of(new OperatorError('ChecksumMismatch', 'bytes differ'))).toBe('ChecksumMismatch');
  });

  it('of ours is unexpected, and another attempt may succeed', () => {
    expect(failedResult(new TypeError('x is not a function'), { command: 'list' })).toMatchObject({
      reason: 'Unexpected',
      message: 'unexpected: x is not a function',
    });
  });
});
