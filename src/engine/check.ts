// SPDX-License-Identifier: Apache-2.0
export { checkStorageMatch, findStorageMismatch } from './storage-match.ts';
