// SPDX-License-Identifier: Apache-2.0
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { watchSignals } from '../../../src/cmd/signals.ts';
import { hasReason } from '../../../src/base/error.ts';
import { parseResult, parseResultLine } from '../../../src/contract/protocol-parse.ts';
import { fakeWorld } from './fake-world.ts';

const root = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'milvus-backup-signals-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Ended = { code: number | null; out: string; err: string };

/** Starts the waiting command, hands it over when it is ready, and tells how it ended. */
async function stopped(args: string[], act: (child: ChildProcess) => void): Promise<Ended> {
  const node = join(root, 'node_modules/.bin/node');
  const script = join(import.meta.dirname, 'waiting-command.ts');
  const child = spawn(node, ['--disable-warning=ExperimentalWarning', script, ...args], { cwd: root });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ready = new Promise<void>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => reject(new Error(`ended before it was ready: ${err}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
      if (err.includes('ready')) resolve();
    });
  });
  await ready;
  const closed = once(child, 'close');
  act(child);
  const [code] = (await closed) as [number | null];
  return { code, out, err };
}

describe('a process', () => {
  it('that is told to terminate lets go, says so and exits with 1', async () => {
    const file = join(folder, 'terminated');
    const { code, out } = await stopped(['listening', 'json', file], (child) => child.kill('SIGTERM'));
    expect(code).toBe(1);
    const said = parseResultLine(out.trimEnd().split('\n').at(-1) ?? '');
    expect(said).toMatchObject({
      reason: 'Interrupted',
      message: 'stopped by SIGTERM',
      backupName: 'b',
      runId: 'r',
    });
    expect(parseResult(readFileSync(file, 'utf8'))).toEqual(said);
  });

  it('that is interrupted exits with 5', async () => {
    const { code, err } = await stopped(['listening', 'text'], (child) => child.kill('SIGINT'));
    expect(code).toBe(5);
    expect(err).toContain('Reason: Interrupted');
    expect(err).toContain('milvus-backup create -n b --resume');
  });

  it('that is interrupted twice ends at once, though it does not listen', async () => {
    const file = join(folder, 'forced');
    const { code } = await stopped(['deaf', 'json', file], (child) => {
      child.kill('SIGINT');
      child.stderr?.on('data', (chunk: Buffer) => {
        if (chunk.toString().includes('Stopping')) child.kill('SIGINT');
      });
    });
    expect(code).toBe(5);
    expect(parseResult(readFileSync(file, 'utf8'))).toMatchObject({ reason: 'Interrupted' });
  });
});

describe('signals', () => {
  it.each([
    ['SIGTERM', 1],
    ['SIGINT', 5],
  ] as const)('%s ends a process that does not listen, after its grace, with %i', (by, code) => {
    vi.useFakeTimers();
    const world = fakeWorld();
    const forced: unknown[] = [];
    const signals = watchSignals(world, (error) => forced.push(error));
    world.send(by);
    expect(hasReason(signals.signal.reason, 'Interrupted')).toBe(true);
    vi.advanceTimersByTime(17_000);
    expect(world.exits).toEqual([]);
    vi.advanceTimersByTime(2000);
    expect(world.exits).toEqual([code]);
    expect(forced).toHaveLength(1);
    vi.useRealTimers();
  });

  it('are forgotten once the run has ended', () => {
    vi.useFakeTimers();
    const world = fakeWorld();
    const signals = watchSignals(world, () => {});
    world.send('SIGTERM');
    signals.dispose();
    vi.advanceTimersByTime(60_000);
    world.send('SIGINT');
    expect(world.exits).toEqual([]);
    expect(signals.interruptedBy()).toBe('SIGTERM');
    vi.useRealTimers();
  });

  it('take a second SIGTERM for the first', () => {
    const world = fakeWorld();
    const signals = watchSignals(world, () => {});
    world.send('SIGTERM');
    world.send('SIGTERM');
    expect(world.exits).toEqual([]);
    signals.dispose();
  });
});
