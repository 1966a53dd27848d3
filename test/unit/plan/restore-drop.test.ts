// SPDX-License-Identifier: Apache-2.0
// A restore that drops: it plans, asks, waits, and does what was agreed to and nothing else.
import { describe, expect, it } from 'vitest';
import type { MilvusRestore } from '../../../src/api/index.ts';
import { digestOfDrops, type Drop } from '../../../src/contract/drops.ts';
import { createListDigest, encodeEvent } from '../../../src/contract/protocol.ts';
import type { Result } from '../../../src/contract/result.ts';
import { tokenOf } from '../../../src/plan/confirmation.ts';
import { hasBegun } from '../../../src/plan/attempts.ts';
import { backupOf, type PodTemplate } from './job-samples.ts';
import {
  attemptsOf,
  fail,
  finish,
  hour,
  messageOf,
  minute,
  restoreModel,
  said,
  settle,
  start,
  stopPods,
  suffixes,
  wait,
  type RunModel,
} from './run-model.ts';

type Model = RunModel<MilvusRestore>;

const a = { name: 'default.a', id: '4' };
const b = { name: 'shop.b', id: '7' };

function dropModel(spec: Partial<MilvusRestore['spec']> = {}): Model {
  return restoreModel({ existing: 'Drop', ...spec });
}

/** The newest Job says what it would drop, and besides that it would create one and skip none. */
function plan(model: Model, drops: Drop[], over: Partial<Result> = {}): void {
  const items = [
    { action: 'replace', source: 'default.new', target: 'default.new', bytes: 1, load: false },
    ...drops.map(({ name, id }) => ({ action: 'replace', source: name, target: name, drops: id })),
  ];
  const digest = createListDigest();
  const lines = items.map((item) => encodeEvent({ event: 'item', list: 'plan', item }));
  lines.forEach((line) => digest.add(line));
  start(model);
  model.logs.set(model.podOf(model.made.at(-1)!).metadata.name, lines.map((line) => `${line}\n`).join(''));
  finish(model, { dryRun: true, drops: digestOfDrops(drops), lists: { plan: digest.value() }, ...over });
}

/** Arguments of the newest Job. */
function order(model: Model): string[] {
  const job = model.jobs.get(model.made.at(-1)!)!;
  const { args } = (job.spec['template'] as PodTemplate).spec.containers[0];
  return args.slice(args.indexOf('--existing'));
}

function confirm(model: Model, token = model.object!.status.confirmationToken): void {
  if (token !== undefined) model.object!.spec.confirm = token;
  model.object!.metadata.generation++;
  settle(model);
}

const uidOf = (model: Model): string => model.object!.metadata.uid;
const phaseOf = (model: Model): string | undefined => model.object?.status.phase;

