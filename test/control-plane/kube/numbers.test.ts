// SPDX-License-Identifier: Apache-2.0
// The numbers that this room must hold, measured on a whole operator in its own process, and what it asks of the API
// server while nothing happens, from that server's audit log.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { forEachConcurrent } from '../../../src/base/backoff.ts';
import type { KubeClient } from '../../../src/kube/client.ts';
import { Rest } from '../../../src/kube/rest.ts';
import { waitFor } from '../../lab/wait.ts';
import {
  clientFor,
  defineWidgets,
  fieldManager,
  makeNamespace,
  widget,
  widgets,
  type Widget,
} from './support/bench.ts';
import { bundleOperator, startOperator, type Operator } from './support/operators.ts';

const count = 1000;
const idleMs = 65_000;
const plane = inject('controlPlane');
let client: KubeClient;
let rest: Rest;
let bundle: string;
const running: Operator[] = [];
beforeAll(async () => {
  client = clientFor(plane);
  rest = new Rest(client);
  await defineWidgets(rest);
  bundle = await bundleOperator(plane);
});
afterAll(async () => {
  await Promise.all(running.map((operator) => operator.kill()));
  await client.close();
});

function start(namespace: string, identity: string): Operator {
  const operator = startOperator(plane, bundle, { namespace, identity });
  running.push(operator);
  return operator;
}

/** As large as a backup's object, about two kilobytes. */
async function makeWidgets(namespace: string): Promise<void> {
  const annotations = { text: 'x'.repeat(1500) };
  const names = Array.from({ length: count }, (_, index) => `widget-${index}`);
  await forEachConcurrent(names, 16, async (name) => {
    const object = widget(namespace, name, 1);
    await rest.create(
      widgets,
      { ...object, metadata: { ...object.metadata, annotations } },
      { fieldManager },
    );
  });
}

/** Everything that `identity` asked within a span of time, as `verb resource`. */
function asked(identity: string, from: number, to: number): string[] {
  return readFileSync(plane.auditLog, 'utf8')
    .split('\n')
    .filter((line) => line.includes(`milvus-backup-operator/${identity}"`))
    .map((line) => JSON.parse(line) as AuditLine)
    .filter(({ requestReceivedTimestamp: time }) => Date.parse(time) >= from && Date.parse(time) <= to)
    .map(({ verb, objectRef }) => `${verb} ${objectRef.resource}`);
}
type AuditLine = { verb: string; requestReceivedTimestamp: string; objectRef: { resource: string } };

describe('an operator', () => {
  it('with nothing to do stays under 120 MiB', async () => {
    const operator = start(await makeNamespace(rest), 'idle');
    await operator.until('leading');
    await sleep(5000);
    const { now, most } = operator.memory();
    console.log(`idle: ${now.toFixed(0)} MiB resident, ${most.toFixed(0)} at most`);
    expect(now).toBeLessThan(120);
  });

  it(`with ${count} objects: all reconciled within 30 s of its start, a changed one within 1 s, under 150 MiB, quiet`, async () => {
    const namespace = await makeNamespace(rest);
    await makeWidgets(namespace);
    const began = Date.now();
    const operator = start(namespace, 'numbers');
    const written = (): number => operator.said.filter(({ event }) => event === 'written').length;
    await waitFor('all to be reconciled', 120_000, () => written() >= count || undefined);
    const cold = Date.now() - began;
    const { items } = await rest.list<Widget>(widgets, { namespace });
    expect(items.filter(({ status }) => status?.observedGeneration === 1)).toHaveLength(count);

    const times: number[] = [];
    for (const size of [2, 3, 4]) {
      const changed = Date.now();
      const body = { spec: { size } };
      await rest.patch(widgets, { namespace, name: 'widget-500' }, { fieldManager, body });
      const { at } = await operator.until('written', (said) => said.size === size);
      times.push(at - changed);
    }

    const from = Date.now();
    await sleep(idleMs);
    const requests = asked('numbers', from, from + idleMs - 1000);
    const others = requests.filter((request) => request !== 'update leases');
    const { now, most } = operator.memory();
    console.log(
      `${count} objects: ${cold} ms from start to all reconciled; changes seen after ${times.join(', ')} ms; ` +
        `${now.toFixed(0)} MiB resident, ${most.toFixed(0)} at most; ` +
        `idle for ${idleMs / 1000} s: ${requests.length - others.length} renewals and [${others.join(', ')}]`,
    );
    expect(cold).toBeLessThan(30_000);
    expect(Math.max(...times)).toBeLessThan(1000);
    expect(now).toBeLessThan(150);
    expect(others).toEqual([]);
    expect(requests.length).toBeGreaterThan(25);
    expect((await operator.probe('/metrics')).text).not.toContain('reflector_watch_restarts_total{');
  }, 300_000);
});
