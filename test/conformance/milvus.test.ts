// SPDX-License-Identifier: Apache-2.0
// The suite over the real Milvus 2.3.5 of the lab, or over MILVUS_ADDRESS (with MILVUS_MANAGEMENT and MILVUS_ROOT_PATH).
import { up } from '../lab/lab.ts';
import { milvusConformance } from './milvus.ts';
import type { MilvusTarget } from './milvus-target.ts';

milvusConformance('Milvus 2.3.5, the real one', acquire);

async function acquire(): Promise<MilvusTarget> {
  const version = 'v2.3.5-lite';
  const { MILVUS_ADDRESS: address, MILVUS_MANAGEMENT, MILVUS_ROOT_PATH } = process.env;
  if (address !== undefined) {
    return {
      address,
      ...(MILVUS_MANAGEMENT && { managementAddress: MILVUS_MANAGEMENT }),
      rootPath: MILVUS_ROOT_PATH ?? 'files',
      version,
    };
  }
  const { source } = (await up()).milvus;
  const managementAddress = `http://${source.managementAddress}`;
  return { address: source.address, managementAddress, rootPath: source.rootPath, version };
}
