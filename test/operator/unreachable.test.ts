// SPDX-License-Identifier: Apache-2.0
// A Milvus that nobody answers for, or that is spoken to in another way than it speaks: on the instance, and on the run
// that goes there all the same.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { MilvusBackup } from '../../src/api/index.ts';
import { conditionOf, type Seen } from '../support/objects.ts';
import { hasty, modest } from '../support/runs.ts';
import { openWorld, type World } from '../support/world.ts';

const lab = inject('lab');
let world: World;

beforeAll(async () => {
  world = await openWorld(lab, 'unreachable');
});

afterAll(() => world?.close());

const unknown = 'no-such-milvus.lab.svc:19530';
const closed = `${lab.hostAddress}:1`;

// Invariant: the instance says why, and the run ends after its attempts.
describe.concurrent.each([
  ['a name that nobody knows', 'unknown', { address: unknown }, 'Unreachable', /no-such-milvus/],
  ['a port that nobody listens at', 'closed', { address: closed }, 'Unreachable', /:1\b/],
  ['TLS where there is none', 'plain', { tls: { mode: 'Server' } }, 'TLSFailed', /tls/i],
] as const)('[FM-27] %s', (_, name, spec, reason, says) => {
  it('is said on the instance, and ends the run after its attempts', async () => {
    const { objects } = world;
    await world.applyInstance(name, spec);
    const retry = { limit: 2, ...hasty };
    await world.applyBackup(name, { instanceRef: { name }, retry, job: modest });
    const instance = await objects.until(
      `mvi/${name}`,
      // It is looked at again soon, and said then that this is under way.
      (one) => ['Ready', 'Reconciling'].every((type) => conditionOf(one, type)?.reason === reason),
    );
    const ready = { status: 'False', message: expect.stringMatching(says) };
    expect(conditionOf(instance, 'Ready')).toMatchObject(ready);
    // It may pass: looked at again by itself.
    expect(conditionOf(instance, 'Reconciling')).toMatchObject({ status: 'True', reason });
    const run = await objects.until<MilvusBackup & Seen>(`mbk/${name}`, ({ status }) => {
      return status.phase === 'Failed';
    });
    expect(run.status.attempts).toMatchObject([{ reason }, { number: 2, reason }]);
    expect(conditionOf(run, 'Stalled')).toMatchObject({
      reason: 'RetriesExhausted',
      message: expect.stringMatching(new RegExp(`last by ${reason},`)),
    });
  });
});
