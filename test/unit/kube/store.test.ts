// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { Store, type Change, type StoreOptions } from '../../../src/kube/store.ts';
import { widget, type Widget } from './objects.ts';

function start(options: StoreOptions<Widget> = {}): { store: Store<Widget>; told: string[] } {
  const store = new Store<Widget>(options);
  const told: string[] = [];
  store.subscribe(({ type, object, previous, initial }: Change<Widget>) => {
    const from = previous ? `${previous.metadata.resourceVersion}->` : '';
    const { namespace, name, resourceVersion } = object.metadata;
    told.push(`${initial ? 'initially ' : ''}${type} ${namespace}/${name} ${from}${resourceVersion}`);
  });
  return { store, told };
}

const names = (objects: Widget[]): string[] => objects.map(({ metadata }) => metadata.name).toSorted();

describe('keeping', () => {
  it('gives by name, by namespace and all', () => {
    const { store } = start();
    for (const key of ['x/a', 'x/b', 'y/a']) store.put(widget(key));
    expect(store.get({ namespace: 'x', name: 'a' })?.metadata.uid).toBe('u-a');
    expect(store.get({ namespace: 'z', name: 'a' })).toBeUndefined();
    expect(names(store.list())).toEqual(['a', 'a', 'b']);
    expect(names(store.list('x'))).toEqual(['a', 'b']);
    expect(store.list('z')).toEqual([]);
    expect(store.size).toBe(3);
  });

  it('gives objects without a namespace by their name', () => {
    const store = new Store();
    store.put({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
    expect(store.get({ name: 'n' })?.kind).toBe('Node');
  });

  it.each<[string, (store: Store<Widget>) => void, string[]]>([
    ['a new one', (store) => store.put(widget('x/a')), ['added x/a 1']],
    [
      'a changed one',
      (store) => {
        store.put(widget('x/a'));
        store.put(widget('x/a', { resourceVersion: '2' }));
      },
      ['added x/a 1', 'updated x/a 1->2'],
    ],
    [
      'the same again',
      (store) => {
        store.put(widget('x/a'));
        store.put(widget('x/a'));
      },
      ['added x/a 1'],
    ],
    [
      'a deleted one, with the last that is known of it',
      (store) => {
        store.put(widget('x/a'));
        store.remove(widget('x/a', { resourceVersion: '5' }));
      },
      ['added x/a 1', 'deleted x/a 5'],
    ],
    ['the deletion of an unknown one', (store) => store.remove(widget('x/a')), []],
    [
      'one that was made again under its name',
      (store) => {
        store.put(widget('x/a'));
        store.put(widget('x/a', { uid: 'other', resourceVersion: '9' }));
      },
      ['added x/a 1', 'deleted x/a 1', 'added x/a 9'],
    ],
  ])('tells %s', (_name, act, expected) => {
    const { store, told } = start();
    act(store);
    expect(told).toEqual(expected);
  });

  it('tells nobody who has left', () => {
    const store = new Store<Widget>();
    let count = 0;
    const leave = store.subscribe(() => count++);
    store.put(widget('x/a'));
    leave();
    store.put(widget('x/b'));
    expect(count).toBe(1);
  });
});

describe('a whole list', () => {
  it('replaces what was: deletions that nobody saw are told with the last known object', () => {
    const { store, told } = start();
    for (const key of ['x/a', 'x/b', 'x/c']) store.put(widget(key));
    told.length = 0;
    store.replace([widget('x/a'), widget('x/b', { resourceVersion: '7' }), widget('x/d')]);
    expect(told).toEqual(['deleted x/c 1', 'updated x/b 1->7', 'added x/d 1']);
    expect(names(store.list())).toEqual(['a', 'b', 'd']);
  });

  it('is no news the first time', () => {
    const { store, told } = start();
    store.replace([widget('x/a')], { initial: true });
    store.replace([widget('x/a'), widget('x/b')]);
    expect(told).toEqual(['initially added x/a 1', 'added x/b 1']);
  });

  it('of one namespace says nothing about the others', () => {
    const { store, told } = start();
    for (const key of ['x/a', 'y/b']) store.put(widget(key));
    told.length = 0;
    store.replace([], { namespace: 'x' });
    expect(told).toEqual(['deleted x/a 1']);
    expect(names(store.list())).toEqual(['b']);
  });

  it('sees that an object of the same name is another one', () => {
    const { store, told } = start();
    store.put(widget('x/a'));
    store.replace([widget('x/a', { uid: 'other', resourceVersion: '8' })]);
    expect(told).toEqual(['added x/a 1', 'deleted x/a 1', 'added x/a 8']);
  });
});

describe('indexes', () => {
  const indexes = {
    colour: ({ metadata }: Widget) => Object.values(metadata.labels ?? {}),
    owner: ({ metadata }: Widget) => (metadata.ownerReferences ?? []).map(({ uid }) => uid),
  };
  const coloured = (key: string, colour: string, resourceVersion = '1'): Widget =>
    widget(key, { labels: { colour }, resourceVersion });

  it('follow every change', () => {
    const { store } = start({ indexes });
    store.put(coloured('x/a', 'red'));
    store.put(coloured('y/b', 'red'));
    expect(names(store.byIndex('colour', 'red'))).toEqual(['a', 'b']);
    store.put(coloured('x/a', 'blue', '2'));
    expect(names(store.byIndex('colour', 'red'))).toEqual(['b']);
    expect(names(store.byIndex('colour', 'blue'))).toEqual(['a']);
    store.remove(coloured('x/a', 'blue', '3'));
    expect(store.byIndex('colour', 'blue')).toEqual([]);
    store.replace([]);
    expect(store.byIndex('colour', 'red')).toEqual([]);
  });

  it('take an object under several values, and under names that objects have of their own', () => {
    const { store } = start({ indexes });
    store.put(widget('x/a', { labels: { one: '__proto__', two: 'constructor' } }));
    expect(names(store.byIndex('colour', '__proto__'))).toEqual(['a']);
    expect(names(store.byIndex('colour', 'constructor'))).toEqual(['a']);
    expect(store.byIndex('colour', 'toString')).toEqual([]);
  });

  it('that do not exist are an error, not an empty list', () => {
    expect(() => start({ indexes }).store.byIndex('colr', 'red')).toThrow('colour, owner, namespace');
  });
});

describe('guarding', () => {
  it('goes on when a handler throws, and tells whom it may concern', () => {
    const errors: unknown[] = [];
    const { store } = start({ onError: (error) => errors.push(error) });
    const seen: string[] = [];
    store.subscribe(() => {
      throw new Error('bad handler');
    });
    store.subscribe(({ object }) => seen.push(object.metadata.name));
    store.put(widget('x/a'));
    store.put(widget('x/b'));
    expect(seen).toEqual(['a', 'b']);
    expect(errors).toEqual([new Error('bad handler'), new Error('bad handler')]);
  });

  it('freezes to the bottom where that was asked for', () => {
    const { store } = start({ freeze: true });
    store.put(widget('x/a', { labels: { a: 'b' } }));
    const object = store.get({ namespace: 'x', name: 'a' });
    expect(() => Object.assign(object?.metadata.labels ?? {}, { a: 'c' })).toThrow(TypeError);
    expect(() => Object.assign(object ?? {}, { kind: 'Other' })).toThrow(TypeError);
  });
});
