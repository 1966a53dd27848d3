// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { RestoreOptions } from '../../../src/engine/options.ts';
import {
  dropsOf,
  isRefusal,
  planNames,
  planRestore,
  unconfirmed,
  type Action,
  type Begun,
  type Observed,
  type PlanItem,
  type Refusal,
} from '../../../src/engine/restore/plan.ts';
import { digestOfDrops } from '../../../src/contract/drops.ts';
import { fullName } from '../../../src/engine/restore/source-collection.ts';
import { optionsOf, segmentOf, sourceOf } from './restore-samples.ts';

const collections = [
  sourceOf('default.a', { load_state: 'Loaded' }, [segmentOf()]),
  sourceOf('default.b'),
  sourceOf('shop.c', { load_state: 'Loaded' }),
];
const databases = [
  { db_name: 'default', properties: [] },
  { db_name: 'shop', properties: [{ key: 'k', value: 'v' }] },
  { db_name: 'bare', properties: [] },
];
const backup = { name: 'b', databases, collections };
const nothing: Observed = { databases: ['default'], collections: new Map(), aliases: new Map() };

function named(over: Partial<RestoreOptions>): { names: string[]; databases: string[] } | Refusal {
  const found = planNames({ backup, options: optionsOf(over) });
  if (isRefusal(found)) return found;
  return {
    names: found.pairs.map((p) => `${fullName(p.source)} > ${fullName(p.target)}`),
    databases: found.databases.map((d) => d.db_name),
  };
}

const renames = (over: Partial<RestoreOptions['rename']>): RestoreOptions['rename'] => ({
  databases: {},
  collections: {},
  suffix: '',
  ...over,
});

describe('planNames', () => {
  it.each<[string, Partial<RestoreOptions>, string[], string[]]>([
    [
      'everything under its own name',
      {},
      ['default.a > default.a', 'default.b > default.b', 'shop.c > shop.c'],
      ['default', 'shop', 'bare'],
    ],
    ['an include', { selection: { include: ['shop.*'], exclude: [] } }, ['shop.c > shop.c'], ['shop']],
    [
      'an exclude',
      { selection: { include: [], exclude: ['default.*'] } },
      ['shop.c > shop.c'],
      ['shop', 'bare'],
    ],
    [
      'a suffix',
      { selection: { include: ['a'], exclude: [] }, rename: renames({ suffix: '_x' }) },
      ['default.a > default.a_x'],
      ['default'],
    ],
    [
      'a database',
      { rename: renames({ databases: { shop: 'mall' } }), selection: { include: ['shop.*'], exclude: [] } },
      ['shop.c > mall.c'],
      ['mall'],
    ],
    [
      'a collection into another database',
      {
        rename: renames({ collections: { 'default.a': 'new.z' } }),
        selection: { include: ['a'], exclude: [] },
      },
      ['default.a > new.z'],
      ['new'],
    ],
    [
      'a filter over the new names',
      { rename: renames({ suffix: '_x' }), targetSelection: { include: ['default.b_x'], exclude: [] } },
      ['default.b > default.b_x'],
      ['default'],
    ],
  ])('takes %s', (_name, over, names, dbs) => {
    const found = named(over);
    expect(found).toEqual({ names, databases: expect.arrayContaining(dbs) });
    expect((found as { databases: string[] }).databases.filter((d) => !dbs.includes(d))).toEqual([]);
  });

  it.each<[string, Partial<RestoreOptions>, string, RegExp]>([
    [
      'an include without a match',
      { selection: { include: ['nope'], exclude: [] } },
      'NothingMatches',
      /"nope"/,
    ],
    [
      'one of two includes without a match',
      { selection: { include: ['a', 'shop.z'], exclude: [] } },
      'NothingMatches',
      /"shop\.z"/,
    ],
    [
      'a filter that the new names miss',
      { rename: renames({ suffix: '_x' }), targetSelection: { include: ['default.a'], exclude: [] } },
      'NothingMatches',
      /"default\.a"/,
    ],
    [
      'fill and drop at once',
      { skipCreateCollection: true, existing: 'Drop' },
      'InvalidConfiguration',
      /choose one/,
    ],
    [
      'skip and fill at once',
      { existing: 'Skip', skipCreateCollection: true },
      'InvalidConfiguration',
      /choose one/,
    ],
    ['load without indexes', { load: 'All', indexes: 'None' }, 'InvalidConfiguration', /vector index/],
  ])('refuses %s', (_name, over, reason, message) => {
    expect(named(over)).toMatchObject({ refused: reason, message: expect.stringMatching(message) });
  });

  it('refuses two collections under one name', () => {
    const options = optionsOf({ rename: renames({ collections: { 'shop.c': 'default.a' } }) });
    expect(() => planNames({ backup, options })).toThrow(/would both be restored as default\.a/);
  });
});