describe('a restore that drops', () => {
  it('plans, asks, and does what was agreed to', () => {
    const model = dropModel();
    settle(model);
    expect(order(model)).toEqual(['--existing', 'Drop', '--dry-run']);
    plan(model, [a, b]);
    const { sha256 } = digestOfDrops([b, a]);
    const token = tokenOf(uidOf(model), sha256);
    expect(token).toMatch(/^[0-9a-f]{12}$/);
    expect(model.object?.status).toMatchObject({
      phase: 'AwaitingConfirmation',
      confirmationToken: token,
      plan: {
        create: ['default.new', 'default.a', 'shop.b'],
        skip: [],
        drop: [a, b],
        dropCount: 2,
        dropDigest: sha256,
      },
    });
    expect(said(model)).toEqual([
      'Ready=False/AwaitingConfirmation',
      'Reconciling=True/AwaitingConfirmation',
    ]);
    expect(messageOf(model, 'Reconciling')).toContain(
      '2 collections of MilvusInstance milvus would be dropped',
    );
    expect(messageOf(model, 'Reconciling')).toContain('default.a (id 4), shop.b (id 7)');
    expect(messageOf(model, 'Reconciling')).toContain(
      `kubectl patch mrs ${model.object?.metadata.name} -n ${model.object?.metadata.namespace} --type merge -p '{"spec":{"confirm":"${token}"}}'`,
    );
    expect(attemptsOf(model)).toEqual(['1 Completed']);
    confirm(model);
    expect(order(model)).toEqual(['--existing', 'Drop', '--confirmed-drops', sha256]);
    expect(model.object?.status.plan?.acceptedTime).toBeDefined();
    finish(model, { rows: { imported: 5 } });
    expect(model.object?.status).toMatchObject({
      phase: 'Succeeded',
      rows: { imported: 5 },
      plan: { drop: [a, b] },
    });
    expect(suffixes(model)).toEqual(['1', '2']);
    expect(model.news).toEqual(expect.arrayContaining(['Normal AwaitingConfirmation', 'Normal Completed']));
    expect(model.news.join()).not.toContain('Retrying');
  });

  it('asks nothing where nothing would be dropped, and may drop nothing then', () => {
    const model = dropModel();
    plan(model, []);
    expect(suffixes(model)).toEqual(['1', '2']);
    expect(order(model)).toEqual(['--existing', 'Drop', '--confirmed-drops', digestOfDrops([]).sha256]);
    finish(model);
    expect(phaseOf(model)).toBe('Succeeded');
    expect(model.object?.status).not.toHaveProperty('confirmationToken');
  });

  it('only shows what it would drop where dryRun asks for no more', () => {
    const model = dropModel({ dryRun: true });
    plan(model, [a]);
    expect(model.object?.status).toMatchObject({ phase: 'Succeeded', plan: { drop: [a], dropCount: 1 } });
    expect(model.object?.status).not.toHaveProperty('confirmationToken');
    expect(suffixes(model)).toEqual(['1']);
  });

  it('is not confirmed by another token, and says so', () => {
    const model = dropModel();
    plan(model, [a]);
    const { sha256 } = digestOfDrops([a]);
    for (const wrong of [
      'yes',
      tokenOf('another-uid', sha256),
      tokenOf(uidOf(model), digestOfDrops([b]).sha256),
    ]) {
      confirm(model, wrong);
      expect(phaseOf(model)).toBe('AwaitingConfirmation');
      expect(messageOf(model, 'Ready')).toContain(`Spec.confirm is "${wrong}", which is not the token`);
    }
    expect(suffixes(model)).toEqual(['1']);
    expect(model.object?.status.observedGeneration).toBe(model.object?.metadata.generation);
  });

  it('is confirmed beforehand only by its very own token', () => {
    const model = dropModel({ confirm: 'f'.repeat(12) });
    plan(model, [a]);
    expect(phaseOf(model)).toBe('AwaitingConfirmation');
    const again = dropModel({ confirm: tokenOf('made-before-and-deleted', digestOfDrops([a]).sha256) });
    plan(again, [a]);
    expect(phaseOf(again)).toBe('AwaitingConfirmation');
  });

  it('waits for a person without end, and the wait eats nothing of its deadline', () => {
    const model = dropModel({ deadline: '1h' });
    plan(model, [a]);
    model.now += 1000 * hour;
    settle(model);
    expect(phaseOf(model)).toBe('AwaitingConfirmation');
    expect(model.requeueAt).toBeUndefined();
    confirm(model);
    start(model);
    model.now += 59 * minute;
    settle(model);
    expect(phaseOf(model)).toBe('Planning');
    model.now += 2 * minute;
    settle(model);
    expect(said(model)).toContain('Succeeded=False/DeadlineExceeded');
  });

  it('is given up at startDeadline where that was set', () => {
    const model = dropModel({ startDeadline: '2h' });
    plan(model, [a]);
    model.now += 3 * hour;
    settle(model);
    expect(phaseOf(model)).toBe('Failed');
    expect(said(model)).toContain('Stalled=True/DeadlineExceeded');
    expect(suffixes(model)).toEqual(['1']);
  });

  it('plans for no longer than its deadline', () => {
    const model = dropModel({ deadline: '1h' });
    start(model);
    model.now += 61 * minute;
    settle(model);
    expect(said(model)).toContain('Succeeded=False/DeadlineExceeded');
  });

  it('holds nobody up while it waits, and waits for its turn again', () => {
    const model = dropModel();
    plan(model, [a]);
    expect(hasBegun(model.object!)).toBe(false);
    const other = backupOf({}, 'other');
    other.metadata = { ...other.metadata, uid: 'other', creationTimestamp: '2026-01-03T00:00:00Z' };
    other.status = { attempts: [{ number: 1 }] };
    model.world.others.push(other);
    confirm(model);
    expect(model.object?.status).toMatchObject({ phase: 'Queued', queuePosition: 1 });
    expect(said(model)).toContain('Reconciling=True/InstanceBusy');
    model.world.others.pop();
    settle(model);
    expect(suffixes(model)).toEqual(['1', '2']);
    expect(hasBegun(model.object!)).toBe(true);
  });

  it.each(['canceled', 'deleted'])('is %s while it waits, and leaves nothing to put away', (how) => {
    const model = dropModel();
    plan(model, [a]);
    if (how === 'canceled') model.object!.spec.cancel = true;
    else model.deleteObject();
    settle(model);
    expect(how === 'canceled' ? phaseOf(model) : model.object).toBe(
      how === 'canceled' ? 'Canceled' : undefined,
    );
    expect(suffixes(model)).toEqual(['1']);
  });

  it('is canceled at work, and what it began is put away', () => {
    const model = dropModel();
    plan(model, [a]);
    confirm(model);
    start(model);
    model.object!.spec.cancel = true;
    settle(model);
    stopPods(model);
    finish(model);
    expect(phaseOf(model)).toBe('Canceled');
    expect(suffixes(model)).toEqual(['1', '2', 'c1']);
  });

  it('tries again what was agreed to, with as many attempts as any other', () => {
    const model = dropModel({ retry: { limit: 2, minBackoff: '30s', maxBackoff: '10m' } });
    plan(model, [a]);
    confirm(model);
    fail(model);
    wait(model);
    expect(order(model)).toContain('--confirmed-drops');
    fail(model);
    expect(attemptsOf(model)).toEqual(['1 Completed', '2 Unreachable', '3 Unreachable']);
    expect(said(model)).toContain('Succeeded=False/RetriesExhausted');
  });

  it('tries a plan again that failed, and counts that', () => {
    const model = dropModel({ retry: { limit: 2, minBackoff: '30s', maxBackoff: '10m' } });
    fail(model);
    wait(model);
    expect(order(model)).toContain('--dry-run');
    fail(model);
    expect(said(model)).toContain('Succeeded=False/RetriesExhausted');
  });

  it('ends where its plan is refused', () => {
    const model = dropModel();
    fail(model, 'TargetNotEmpty', 3);
    finish(model);
    expect(said(model)).toContain('Stalled=True/TargetNotEmpty');
  });
});

