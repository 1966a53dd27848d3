// SPDX-License-Identifier: Apache-2.0
// The operator of the scaled day as a process that may be killed at any time and started again into the same day.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { waitFor } from '../lab/wait.ts';
import type { ControlPlaneInfo } from '../lab/control-plane-only.ts';
import { writeKubeconfig } from '../control-plane/kube/support/bench.ts';
import type { Pace } from './clock.ts';

export type Start = { plane: ControlPlaneInfo; server: string; namespace: string; pace: Pace };

const settings = { image: 'engine:test', maxJobs: 500, maxJobsPerStorage: 500 };

export class OperatorProcess {
  readonly #given: string;
  readonly #last: string[] = [];
  #child: ChildProcess | undefined;

  constructor({ plane, server, namespace, pace }: Start) {
    const file = join(plane.folder, `soak-${namespace}.yaml`);
    writeFileSync(file, JSON.stringify(settings));
    const kubeconfig = writeKubeconfig(plane, { token: plane.token }, server);
    this.#given = JSON.stringify({ ...pace, kubeconfig, settings: file, namespaces: [namespace] });
  }

  async start(): Promise<void> {
    const script = join(import.meta.dirname, 'operator.ts');
    const args = ['--pdeathsig', 'KILL', process.execPath, '--max-semi-space-size=4', script, this.#given];
    const child = spawn('setpriv', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let isSynced = false;
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (this.#last.push(line) > 20) this.#last.shift();
      isSynced ||= line.includes('caches synced');
    });
    await waitFor(
      'the operator to have synced',
      120_000,
      () => isSynced || child.exitCode !== null || child.signalCode !== null || undefined,
      () => this.#last.join('\n'),
    );
  }

  /** It must not end but by us. */
  get hasCrashed(): boolean {
    return this.#child !== undefined && this.#child.exitCode !== null;
  }

  get words(): string {
    return this.#last.join('\n');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  /** Resident MiB; undefined while it is away. */
  memory(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
      return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
    } catch {
      return undefined;
    }
  }
}
