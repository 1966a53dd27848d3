// SPDX-License-Identifier: Apache-2.0
// What version a server means by what it says of itself. Release images say v2.4.23, hotfixes have four parts, nightlies
// name a line and a date, the PyPI build says v2.3.5-lite, a managed service hides it in a sentence.
import type { Version } from './features.ts';

/** What has no number is taken for newer than every gate, as the established tool does. */
const unknown: Version = [99, 0, 0];

/** An exact release in any of the texts wins; else the first number found; else `unknown`. */
export function versionOf(...texts: string[]): Version {
  return firstOf(texts, exactVersion) ?? firstOf(texts, embeddedVersion) ?? unknown;
}

function firstOf(texts: string[], parse: (text: string) => Version | undefined): Version | undefined {
  return texts.map(parse).find((version) => version !== undefined);
}

/** v2.4.23 or 2.3.22.6, whose fourth part is dropped. */
function exactVersion(text: string): Version | undefined {
  return toVersion(/^v?(\d+)\.(\d+)\.(\d+)(?:\.\d+)?$/.exec(text.trim()));
}

/** At the start or after the word Milvus. `2.6-20260404-…` is the head of 2.6: later than each of its patches. */
function embeddedVersion(text: string): Version | undefined {
  return toVersion(/(?:^|milvus[\s:/_-]*)v?(\d+)\.(\d+)(?:\.(\d+))?/i.exec(text.trim()));
}

function toVersion(match: RegExpExecArray | null): Version | undefined {
  return match ? [Number(match[1]), Number(match[2]), Number(match[3] ?? 9999)] : undefined;
}
