// SPDX-License-Identifier: Apache-2.0
import type { ExitCode } from '../../contract/exit.ts';
import type { Result } from '../../contract/result.ts';
import type { Engine } from '../../engine/engine.ts';
import { listBackups, type BackupSummary } from '../../engine/list.ts';
import { bytesText } from '../../contract/amounts.ts';
import type { Report } from '../report.ts';
import { runOperation, type Invocation } from '../run.ts';

export async function run(invocation: Invocation): Promise<ExitCode> {
  return runOperation(invocation, { command: 'list' }, () => ({ run: list }));
}

async function list(engine: Engine, report: Report): Promise<Result> {
  let count = 0;
  const head = '>> Backups:';
  for await (const backup of listBackups(engine)) {
    if (count++ === 0) report.print(head);
    report.print(lineOf(backup));
    report.item('backups', backup);
  }
  if (count === 0) report.print(head);
  return {
    v: 1,
    command: 'list',
    outcome: 'Succeeded',
    reason: 'Completed',
    message: `found ${count} backups`,
    engineVersion: engine.version,
  };
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