type Standing = {
  collections?: [string, bigint][];
  aliases?: [string, string][];
  begun?: [string, bigint | undefined, string, { replaces?: bigint; isAside?: boolean }?][];
};

function plan(over: Partial<RestoreOptions>, standing: Standing = {}): Action[] | Refusal {
  const found = itemsOf(over, standing);
  return isRefusal(found) ? found : found.map((i) => i.action);
}

function itemsOf(over: Partial<RestoreOptions>, standing: Standing): PlanItem[] | Refusal {
  const options = optionsOf(over);
  const names = planNames({ backup, options });
  if (isRefusal(names)) return names;
  const observed: Observed = {
    ...nothing,
    collections: new Map(standing.collections),
    aliases: new Map(standing.aliases),
  };
  const begun: Begun = new Map(
    (standing.begun ?? []).map(([name, id, state, more]) => [name, { id, state, ...more }]),
  );
  const found = planRestore(names, options, observed, begun);
  return isRefusal(found) ? found : found.items;
}

const only = { selection: { include: ['a'], exclude: [] } };

describe('planRestore', () => {
  it.each<[string, Partial<RestoreOptions>, Standing, Action[]]>([
    ['creates what is not there', {}, {}, ['create', 'create', 'create']],
    [
      'skips what is there',
      { existing: 'Skip' },
      { collections: [['default.b', 5n]] },
      ['create', 'skip', 'create'],
    ],
    ['skips an alias', { existing: 'Skip', ...only }, { aliases: [['default.a', 'x']] }, ['skip']],
    [
      'replaces what is there',
      { existing: 'Drop', ...only },
      { collections: [['default.a', 5n]] },
      ['replace'],
    ],
    ['replaces nothing where nothing is', { existing: 'Drop', ...only }, {}, ['replace']],
    [
      'fills what is there',
      { skipCreateCollection: true, ...only },
      { collections: [['default.a', 5n]] },
      ['into'],
    ],
    [
      'goes on with what is renamed already and ours',
      only,
      { collections: [['default.a', 5n]], begun: [['default.a', 5n, 'renaming']] },
      ['create'],
    ],
    [
      'leaves what this run has finished',
      only,
      { collections: [['default.a', 5n]], begun: [['default.a', 5n, 'done']] },
      ['done'],
    ],
    [
      'goes on filling',
      { skipCreateCollection: true, ...only },
      { collections: [['default.a', 5n]], begun: [['default.a', 5n, 'importing']] },
      ['into'],
    ],
    [
      'restores again what was finished and is gone',
      only,
      { begun: [['default.a', 5n, 'done']] },
      ['create'],
    ],
  ])('%s', (_name, over, standing, actions) => {
    expect(plan(over, standing)).toEqual(actions);
  });

  it.each<[string, Partial<RestoreOptions>, Standing, string, string[]]>([
    [
      'names all that is there',
      {},
      {
        collections: [
          ['default.a', 5n],
          ['shop.c', 6n],
        ],
      },
      'TargetNotEmpty',
      ['default.a', 'shop.c'],
    ],
    [
      'a name that is an alias',
      only,
      { aliases: [['default.a', 'x']] },
      'TargetNotEmpty',
      ['default.a (an alias of x)'],
    ],
    [
      'an alias is never dropped',
      { existing: 'Drop', ...only },
      { aliases: [['default.a', 'x']] },
      'TargetNotEmpty',
      ['alias'],
    ],
    [
      'another collection under the name of one that this run began',
      only,
      { collections: [['default.a', 9n]], begun: [['default.a', 5n, 'renaming']] },
      'TargetNotEmpty',
      ['default.a'],
    ],
    [
      'one whose id nobody learnt is not ours',
      only,
      { collections: [['default.a', 9n]], begun: [['default.a', undefined, 'creating']] },
      'TargetNotEmpty',
      ['default.a'],
    ],
    ['nothing to fill', { skipCreateCollection: true }, {}, 'InvalidConfiguration', ['default.a', 'shop.c']],
  ])('refuses: %s', (_name, over, standing, reason, words) => {
    const refusal = plan(over, standing) as Refusal;
    expect(refusal.refused).toBe(reason);
    for (const word of words) expect(refusal.message).toContain(word);
  });
});

