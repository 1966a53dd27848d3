// SPDX-License-Identifier: Apache-2.0
// One more login at the lab's object store, with a session token, as clouds give them out for a while.
import { createHash, createHmac } from 'node:crypto';
import type { LabInfo } from '../lab/info.ts';

export type TemporaryLogin = { accessKey: string; secretKey: string; token: string };

/** AssumeRole of the store's own token service, signed by hand: the client for it is no dependency of ours. */
export async function makeTemporaryLogin({ minio }: LabInfo): Promise<TemporaryLogin> {
  const body = 'Action=AssumeRole&Version=2011-06-15&DurationSeconds=3600';
  const headers = sign(body, minio);
  const answer = await fetch(`http://${minio.endpoint}/`, { method: 'POST', headers, body });
  const text = await answer.text();
  const read = (tag: string): string => {
    const [, value] = new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(text) ?? [];
    if (value === undefined) throw new Error(`AssumeRole gave no ${tag}: ${answer.status} ${text}`);
    return value;
  };
  return {
    accessKey: read('AccessKeyId'),
    secretKey: read('SecretAccessKey'),
    token: read('SessionToken'),
  };
}

function sign(body: string, minio: LabInfo['minio']): Record<string, string> {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const type = 'application/x-www-form-urlencoded';
  const scope = [time.slice(0, 8), minio.region, 'sts', 'aws4_request'];
  const signed = 'content-type;host;x-amz-date';
  const canonical = [
    'POST',
    '/',
    '',
    `content-type:${type}`,
    `host:${minio.endpoint}`,
    `x-amz-date:${time}`,
    '',
    signed,
    hash(body),
  ].join('\n');
  const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), hash(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>((last, part) => hmac(last, part), `AWS4${minio.secretKey}`);
  const credential = `Credential=${minio.accessKey}/${scope.join('/')}`;
  const signature = hmac(key, text).toString('hex');
  return {
    'content-type': type,
    'x-amz-date': time,
    authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${signed}, Signature=${signature}`,
  };
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
