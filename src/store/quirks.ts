// SPDX-License-Identifier: Apache-2.0
// How the providers differ, in one table. A column stands here only if the drivers act on it; what a provider's manual
// says beyond that is left out. Facts: rclone's provider table, minio-go, and what was measured on MinIO.
import type { Capabilities, Provider, StoreOptions } from './contract.ts';

const gib = 1024 ** 3;

export type Quirks = Capabilities & {
  /** Where the bucket's name goes when the configuration says Auto. */
  addressing: 'Path' | 'VirtualHosted';
  /** False: ListObjects of 2006, by marker. Tencent, Huawei's file buckets and old Ceph know nothing else reliably. */
  listV2: boolean;
  /**
   * ListMultipartUploads may be asked by prefix. MinIO answers only to an exact key or to none at all (measured), so
   * everywhere but at Amazon all are listed and the prefix is looked at here.
   */
  uploadPrefix: boolean;
  /** GCS refuses query parameters that it does not know, and the SDK adds x-id to each request. */
  operationInQuery: boolean;
  /** The endpoint when none is configured. */
  defaultEndpoint?: string;
};

const ordinary: Quirks = {
  addressing: 'VirtualHosted',
  conditionalWrites: true,
  bulkDelete: true,
  partCopy: true,
  maxCopyBytes: 5 * gib,
  listV2: true,
  uploadPrefix: false,
  operationInQuery: true,
};

const providers: Record<Provider, Quirks> = {
  S3: { ...ordinary, uploadPrefix: true },
  Minio: { ...ordinary, addressing: 'Path' },
  Ceph: { ...ordinary, addressing: 'Path', listV2: false, conditionalWrites: false },
  // Preconditions exist there too, but as generations, not as ETags; a copy may have any size because it cannot be split.
  GCS: {
    ...ordinary,
    addressing: 'Path',
    conditionalWrites: false,
    bulkDelete: false,
    partCopy: false,
    maxCopyBytes: Number.MAX_SAFE_INTEGER,
    operationInQuery: false,
    defaultEndpoint: 'storage.googleapis.com',
  },
  // SecondLevelDomainForbidden otherwise.
  Aliyun: { ...ordinary, conditionalWrites: false },
  Tencent: { ...ordinary, conditionalWrites: false, listV2: false },
  Huawei: { ...ordinary, conditionalWrites: false, listV2: false },
};

/** The row of this store. Behind 'S3' at an address that is not Amazon's stands another server: the careful choice then. */
export function quirksOf(options: Pick<StoreOptions, 'provider' | 'endpoint' | 'addressing'>): Quirks {
  const row = providers[options.provider];
  const isForeign =
    options.provider === 'S3' && options.endpoint !== undefined && !isAmazon(options.endpoint);
  const quirks: Quirks = isForeign ? { ...row, addressing: 'Path', uploadPrefix: false } : row;
  return options.addressing === 'Auto' ? quirks : { ...quirks, addressing: options.addressing };
}

function isAmazon(endpoint: string): boolean {
  return /(^|\.)amazonaws\.com(\.cn)?(:\d+)?$/.test(endpoint);
}