describe('what would be dropped', () => {
  const begun = (id: bigint | undefined, state: string, more: { replaces?: bigint; isAside?: boolean }) => ({
    begun: [['default.a', id, state, more]] as Standing['begun'] & object,
  });
  const there = (id: bigint): Pick<Standing, 'collections'> => ({ collections: [['default.a', id]] });
  const confirmed = 'f'.repeat(64);

  it.each<[string, Partial<RestoreOptions>, Standing, string[]]>([
    ['nothing where nothing stands', {}, {}, []],
    ['what stands there, by its id', {}, there(5n), ['5']],
    ['the same in the next attempt', {}, { ...there(5n), ...begun(9n, 'imported', { replaces: 5n }) }, ['5']],
    ['the same while it stands aside', {}, begun(9n, 'swapping', { replaces: 5n, isAside: true }), ['5']],
    [
      'the same once its successor stands there',
      {},
      { ...there(9n), ...begun(9n, 'swapped', { replaces: 5n, isAside: true }) },
      ['5'],
    ],
    ['the same when all is done', {}, { ...there(9n), ...begun(9n, 'done', { replaces: 5n }) }, ['5']],
    ['nothing of what this run made itself', {}, { ...there(9n), ...begun(9n, 'renaming', {}) }, []],
    ['nothing any more where somebody dropped it', {}, begun(9n, 'imported', { replaces: 5n }), []],
    [
      'a newcomer, to be confirmed',
      { dryRun: true },
      { ...there(6n), ...begun(9n, 'imported', { replaces: 5n }) },
      ['6'],
    ],
    [
      'a newcomer that has been confirmed',
      { confirmedDrops: confirmed },
      { ...there(6n), ...begun(9n, 'imported', {}) },
      ['6'],
    ],
  ])('is %s', (_name, over, standing, ids) => {
    const items = itemsOf({ existing: 'Drop', ...only, ...over }, standing);
    if (isRefusal(items)) throw new Error(items.message);
    expect(dropsOf(items).map((d) => d.id)).toEqual(ids);
  });

  it.each<[string, Partial<RestoreOptions>, Standing]>([
    ['made since the run began', {}, { ...there(6n), ...begun(9n, 'imported', { replaces: 5n }) }],
    ['made where nothing stood when the run began', {}, { ...there(6n), ...begun(9n, 'created', {}) }],
    [
      'under the name of what stands aside, confirmed or not',
      { confirmedDrops: confirmed },
      { ...there(6n), ...begun(9n, 'swapping', { replaces: 5n, isAside: true }) },
    ],
  ])('is never a collection %s', (_name, over, standing) => {
    expect(plan({ existing: 'Drop', ...only, ...over }, standing)).toMatchObject({
      refused: 'TargetNotEmpty',
    });
  });

  it('must be what was confirmed, by name and id', () => {
    const of = (id: bigint, over: Partial<RestoreOptions>): Refusal | undefined => {
      const items = itemsOf({ existing: 'Drop', ...only, ...over }, there(id));
      if (isRefusal(items)) throw new Error(items.message);
      return unconfirmed(items, optionsOf({ existing: 'Drop', ...over }));
    };
    const { sha256 } = digestOfDrops([{ name: 'default.a', id: '5' }]);
    expect(of(5n, {})).toBeUndefined();
    expect(of(5n, { confirmedDrops: sha256 })).toBeUndefined();
    expect(of(6n, { confirmedDrops: sha256 })).toMatchObject({
      refused: 'TargetNotEmpty',
      message: expect.stringContaining('default.a (id 6) would be dropped'),
    });
    const nothing = digestOfDrops([]).sha256;
    expect(of(5n, { confirmedDrops: nothing })).toMatchObject({ refused: 'TargetNotEmpty' });
  });
});

describe('what is loaded', () => {
  const loads = (over: Partial<RestoreOptions>): { load: boolean[]; warnings: number } => {
    const options = optionsOf(over);
    const names = planNames({ backup, options });
    if (isRefusal(names)) throw new Error(names.message);
    const found = planRestore(names, options, nothing, new Map());
    if (isRefusal(found)) throw new Error(found.message);
    return { load: found.items.map((i) => i.load), warnings: found.warnings.length };
  };

  it.each<[string, Partial<RestoreOptions>, boolean[], number]>([
    ['as in the backup', {}, [true, false, true], 0],
    ['a renamed copy stays unloaded', { rename: renames({ suffix: '_x' }) }, [false, false, false], 0],
    ['all', { load: 'All', rename: renames({ suffix: '_x' }) }, [true, true, true], 0],
    ['none', { load: 'None' }, [false, false, false], 0],
    ['without indexes nothing can be', { indexes: 'None' }, [false, false, false], 2],
  ])('%s', (_name, over, load, warnings) => {
    expect(loads(over)).toEqual({ load, warnings });
  });
});

describe('what is created besides', () => {
  it('databases that are missing, with their properties, under their new names', () => {
    const options = optionsOf({ rename: renames({ databases: { shop: 'mall' } }) });
    const names = planNames({ backup, options });
    if (isRefusal(names)) throw new Error(names.message);
    const found = planRestore(names, options, nothing, new Map());
    expect(found).toMatchObject({
      databases: [
        { db_name: 'mall', properties: [{ key: 'k', value: 'v' }] },
        { db_name: 'bare', properties: [] },
      ],
    });
  });
});
