// SPDX-License-Identifier: Apache-2.0
// Keeps Milvus from removing files while they are copied. From 2.6.8 on by a ticket per collection, each resumed; before
// that by one clock for the whole instance, which a resume would clear for everybody, so it is renewed and then lapses.
// Best effort: a run goes on without it, with a warning.
import { hasReason, messageOf } from '../base/error.ts';
import type { GCTicket } from '../milvus/contract.ts';
import type { BackupRun } from './backup-run.ts';

const pauseSeconds = 15 * 60;
const renewMs = 5 * 60 * 1000;

export type GCPause = {
  /** Holds the collection's files until `release`; a no-op where one clock serves the whole instance. */
  hold(collectionId: bigint): Promise<void>;
  release(collectionId: bigint): Promise<void>;
  /** Ends renewal and resumes every ticket that is still open. */
  stop(): Promise<void>;
};

const noPause: GCPause = { hold: async () => {}, release: async () => {}, stop: async () => {} };

export async function startGCPause(run: BackupRun): Promise<GCPause> {
  if (run.options.gcPause === 'Off' || run.engine.config.milvus.management.endpoint === '') return noPause;
  return run.milvus.server.features.collectionGCPause ? pauseByTicket(run) : pauseInstance(run);
}

async function pauseInstance(run: BackupRun): Promise<GCPause> {
  const pause = async (): Promise<boolean> => {
    try {
      return (await run.milvus.pauseGC(pauseSeconds)) !== undefined;
    } catch (error) {
      warn(run, messageOf(error));
      return false;
    }
  };
  if (!(await pause())) {
    if (!run.warned.has('GCPauseUnsupported')) warn(run, 'this version has no such call');
    return noPause;
  }
  const timer = setInterval(() => void pause(), renewMs);
  return { ...noPause, stop: async () => clearInterval(timer) };
}

function warn(run: BackupRun, why: string): void {
  run.warn({
    reason: 'GCPauseUnsupported',
    message:
      `Milvus ${run.milvus.server.version} did not pause its garbage collection: ${why}. ` +
      'The backup goes on; if a file is removed meanwhile, its collection is planned anew.',
  });
}

async function pauseByTicket(run: BackupRun): Promise<GCPause> {
  const open = new Map<bigint, GCTicket[]>();
  const take = async (id: bigint): Promise<void> => {
    try {
      const ticket = await run.milvus.pauseGC(pauseSeconds, id);
      if (ticket === undefined || ticket === 'instance') return;
      await run.ledger.update((l) => ({ ...l, gcTickets: [...l.gcTickets, ticket] }));
      open.set(id, [...(open.get(id) ?? []), ticket]);
    } catch (error) {
      if (hasReason(error, 'Fenced')) throw error;
      warn(run, messageOf(error));
    }
  };
  const release = async (id: bigint): Promise<void> => {
    const tickets = open.get(id) ?? [];
    open.delete(id);
    for (const ticket of tickets)
      await run.milvus.resumeGC(ticket).catch((error: unknown) => warn(run, messageOf(error)));
    // A run that was told to stop can no longer write; the next attempt resumes the tickets again, which does no harm.
    if (run.engine.signal.aborted) return;
    await run.ledger.update((l) => ({
      ...l,
      gcTickets: l.gcTickets.filter((t) => !tickets.some((o) => o.ticket === t.ticket)),
    }));
  };
  await resumeLeftovers(run);
  // A renewal makes a new ticket beside the old one: both are kept and both are resumed.
  const timer = setInterval(
    () => void Promise.all([...open.keys()].map(take)).catch(() => undefined),
    renewMs,
  );
  return {
    hold: take,
    release,
    async stop() {
      clearInterval(timer);
      for (const id of open.keys()) await release(id);
    },
  };
}

/** Tickets of an attempt that died: nobody else knows them. */
async function resumeLeftovers(run: BackupRun): Promise<void> {
  const left = run.ledger.current().gcTickets;
  if (left.length === 0) return;
  for (const ticket of left)
    await run.milvus.resumeGC(ticket).catch((error: unknown) => warn(run, messageOf(error)));
  await run.ledger.update((l) => ({ ...l, gcTickets: [] }));
}
