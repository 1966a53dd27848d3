// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { enqueueChanges, isNewWish, ownerKey } from '../../../src/kube/mapping.ts';
import { WorkQueue } from '../../../src/kube/queue.ts';
import type { ObjectMeta, OwnerReference } from '../../../src/kube/resource.ts';
import { Store } from '../../../src/kube/store.ts';
import { FakeClock } from './fake-clock.ts';
import { widget, type Widget } from './objects.ts';

const owner = (name: string, about: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'test.example/v1',
  kind: 'Gadget',
  name,
  uid: `u-${name}`,
  controller: true,
  ...about,
});

describe('whether somebody wants something else', () => {
  const before: Partial<ObjectMeta> = { generation: 1, labels: { a: '1' }, annotations: { b: '1' } };
  it.each<[string, Partial<ObjectMeta>, boolean]>([
    ['a write of the status', { ...before, resourceVersion: '2' }, false],
    ['a new spec', { ...before, generation: 2 }, true],
    ['a changed label', { ...before, labels: { a: '2' } }, true],
    ['a removed label', { generation: 1, annotations: { b: '1' } }, true],
    ['a new annotation', { ...before, annotations: { b: '1', c: '1' } }, true],
    ['the same labels in another order', { ...before, labels: { a: '1' } }, false],
    ['the wish to be deleted', { ...before, deletionTimestamp: '2026-11-20T12:00:00Z' }, true],
    ['a finalizer that is gone', { ...before, finalizers: ['x'] }, true],
  ])('%s: %j', (_name, after, expected) => {
    const change = {
      type: 'updated' as const,
      object: widget('x/a', after),
      previous: widget('x/a', before),
      initial: false,
    };
    expect(isNewWish(change)).toBe(expected);
  });

  it.each(['added', 'deleted'] as const)('%s objects always matter', (type) => {
    expect(isNewWish({ type, object: widget('x/a'), initial: false })).toBe(true);
  });
});

describe('the key of the owner', () => {
  const keysOf = ownerKey({ group: 'test.example', kind: 'Gadget' });
  it.each<[string, OwnerReference[], string[]]>([
    ['none', [], []],
    ['one that controls', [owner('g')], ['x/g']],
    ['one that only owns', [owner('g', { controller: false })], []],
    ['of another kind', [owner('g', { kind: 'Job' })], []],
    ['of another group', [owner('g', { apiVersion: 'other.example/v1' })], []],
    ['of the core group', [owner('g', { apiVersion: 'v1' })], []],
    ['of another version of the group', [owner('g', { apiVersion: 'test.example/v2' })], ['x/g']],
  ])('%s', (_name, ownerReferences, keys) => {
    expect(keysOf(widget('x/a', { ownerReferences }))).toEqual(keys);
  });

  it('knows owners of the core group, which has no name', () => {
    const ofNodes = ownerKey({ group: '', kind: 'Node' });
    const ownerReferences = [owner('n', { apiVersion: 'v1', kind: 'Node' })];
    expect(ofNodes(widget('x/a', { ownerReferences }))).toEqual(['x/n']);
  });
});

describe('from changes to keys', () => {
  function start(how: Parameters<typeof enqueueChanges<Widget>>[2] = {}): {
    store: Store<Widget>;
    queue: WorkQueue;
    leave: () => void;
  } {
    const store = new Store<Widget>();
    const queue = new WorkQueue({ name: 'test', clock: new FakeClock() });
    return { store, queue, leave: enqueueChanges(store, queue, how) };
  }
  async function keysIn(queue: WorkQueue): Promise<string[]> {
    const keys: string[] = [];
    while (queue.depth > 0) keys.push((await queue.take()) ?? '');
    return keys;
  }

  it('puts each changed object in, the first list behind the news', async () => {
    const { store, queue } = start();
    store.replace([widget('x/a'), widget('x/b')], { initial: true });
    store.put(widget('x/c'));
    expect(await keysIn(queue)).toEqual(['x/c', 'x/a', 'x/b']);
  });

  it('tells both owners of a child that changed hands', async () => {
    const { store, queue } = start({ keysOf: ownerKey({ group: 'test.example', kind: 'Gadget' }) });
    store.put(widget('x/a', { ownerReferences: [owner('old')] }));
    expect(await keysIn(queue)).toEqual(['x/old']);
    queue.done('x/old');
    store.put(widget('x/a', { ownerReferences: [owner('new')], resourceVersion: '2' }));
    expect(await keysIn(queue)).toEqual(['x/new', 'x/old']);
  });

  it('leaves out what does not matter, and everything once it has ended', async () => {
    const { store, queue, leave } = start({ when: isNewWish });
    store.put(widget('x/a', { generation: 1 }));
    expect(await keysIn(queue)).toEqual(['x/a']);
    queue.done('x/a');
    store.put(widget('x/a', { generation: 1, resourceVersion: '2' }));
    expect(queue.depth).toBe(0);
    leave();
    store.put(widget('x/b'));
    expect(queue.depth).toBe(0);
  });
});
