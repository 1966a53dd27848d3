// SPDX-License-Identifier: Apache-2.0
// What a file of tests over kubectl starts from: a world of its own, a collection in Milvus, and an object store that
// stands still when a test wants it to. Made before the tests, gone after them, also after half a beginning.
import type { MilvusClient } from '@zilliz/milvus2-sdk-node';
import { afterAll, afterEach, beforeAll, inject } from 'vitest';
import type { LabInfo } from '../lab/info.ts';
import { makeTiny } from './bad-bench.ts';
import { connect, makeCollection, type SmallCollection } from './collection.ts';
import { openGate, type Gate } from './gate.ts';
import { openHeldStore, type HeldStore } from './held-store.ts';
import { openWorld, type World } from './world.ts';

/** Takes in what is to be done in the end; the last comes first. */
type Later = (end: () => Promise<unknown>) => void;

/** To be called once, at the top of a file of tests; what it returns is empty until the first of them begins. */
function setScene<T extends object>(make: (later: Later) => Promise<T>): T {
  const scene = {} as T;
  const ends = new AsyncDisposableStack();
  beforeAll(async () => {
    const later: Later = (end) =>
      ends.defer(async () => {
        await end();
      });
    Object.assign(scene, await make(later));
  });
  afterAll(() => ends.disposeAsync());
  return scene;
}

export type HeldScene = {
  readonly world: World;
  /** Storage `held` of that world. */
  readonly store: HeldStore;
  readonly source: MilvusClient;
  /** Of 40 rows. */
  readonly collection: string;
};

/** For runs that are held one by one. `instance`: more about the MilvusInstance `milvus`. */
export function heldScene(about: string, instance?: Record<string, unknown>): HeldScene {
  return setScene(async (later) => {
    const lab = inject('lab');
    const source = await connectUntil(later, lab.milvus.source.address);
    const world = await openWorld(lab, about);
    later(() => world.close());
    const store = await openHeldStore(lab, world);
    later(() => store.close());
    if (instance) await world.applyInstance('milvus', instance);
    const collection = collectionOf(world);
    later(() => source.dropCollection({ collection_name: collection }));
    await makeTiny(source, collection);
    return { world, store, source, collection };
  });
}

export type GatedScene = {
  readonly world: World;
  /** Before the object store of that world; open again after each test. */
  readonly gate: Gate;
  readonly source: MilvusClient;
  readonly made: SmallCollection;
};

/** For runs that are held all at once. */
export function gatedScene(about: string, { rows = 600, batches = 2 } = {}): GatedScene {
  const scene = setScene<GatedScene>((later) => makeGated(later, inject('lab'), { about, rows, batches }));
  afterEach(() => scene.gate?.open());
  return scene;
}

/** The same with the second Milvus to restore into. */
export function gatedSceneOfTwo(about: string): GatedScene & { readonly target: MilvusClient } {
  const scene = setScene<GatedScene & { readonly target: MilvusClient }>(async (later) => {
    const lab = inject('lab');
    const target = await connectUntil(later, lab.milvus.target.address);
    const gated = await makeGated(later, lab, { about, rows: 600, batches: 2 });
    later(() => target.dropCollection({ collection_name: gated.made.name }));
    return { ...gated, target };
  });
  afterEach(() => scene.gate?.open());
  return scene;
}

async function makeGated(
  later: Later,
  lab: LabInfo,
  { about, rows, batches }: { about: string; rows: number; batches: number },
): Promise<GatedScene> {
  const source = await connectUntil(later, lab.milvus.source.address);
  const gate = await openGate(lab);
  later(() => gate.close());
  const world = await openWorld(gate.lab, about);
  later(() => world.close());
  const name = collectionOf(world);
  later(() => source.dropCollection({ collection_name: name }));
  return { world, gate, source, made: await makeCollection(source, name, rows, batches) };
}

async function connectUntil(later: Later, address: string): Promise<MilvusClient> {
  const milvus = await connect(address);
  later(() => milvus.closeConnection());
  return milvus;
}

function collectionOf({ namespace }: World): string {
  return `${namespace.replaceAll('-', '_')}_c`;
}
