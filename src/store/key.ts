// SPDX-License-Identifier: Apache-2.0
// Keys and ETags between our contract and the wire.

/** The value of x-amz-copy-source: every segment encoded, the slashes kept; the SDK sends it as it is. */
export function copySource(bucket: string, key: string): string {
  return [bucket, ...key.split('/')].map(encodeSegment).join('/');
}

// encodeURIComponent leaves these five alone, some servers' decoders do not expect them.
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Without the quotes, which some servers leave out themselves. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '');
}

/** The MD5 if the ETag has the form of one; of a multipart object it has not. */
export function hashOfEtag(etag: string): string | undefined {
  return /^[0-9a-f]{32}$/i.test(etag) ? etag.toLowerCase() : undefined;
}

/** How many parts the ETag speaks of, undefined for an object that was written in one piece. */
export function partsOfEtag(etag: string): number | undefined {
  const match = /^[0-9a-f]{32}-(\d+)$/i.exec(etag);
  return match ? Number(match[1]) : undefined;
}
