// SPDX-License-Identifier: Apache-2.0
// Events as the API server takes them, and as people see them.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { systemClock, type Clock } from '../../../src/base/clock.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { events, type Event, type News } from '../../../src/kube/event-object.ts';
import { EventRecorder } from '../../../src/kube/events.ts';
import type { KubeObject } from '../../../src/kube/resource.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  clientFor,
  configMap,
  configMaps,
  fieldManager,
  makeNamespace,
  namespaces,
} from './support/bench.ts';

const plane = inject('controlPlane');
let client: KubeClient;
let rest: Rest;
let namespace: string;
let object: KubeObject;
beforeAll(async () => {
  client = clientFor(plane);
  rest = new Rest(client);
  namespace = await makeNamespace(rest);
  object = await rest.create(configMaps, configMap(namespace, 'subject'), { fieldManager });
});
afterAll(() => client.close());

type Written = Event & { series?: { count: number; lastObservedTime: string } };

function start(clock: Clock = systemClock): {
  recorder: EventRecorder;
  outcomes: string[];
  stop: () => Promise<void>;
} {
  const outcomes: string[] = [];
  const quiet = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: () => undefined,
  };
  const recorder = new EventRecorder({
    rest,
    clock,
    log: quiet,
    reporter: { controller: 'test.example/painter', instance: 'painter-0' },
    fieldManager,
    observer: (outcome) => outcomes.push(outcome),
  });
  const stopping = new AbortController();
  const ended = recorder.run(stopping.signal);
  return {
    recorder,
    outcomes,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
const news = (more: Partial<News> = {}): News => ({
  regarding: object,
  type: 'Warning',
  reason: 'Failed',
  action: 'Paint',
  note: 'There is no paint: buy some.',
  ...more,
});
async function written(reason: string, where = namespace): Promise<Written[]> {
  const { items } = await rest.list<Written>(events, { namespace: where });
  return items.filter((event) => event.reason === reason);
}

describe('an Event', () => {
  it('is taken by the server as it is, and names its object', async () => {
    const { recorder, stop } = start();
    const related = await rest.create<KubeObject>(configMaps, configMap(namespace, 'related'), {
      fieldManager,
    });
    recorder.record(news({ reason: 'Plain', related }));
    const [event] = await waitFor('the Event', 30_000, async () => {
      const found = await written('Plain');
      return found.length > 0 ? found : undefined;
    });
    expect(event).toMatchObject({
      regarding: { kind: 'ConfigMap', name: 'subject', namespace, uid: object.metadata.uid },
      related: { kind: 'ConfigMap', name: 'related' },
      note: 'There is no paint: buy some.',
      reportingController: 'test.example/painter',
    });
    expect(event?.eventTime).toMatch(/\.\d{6}Z$/);
    await stop();
  });

  it('that comes a thousand times is one object and two writes', async () => {
    // A minute passes in a tenth of a second.
    const fast = {
      ...systemClock,
      monotonic: () => performance.now() * 600,
      sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 600, signal),
    };
    const { recorder, outcomes, stop } = start(fast);
    for (let time = 0; time < 1000; time++) recorder.record(news({ reason: 'Often' }));
    const found = await waitFor('the count', 30_000, async () => {
      const all = await written('Often');
      return all[0]?.series ? all : undefined;
    });
    expect(found).toHaveLength(1);
    expect(found[0]?.series?.count).toBe(1000);
    await stop();
    expect(outcomes.length).toBeLessThanOrEqual(2);
  });

  it.each<[string, Partial<News>]>([
    ['whose note is too long', { reason: 'Long', note: '🐘'.repeat(2000) }],
    ['whose object has a very long name', { reason: 'LongName' }],
  ])('%s is cut so that the server takes it', async (_name, more) => {
    const { recorder, outcomes, stop } = start();
    const long = configMap(namespace, `${'n'.repeat(240)}.x-y.z`);
    const regarding = await rest.apply<KubeObject>(configMaps, long, { fieldManager });
    recorder.record(news({ ...more, regarding }));
    await waitFor('an answer', 30_000, () => outcomes.length > 0 || undefined);
    expect(outcomes).toEqual(['written']);
    await stop();
  });

  it('about a namespace that is going is refused there and taken in default', async () => {
    const going = await makeNamespace(rest);
    const last = configMap(going, 'last');
    last.metadata.finalizers = ['test.example/hold'];
    const regarding = await rest.create<KubeObject>(configMaps, last, { fieldManager });
    await rest.delete(namespaces, { name: going }, { propagation: 'Background' });
    await waitFor('the namespace to go', 30_000, async () => {
      const { metadata } = await rest.get(namespaces, { name: going });
      return metadata.deletionTimestamp;
    });
    const { recorder, outcomes, stop } = start();
    recorder.record(news({ regarding, reason: `There${going.slice(2)}` }));
    await waitFor('an answer', 30_000, () => outcomes.length > 0 || undefined);
    expect(outcomes).toEqual(['dropped']);
    recorder.record(news({ regarding, reason: `Default${going.slice(2)}`, namespace: 'default' }));
    await waitFor('another answer', 30_000, () => outcomes.length > 1 || undefined);
    expect(outcomes).toEqual(['dropped', 'written']);
    const [event] = await written(`Default${going.slice(2)}`, 'default');
    expect(event?.regarding).toMatchObject({ name: 'last', uid: regarding.metadata.uid });
    await stop();
    await rest.patch(
      configMaps,
      { namespace: going, name: 'last' },
      { fieldManager, body: { metadata: { finalizers: null } } },
    );
  });
});
