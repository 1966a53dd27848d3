// SPDX-License-Identifier: Apache-2.0
// Every resource that the operator reads or writes, and the name it writes under. What stands here is what its role must
// allow.
import { group, version } from '../api/index.ts';
import { backup } from '../api/backup.schema.ts';
import { instance } from '../api/instance.schema.ts';
import { restore } from '../api/restore.schema.ts';
import { schedule } from '../api/schedule.schema.ts';
import { storage } from '../api/storage.schema.ts';
import type { Kind } from '../api/index.ts';
import type { Resource } from '../kube/resource.ts';

export const fieldManager = 'milvus-backup-operator';

const ours = ({ kind, plural }: Kind): Resource => ({ group, version, plural, kind, namespaced: true });
const core = (plural: string, kind: string, namespaced = true): Resource => ({
  group: '',
  version: 'v1',
  plural,
  kind,
  namespaced,
});

export const instances = ours(instance);
export const storages = ours(storage);
export const backups = ours(backup);
export const restores = ours(restore);
export const schedules = ours(schedule);

export const jobs: Resource = {
  group: 'batch',
  version: 'v1',
  plural: 'jobs',
  kind: 'Job',
  namespaced: true,
};
export const pods = core('pods', 'Pod');
export const secrets = core('secrets', 'Secret');
export const configMaps = core('configmaps', 'ConfigMap');
export const namespaces = core('namespaces', 'Namespace', false);
export const nodes = core('nodes', 'Node', false);
/** Read by what they are about, which only the older of the two resources offers to everybody. */
export const coreEvents = core('events', 'Event');
