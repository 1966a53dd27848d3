// SPDX-License-Identifier: Apache-2.0
// The lab: one real Kubernetes node, MinIO and two Milvus on this machine. `up` brings it up or finds it up,
// `down` leaves nothing, `status` tells. Tests import this file; people run main.ts.
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { boxOwner, closeDoor, killBox } from './box.ts';
import { sweepCache } from './cache.ts';
import { cacheFolder } from './cache-folder.ts';
import { removeCgroups } from './cgroups.ts';
import { sweepCommands } from './command.ts';
import { buildGoTool, goToolOf } from './go-build.ts';
import { removeHosts } from './hosts-file.ts';
import { readInfo, type LabInfo } from './info.ts';
import { instanceOf, type Instance } from './instance.ts';
import { withLock } from './lock.ts';
import { isHealthy } from './milvus.ts';
import { removeMountPoints } from './mount-points.ts';
import { isNodeReady } from './node.ts';
import { duration, type Log } from './progress.ts';
import { buildParts, startLab } from './start.ts';

export type { LabInfo, MilvusInfo } from './info.ts';
export { killMilvus, restartMilvus, waitForMilvus } from './milvus.ts';
export { startMilvus, type ExtraMilvus } from './milvus-extra.ts';

export type LabOptions = { log?: Log; instance?: Instance };

const silent: Log = () => undefined;

/** Brings the lab up; with a healthy one already there it only says where that is. */
export async function up({ log = silent, instance = instanceOf() }: LabOptions = {}): Promise<LabInfo> {
  return locked(instance, log, async () => {
    sweep();
    const trouble = await findLastingTrouble(instance, log);
    const info = readInfo(instance);
    if (trouble === undefined && info !== undefined) {
      log(`lab "${instance.name}" is already up`);
      return info;
    }
    if (existsSync(instance.folder)) {
      log(`lab "${instance.name}" is there but not whole (${trouble ?? 'unknown'}): taking it down first`);
      await remove(instance);
    }
    return startLab(instance, log);
  });
}

/** Builds what is not in the cache yet, and starts nothing. */
export async function prepare({ log = silent }: { log?: Log } = {}): Promise<void> {
  await buildParts(log);
}

/** Takes down whatever is there of the lab, also what a killed `up` left. */
export async function down({ log = silent, instance = instanceOf() }: LabOptions = {}): Promise<void> {
  await locked(instance, log, async () => {
    const start = performance.now();
    const wasThere = existsSync(instance.folder);
    await remove(instance);
    log(
      wasThere ? `lab "${instance.name}" is down (${duration(start)})` : `lab "${instance.name}" was not up`,
    );
  });
}

export type Status = { info: LabInfo | undefined; trouble: string | undefined };

/** Where the lab is, and what is wrong with it. */
export async function status({ instance = instanceOf() }: LabOptions = {}): Promise<Status> {
  return { info: readInfo(instance), trouble: await findTrouble(instance) };
}

/** The path of a command that the lab can build (minio, kubectl, ...), built on first use. */
export async function bin(command: string, log: Log = silent): Promise<string> {
  const { folder } = await buildGoTool(goToolOf(command), (text) => log(`${command}: ${text}`));
  return join(folder, command);
}

/** Every part is asked; the first that does not answer is named. */
async function findTrouble(instance: Instance): Promise<string | undefined> {
  if (boxOwner(instance) === undefined) return 'it is not running';
  const info = readInfo(instance);
  if (info === undefined) return 'it did not come up to its end';
  const checks: [string, () => Promise<boolean>][] = [
    ['the node is not Ready', () => isNodeReady(instance)],
    [
      'MinIO does not answer',
      async () => (await fetch(`http://${info.minio.endpoint}/minio/health/ready`)).ok,
    ],
    ['the source Milvus is not healthy', () => isHealthy(instance, 'milvus')],
    ['the target Milvus is not healthy', () => isHealthy(instance, 'milvus-target')],
  ];
  for (const [trouble, check] of checks) {
    if (!(await check().catch(() => false))) return trouble;
  }
  return undefined;
}

const patienceMs = 60_000;

/** A busy machine answers late: a lab that runs is only taken for broken if it stays so. */
async function findLastingTrouble(instance: Instance, log: Log): Promise<string | undefined> {
  const end = performance.now() + patienceMs;
  for (let isFirst = true; ; isFirst = false) {
    const trouble = await findTrouble(instance);
    const isRunning = boxOwner(instance) !== undefined && readInfo(instance) !== undefined;
    if (trouble === undefined || !isRunning || performance.now() > end) return trouble;
    if (isFirst) log(`lab "${instance.name}": ${trouble}; looking again for ${patienceMs / 1000} s`);
    await sleep(1000);
  }
}

/** What owners that are gone have left: programs first, then the folders that they wrote to. */
function sweep(): void {
  sweepCommands();
  sweepCache();
}

/** Each line tolerates that its thing is not there, and all of them may be run again. */
async function remove(instance: Instance): Promise<void> {
  sweep();
  await closeDoor(instance);
  await killBox(instance);
  await removeCgroups(instance);
  await removeHosts(instance);
  rmSync(instance.folder, { recursive: true, force: true, maxRetries: 5 });
  removeMountPoints();
}

async function locked<T>(instance: Instance, log: Log, work: () => Promise<T>): Promise<T> {
  const lock = join(cacheFolder(), `lab-${instance.name}.lock`);
  return withLock(lock, work, () =>
    log(`another up or down of lab "${instance.name}" is running: waiting for it`),
  );
}
