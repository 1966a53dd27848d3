// SPDX-License-Identifier: Apache-2.0
// Import over gRPC: version 1 up to 2.3, and its translation by later servers. A task is followed by its id; its infos
// echo the request's options among their own keys.
import type { KeyValue } from '../format/meta.ts';
import { OperatorError } from '../base/error.ts';
import type { Caller } from './call.ts';
import type { CollectionName, ImportRequest, ImportState, ImportTask, MilvusClient } from './contract.ts';
import { codes } from './errors.ts';

type Imports = Pick<MilvusClient, 'importFiles' | 'importTask' | 'listImportTasks'>;

export function importCalls(caller: Caller): Imports {
  return {
    importFiles: (request) => importFiles(caller, request),
    importTask: (id) => importTask(caller, id),
    listImportTasks: (name) => listImportTasks(caller, name),
  };
}

async function importFiles(caller: Caller, request: ImportRequest): Promise<bigint> {
  const { message } = await caller.call<{ tasks: string[] }>({
    rpc: 'Import',
    request: {
      db_name: request.database,
      collection_name: request.collection,
      partition_name: request.partition,
      files: request.files,
      options: request.options,
    },
    database: request.database,
  });
  const [id] = message.tasks;
  if (id === undefined) {
    throw new OperatorError(
      'MilvusError',
      `Import at Milvus ${caller.options.address} was accepted without a task: whether it runs is not known.`,
    );
  }
  return BigInt(id);
}

type TaskMessage = {
  id: string;
  collection_id: string;
  state: number;
  row_count: string;
  infos: KeyValue[];
};

/** Unknown tasks: 1000 on 2.3, 2100 with these words later. */
async function importTask(caller: Caller, id: bigint): Promise<ImportTask | undefined> {
  const answer = await caller.find<TaskMessage>({ rpc: 'GetImportState', request: { task: String(id) } }, [
    codes.keyNotFound,
    codes.importFailed,
  ]);
  return answer && toImportTask({ ...answer.message, id: String(id) });
}

/** No limit: 2.3.5 then gives all. */
const taskLimit = 0;

async function listImportTasks(caller: Caller, name: CollectionName): Promise<ImportTask[]> {
  const { message } = await caller.call<{ tasks: TaskMessage[] }>({
    rpc: 'ListImportTasks',
    request: { db_name: name.database, collection_name: name.name, limit: taskLimit },
    database: name.database,
  });
  return message.tasks.map(toImportTask);
}

/** common.ImportState: Started 2, Persisted 5 and Flushed 8 are steps of a run. */
const states: Record<number, ImportState> = { 0: 'Pending', 1: 'Failed', 6: 'Completed', 7: 'Failed' };

function toImportTask(message: TaskMessage): ImportTask {
  // The server's own keys stand before the echoed options.
  const info = (key: string): string => message.infos.find((i) => i.key === key)?.value ?? '';
  const files = info('files');
  return {
    id: BigInt(message.id),
    collectionId: BigInt(message.collection_id),
    state: states[message.state] ?? 'Running',
    rows: Number(message.row_count),
    percent: Number(info('progress_percent')) || 0,
    reason: info('failed_reason'),
    files: files === '' ? [] : files.split(','),
  };
}
