// SPDX-License-Identifier: Apache-2.0
// Two that want the same folder: two runs of one name at once, and an attempt that was thought dead. One commits, the
// other changes nothing and says so.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { connect, makeCollection } from '../support/collection.ts';
import { labConfig, openDesk } from '../support/command.ts';

const lab = inject('lab');
const desk = openDesk();
const prefix = `races-${process.pid}`;
let client: MilvusClient;

beforeAll(async () => {
  client = await connect(lab.milvus.source.address);
  await makeCollection(client, 'races_a', 600);
});

afterAll(async () => {
  await client?.dropCollection({ collection_name: 'races_a' });
  await client?.closeConnection();
  desk.close();
});

const config = () => desk.config(labConfig(lab, prefix));
const create = (name: string, run: string, attempt: number) => [
  'create',
  '-n',
  name,
  '--include',
  'races_*',
  '--run-id',
  run,
  '--attempt',
  String(attempt),
  '--report',
  'json',
];

describe('two runs of one name', () => {
  it.each([1, 2, 3])('started together, round %i: one commits', async (round) => {
    const name = `together_${round}`;
    const ended = await Promise.all(
      ['one', 'two'].map((run) => desk.run(config(), create(name, `${prefix}-${run}`, 1))),
    );
    const codes = ended.map((e) => e.code ?? -1).toSorted((a, b) => a - b);
    expect(codes, ended.map((e) => e.stderr).join('\n')).toEqual([0, 3]);
    expect(ended.find((e) => e.code === 3)?.result?.reason).toBe('BackupExists');
    const verified = await desk.run(config(), ['verify', '-n', name, '--mode', 'Checksum']);
    expect(verified.code, verified.stderr).toBe(0);
  });
});

// Invariant: who was overtaken commits nothing.
describe('[FM-06] an attempt that was stopped and comes back', () => {
  it.each(['Flushing', 'Copying', 'Verifying', 'WritingMeta', 'Committing'])(
    'stopped at %s: it is fenced',
    async (step) => {
      const name = `zombie_${step}`;
      const run = `${prefix}-${name}`;
      let stopped = false;
      const zombie = desk.start(config(), create(name, run, 1), (line, child) => {
        if (stopped || line.step !== step) return;
        stopped = true;
        child.kill('SIGSTOP');
        reached();
      });
      let reached: () => void = () => {};
      await new Promise<void>((resolve) => (reached = resolve));
      const newer = await desk.run(config(), create(name, run, 2));
      zombie.child.kill('SIGCONT');
      const ended = await zombie.ended;
      expect(newer.code, newer.stderr).toBe(0);
      expect(ended.result?.reason, ended.stdout).toMatch(/^(Fenced|BackupExists)$/);
      expect(ended.code).not.toBe(0);
      const verified = await desk.run(config(), ['verify', '-n', name, '--mode', 'Checksum']);
      expect(verified.code, verified.stderr).toBe(0);
      const stays = await desk.run(config(), ['list']);
      expect(stays.stdout).toContain(name);
    },
  );
});
