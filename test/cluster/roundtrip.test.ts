// SPDX-License-Identifier: Apache-2.0
// Ten random collections per seed: made and changed at random on a real Milvus, backed up by the command, restored, and
// compared by definition, by count(*) and by every row. `npm run test:roundtrip -- --seed N` repeats one seed.
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { createCollection, dropCollection } from '../data/collection.ts';
import { openMilvus, type Milvus } from '../data/connection.ts';
import { defaultDatabase } from '../data/definition.ts';
import { describe as describeCollection } from '../data/description.ts';
import { plainCollection, refusals } from '../data/refusals.ts';
import {
  arrivalOf,
  clear,
  depart,
  expectedDescription,
  findRowDifferences,
  inParallel,
  suffix,
  wayOf,
  type Traveler,
  type Way,
} from '../data/round-trip.ts';
import { schemasOf } from '../data/schemas.ts';
import { labConfig, openDesk } from '../support/command.ts';

/**
 * In the name of everything made here, anew for each seed: the servers are shared, and 2.3.5 holds the alias of a dropped
 * collection for a while.
 */
const nameRun = (): string => randomBytes(3).toString('hex');
const seeds = (process.env['ROUNDTRIP_SEEDS'] ?? '1,2,3').split(',').map((seed) => seed.trim());

describe.each(seeds)('seed %s', (seed) => {
  const lab = inject('lab');
  const run = nameRun();
  const desk = openDesk();
  const configs = {
    source: desk.config(labConfig(lab, `rt-${run}`)),
    target: desk.config(labConfig(lab, `rt-${run}`, 'target')),
  };
  const name = `seed_${seed.replaceAll(/\W/g, '_')}`;
  const definitions = schemasOf(seed, run);
  const travelers: Traveler[] = [];
  const unsound: string[][] = [];
  let source: Milvus;
  let target: Milvus;

  const timed = async <T>(what: string, work: Promise<T>): Promise<T> => {
    const start = performance.now();
    const done = await work;
    console.log(`seed ${seed}: ${what} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
    return done;
  };
  const command = async (config: string, args: string[]): Promise<void> => {
    const ended = await timed(args.slice(0, 3).join(' '), desk.run(config, [...args, '--report', 'json']));
    const told = JSON.stringify(ended.result) ?? ended.stdout;
    if (ended.code !== 0)
      throw new Error(`seed ${seed}: ${args.join(' ')}: exit ${ended.code}: ${told} ${ended.stderr}`);
  };
  const include = (chosen: readonly { definition: { database: string; name: string } }[]): string[] =>
    chosen.flatMap(({ definition }) => ['--include', `${definition.database}.${definition.name}`]);

  beforeAll(async () => {
    console.log(`round trip: seed ${seed}; again: npm run test:roundtrip -- --seed ${seed}`);
    source = await openMilvus(lab.milvus.source.address);
    target = await openMilvus(lab.milvus.target.address);
    travelers.push(...(await timed('ten collections made', depart(source, seed, definitions))));
    await command(configs.source, ['create', '--name', name, ...include(travelers)]);
    // The model itself is tried where the backup has flushed everything: a restore is not to blame for what is wrong here.
    const trying = inParallel(travelers, (one) => findRowDifferences(source, one.definition, one));
    unsound.push(...(await timed('compared where they stand', trying)));
    for (const { definition, way } of travelers) if (way === 'home') await dropCollection(source, definition);
    const restore = (way: Way, config: string, options: string[] = []): Promise<void> =>
      command(config, [
        'restore',
        '--name',
        name,
        ...options,
        ...include(travelers.filter((one) => one.way === way)),
      ]);
    const homeward = restore('home', configs.source).then(() =>
      restore('renamed', configs.source, ['--suffix', suffix]),
    );
    // Both must have ended before anything is cleared away.
    const ended = await Promise.allSettled([homeward, restore('abroad', configs.target)]);
    for (const end of ended) if (end.status === 'rejected') throw end.reason;
  });

  afterAll(async () => {
    await clear(source, definitions);
    await clear(target, definitions);
    await command(configs.source, ['delete', '--name', name]);
    await source.close();
    await target.close();
    desk.close();
  });

  test.concurrent.each(
    definitions.map((definition, at) => [at, wayOf(definition, at), definition.label] as const),
  )('%i, %s: %s', async (at, way) => {
    const traveler = travelers[at] as Traveler;
    expect(unsound[at], 'Milvus itself, before any restore, differs from what was written').toEqual([]);
    const milvus = way === 'abroad' ? target : source;
    const arrival = arrivalOf(traveler);
    expect(await describeCollection(milvus, arrival)).toEqual(expectedDescription(traveler));
    expect(await findRowDifferences(milvus, arrival, traveler)).toEqual([]);
  });
});

describe('what Milvus 2.3.5 refuses', () => {
  const plain = plainCollection({ database: defaultDatabase, name: `rt_${nameRun()}_plain` });
  let milvus: Milvus;

  beforeAll(async () => {
    milvus = await openMilvus(inject('lab').milvus.source.address);
    await createCollection(milvus, plain);
  });

  afterAll(async () => {
    await dropCollection(milvus, plain);
    await milvus.close();
  });

  test.each(refusals)('$what', async ({ ask, says }) => {
    await expect(ask(milvus, plain)).rejects.toThrow(says);
  });
});
