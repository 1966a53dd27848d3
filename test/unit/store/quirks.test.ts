// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import type { Provider } from '../../../src/store/contract.ts';
import { quirksOf } from '../../../src/store/quirks.ts';

const gib = 1024 ** 3;

describe('addressing', () => {
  it.each<[Provider, string | undefined, 'Path' | 'VirtualHosted']>([
    ['S3', undefined, 'VirtualHosted'],
    ['S3', 's3.eu-central-1.amazonaws.com', 'VirtualHosted'],
    ['S3', 's3.cn-north-1.amazonaws.com.cn:443', 'VirtualHosted'],
    ['S3', 'minio.lab.svc:9000', 'Path'],
    ['S3', 'notamazonaws.com', 'Path'],
    ['S3', 'amazonaws.com.evil.example', 'Path'],
    ['Minio', 'minio:9000', 'Path'],
    ['Ceph', 'rgw:7480', 'Path'],
    ['GCS', undefined, 'Path'],
    ['Aliyun', 'oss-cn-hangzhou.aliyuncs.com', 'VirtualHosted'],
    ['Tencent', 'cos.ap-beijing.myqcloud.com', 'VirtualHosted'],
    ['Huawei', 'obs.cn-north-4.myhuaweicloud.com', 'VirtualHosted'],
  ])('of %s at %s is %s', (provider, endpoint, addressing) => {
    const options = {
      provider,
      addressing: 'Auto' as const,
      ...(endpoint === undefined ? {} : { endpoint }),
    };
    expect(quirksOf(options).addressing).toBe(addressing);
    for (const wanted of ['Path', 'VirtualHosted'] as const) {
      expect(quirksOf({ ...options, addressing: wanted }).addressing).toBe(wanted);
    }
  });
});

it.each<[Provider, object]>([
  ['S3', { conditionalWrites: true, bulkDelete: true, partCopy: true, maxCopyBytes: 5 * gib, listV2: true }],
  ['Minio', { conditionalWrites: true, bulkDelete: true, partCopy: true, uploadPrefix: false }],
  ['Ceph', { conditionalWrites: false, listV2: false }],
  ['GCS', { conditionalWrites: false, bulkDelete: false, partCopy: false, operationInQuery: false }],
  ['Aliyun', { conditionalWrites: false, listV2: true }],
  ['Tencent', { conditionalWrites: false, listV2: false }],
  ['Huawei', { conditionalWrites: false, listV2: false }],
])('%s behaves as the table says', (provider, expected) => {
  expect(quirksOf({ provider, addressing: 'Auto' })).toMatchObject(expected);
});

it('lists open uploads without a prefix where the server is unknown', () => {
  const options = { provider: 'S3', addressing: 'Auto' } as const;
  expect(quirksOf(options).uploadPrefix).toBe(true);
  expect(quirksOf({ ...options, endpoint: 'minio:9000' }).uploadPrefix).toBe(false);
});
