// SPDX-License-Identifier: Apache-2.0
// The last look at a text before it leaves the process. Errors should not carry secrets; this is the net below them.

const mask = '******';

/** Replaces each of `secrets` (four characters or longer) and everything that looks like a signature or a login. */
export function redact(text: string, secrets: readonly string[] = []): string {
  let clean = text;
  for (const secret of secrets) {
    if (secret.length >= 4) clean = clean.replaceAll(secret, mask);
  }
  return clean
    .replaceAll(/(X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"']+/gi, `$1${mask}`)
    .replaceAll(
      /((?:authorization|secret[-_ ]?(?:access[-_ ]?)?key|password|token)["']?\s*[:=]\s*["']?)[^\s"',}]+/gi,
      `$1${mask}`,
    )
    .replaceAll(/(\w+:\/\/)[^/\s:@]+:[^/\s@]+@/g, `$1${mask}@`);
}
