// SPDX-License-Identifier: Apache-2.0
// Names under which the node's container runtime knows what the lab builds. None of them can be pulled.
import { milvusVersion } from './tools.ts';

export const pauseImage = 'localhost/milvus-backup-lab/pause:1';
export const milvusImage = `localhost/milvus-backup-lab/milvus:${milvusVersion}`;
export const nodeBaseImage = 'localhost/milvus-backup-lab/node:24';
