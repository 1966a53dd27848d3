// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Store } from '../../../src/kube/store.ts';
import type { Cache } from '../../../src/kube/cache.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import type { Change } from '../../../src/kube/store.ts';
import { isNewer, View } from '../../../src/controllers/view.ts';

type Thing = KubeObject & { status?: { n: number } };

function thing(version: string, n?: number, uid = 'u'): Thing {
  const object = {
    apiVersion: 'v1',
    kind: 'Thing',
    metadata: { namespace: 'ns', name: 'a', uid, resourceVersion: version },
  };
  return n === undefined ? object : { ...object, status: { n } };
}

const name = { namespace: 'ns', name: 'a' };

/** A view over a store that the test fills as a reflector would. */
function viewed(): { store: Store<Thing>; view: View<Thing>; changes: Change<Thing>[] } {
  const store = new Store<Thing>({ indexes: { all: () => ['x'] } });
  const view = new View<Thing>({ store } as unknown as Cache<Thing>);
  const changes: Change<Thing>[] = [];
  store.subscribe((change) => changes.push(change));
  return { store, view, changes };
}

describe('a view', () => {
  it('shows what was written until the cache knows as much', () => {
    const { store, view } = viewed();
    store.put(thing('9', 1));
    view.wrote(thing('10', 2));
    expect(view.get(name)?.status?.n).toBe(2);
    expect(view.byIndex('all', 'x').map(({ status }) => status?.n)).toEqual([2]);
    expect(view.list('ns').map(({ status }) => status?.n)).toEqual([2]);
    store.put(thing('11', 3));
    expect(view.get(name)?.status?.n).toBe(3);
  });

  it('shows nothing of what was deleted, nor the old of what was made again', () => {
    const { store, view } = viewed();
    store.put(thing('9', 1));
    view.wrote(thing('10', 2));
    store.remove(thing('9', 1));
    expect(view.get(name)).toBeUndefined();
    store.put(thing('5', 7, 'another'));
    expect(view.get(name)?.status?.n).toBe(7);
  });

  it('keeps no answer about what is gone already', () => {
    const { store, view } = viewed();
    view.wrote(thing('10', 2));
    store.put(thing('9', 1));
    expect(view.get(name)?.status?.n).toBe(1);
  });

  it('knows the echo of its own status from the word of somebody else', () => {
    const { store, view, changes } = viewed();
    store.put(thing('1', 1));
    view.expect(name, { n: 2 });
    store.put(thing('2', 2));
    expect(view.isForeignStatus(changes.at(-1)!)).toBe(false);
    store.put(thing('3', 5));
    expect(view.isForeignStatus(changes.at(-1)!)).toBe(true);
    // The same as was once ours, but not from us.
    store.put(thing('4', 2));
    expect(view.isForeignStatus(changes.at(-1)!)).toBe(true);
  });

  it('knows both of two echoes, and the second alone', () => {
    const { store, view, changes } = viewed();
    store.put(thing('1', 1));
    for (const n of [2, 3]) view.expect(name, { n });
    store.put(thing('2', 2));
    store.put(thing('3', 3));
    expect(changes.slice(1).map((change) => view.isForeignStatus(change))).toEqual([false, false]);
    for (const n of [4, 5]) view.expect(name, { n });
    store.put(thing('5', 5));
    expect(view.isForeignStatus(changes.at(-1)!)).toBe(false);
    store.put(thing('6', 4));
    expect(view.isForeignStatus(changes.at(-1)!)).toBe(true);
  });

  it('does not take a change of something else for a status', () => {
    const { store, view, changes } = viewed();
    store.put(thing('1', 1));
    store.put(thing('2', 1));
    expect(changes.map((change) => view.isForeignStatus(change))).toEqual([false, false]);
  });
});

describe('versions', () => {
  it.each([
    ['10', '9', true],
    ['9', '10', false],
    ['10', '10', false],
    ['12', '11', true],
  ])('%s is newer than %s: %s', (one, other, expected) => {
    expect(isNewer(thing(one), thing(other))).toBe(expected);
  });
});
