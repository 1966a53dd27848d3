// SPDX-License-Identifier: Apache-2.0
// The Events of an object, which may be gone when they come; and their messages for docs/reasons.md, where no status can
// hold them.
import { events } from '../../../../src/kube/event-object.ts';
import type { KubeObject } from '../../../../src/kube/resource.ts';
import { waitFor } from '../../../lab/wait.ts';
import { recordReason, type Bench } from './bench.ts';

type Told = KubeObject & { type: string; reason: string; note: string; regarding: { uid: string } };

/** What it says. */
export async function untilTold(
  { rest, namespace }: Bench,
  { kind, metadata }: KubeObject,
  reason: string,
  place = namespace,
): Promise<string> {
  const { note } = await waitFor(`an Event ${reason} of ${kind} ${metadata.name}`, 20_000, async () => {
    const { items } = await rest.list<Told>(events, { namespace: place });
    return items.find((event) => event.reason === reason && event.regarding.uid === metadata.uid);
  });
  recordReason(reason, note, `${kind} Event`);
  return note;
}
