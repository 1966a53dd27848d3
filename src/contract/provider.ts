// SPDX-License-Identifier: Apache-2.0
// Names of object stores in the configuration: the established tool's spelling, canonical after parsing.

/** Those that this version drives; local, azure and gcpnative are refused with a message. */
export const providerNames = ['minio', 's3', 'aws', 'ceph', 'gcp', 'aliyun', 'tencent', 'hwc'] as const;

export type ProviderName = (typeof providerNames)[number];