describe('a target that has changed since it was confirmed', () => {
  function refused(limit = 3): Model {
    const model = dropModel({ retry: { limit, minBackoff: '30s', maxBackoff: '10m' } });
    plan(model, [a, b]);
    confirm(model);
    fail(model, 'TargetNotEmpty', 3);
    wait(model);
    return model;
  }

  it('is planned anew, with another token, and asked about again', () => {
    const model = refused(1);
    expect(order(model)).toEqual(['--existing', 'Drop', '--dry-run']);
    const before = model.object!.spec.confirm;
    expect(model.object?.status).not.toHaveProperty('confirmationToken');
    plan(model, [
      { ...a, id: '5' },
      { name: 'shop.c', id: '9' },
    ]);
    expect(phaseOf(model)).toBe('AwaitingConfirmation');
    expect(model.object?.status.confirmationToken).not.toBe(before);
    expect(model.object?.status.plan).not.toHaveProperty('acceptedTime');
    const message = messageOf(model, 'Ready');
    expect(message).toContain('default.a is another one (id 5, was 4)');
    expect(message).toContain('shop.c (id 9) is new');
    expect(message).toContain('shop.b is not there any more');
    expect(message).toContain(`Spec.confirm is "${before}"`);
    confirm(model);
    finish(model);
    expect(phaseOf(model)).toBe('Succeeded');
    expect(attemptsOf(model)).toEqual(['1 Completed', '2 TargetNotEmpty', '3 Completed', '4 Completed']);
  });

  it('goes on by itself where nothing is to be dropped any more', () => {
    const model = refused();
    plan(model, []);
    expect(order(model)).toEqual(['--existing', 'Drop', '--confirmed-drops', digestOfDrops([]).sha256]);
  });

  it('goes on by itself where it is again what was confirmed', () => {
    const model = refused();
    plan(model, [b, a]);
    expect(order(model)).toContain('--confirmed-drops');
  });

  it('is put away after where it is canceled then: there was work before', () => {
    const model = refused();
    plan(model, [{ ...a, id: '5' }]);
    model.object!.spec.cancel = true;
    settle(model);
    finish(model);
    expect(phaseOf(model)).toBe('Canceled');
    expect(suffixes(model).at(-1)).toBe('c1');
  });

  it('ends the restore where even the plan is refused', () => {
    const model = refused();
    fail(model, 'TargetNotEmpty', 3);
    finish(model);
    expect(said(model)).toContain('Stalled=True/TargetNotEmpty');
  });
});

describe('a result', () => {
  it.each<[string, Partial<Result>]>([
    ['of a restore that was only to be planned', { dryRun: false, drops: digestOfDrops([a]) }],
    ['of a plan that does not say what it drops', { dryRun: true, drops: undefined as never }],
  ])('%s counts for nothing', (_name, result) => {
    const model = dropModel();
    finish(model, result);
    expect(attemptsOf(model)).toEqual(['1 ResultUnreadable']);
  });

  it('of a plan never counts as the restore', () => {
    const model = dropModel();
    plan(model, [a]);
    confirm(model);
    finish(model, { dryRun: true, drops: digestOfDrops([a]) });
    expect(attemptsOf(model)).toEqual(['1 Completed', '2 ResultUnreadable']);
    expect(phaseOf(model)).not.toBe('Succeeded');
  });
});

describe('a plan of very many', () => {
  it('is bounded in the status and in the message, and its digest means all of them', () => {
    const many = Array.from({ length: 450 }, (_, i) => ({ name: `default.c${i}`, id: String(i) }));
    const model = dropModel();
    plan(model, many);
    const { status } = model.object!;
    expect(status.plan).toMatchObject({
      dropCount: 450,
      unlisted: 251 + 250,
      dropDigest: digestOfDrops(many).sha256,
    });
    expect(status.plan?.drop).toHaveLength(200);
    expect(messageOf(model, 'Ready')).toContain('and 440 more');
  });
});
