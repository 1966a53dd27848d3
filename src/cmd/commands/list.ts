// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import type { Result } from '../../contract/result.ts';
import type { Engine } from '../../engine/engine.ts';
import { takeInventory, type InventoryOptions } from '../../engine/inventory.ts';
import { listBackups, type BackupSummary } from '../../engine/list.ts';
import { bytesText } from '../../contract/amounts.ts';
import { aboutFlags } from '../failure.ts';
import { inventoryOptionsOf, type ListFlags } from '../other-options.ts';
import type { Report } from '../report.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation, flags: ListFlags): Promise<ExitCode> {
  const about = aboutFlags('list', flags);
  return runOperation(invocation, about, () => {
    const options = inventoryOptionsOf(flags);
    return { run: (engine, report) => (options ? tell(engine, report, options) : list(engine, report)) };
  });
}

const head = '>> Backups:';

async function list(engine: Engine, report: Report): Promise<Result> {
  let count = 0;
  for await (const backup of listBackups(engine)) {
    if (count++ === 0) report.print(head);
    report.print(lineOf(backup));
    report.item('backups', backup);
  }
  if (count === 0) report.print(head);
  return resultOf(engine, `found ${count} backups`);
}

/** The newest ones, each with what it says of itself. */
async function tell(engine: Engine, report: Report, options: InventoryOptions): Promise<Result> {
  report.print(head);
  const inventory = await takeInventory(engine, options, (list, item) => {
    if (list === 'backups') report.print(factsOf(item));
    report.item(list, item);
  });
  const { found, incomplete, leftOut } = inventory;
  const message = `found ${found} backups, of which ${leftOut} are not listed, and ${incomplete} unfinished`;
  return { ...resultOf(engine, message), inventory };
}

function resultOf(engine: Engine, message: string): Result {
  return {
    v: 1,
    command: 'list',
    outcome: 'Succeeded',
    reason: 'Completed',
    message,
    engineVersion: engine.version,
  };
}

function factsOf(item: Record<string, unknown>): string {
  const said = Object.entries(item).filter(
    ([key, value]) => value !== undefined && !['name', 'state'].includes(key),
  );
  return `${String(item['name'])}  (${said.map(([key, value]) => `${key} ${String(value)}`).join(', ')})`;
}

/** A complete backup is its name alone, as the established tool prints it; scripts read these lines. */
export function lineOf({ name, state, size, message }: BackupSummary): string {
  if (state === 'Complete') return name;
  const facts = [
    state,
    ...(size === undefined ? [] : [bytesText(size)]),
    ...(message === undefined ? [] : [message]),
  ];
  return `${name}  (${facts.join(', ')})`;
}
