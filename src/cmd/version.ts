// SPDX-License-Identifier: Apache-2.0
// The version of this program: put in by the bundler (scripts/build.ts).

declare const MILVUS_BACKUP_VERSION: string | undefined;

export const version = typeof MILVUS_BACKUP_VERSION === 'string' ? MILVUS_BACKUP_VERSION : '0.0.0-source';
