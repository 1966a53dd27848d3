// SPDX-License-Identifier: Apache-2.0
// Cutting texts to a bound, never through the middle of a character.

const ellipsis = '…';

/** At most `max` UTF-16 units, the last of them an ellipsis where something was cut. */
export function cutText(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = max - ellipsis.length;
  const isSplitPair = /[\uD800-\uDBFF]/.test(text[end - 1] ?? '') && /[\uDC00-\uDFFF]/.test(text[end] ?? '');
  return text.slice(0, isSplitPair ? end - 1 : end) + ellipsis;
}

/** The same for a message: it begins with what was found and ends with what to do, so the middle goes. */
export function cutMessage(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = cutText(text, Math.ceil(max / 2));
  const start = text.length - (max - head.length);
  const isSplitPair =
    /[\uD800-\uDBFF]/.test(text[start - 1] ?? '') && /[\uDC00-\uDFFF]/.test(text[start] ?? '');
  return head + text.slice(isSplitPair ? start + 1 : start);
}

/** Compact JSON; ids that are bigint become text, which is how they are said everywhere outside a backup. */
export function toJson(value: unknown): string {
  return (
    JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? String(one) : one)) ?? 'null'
  );
}

/** What a value takes on a line, bytes. */
export function jsonBytes(value: unknown): number {
  return Buffer.byteLength(toJson(value));
}

/** Texts of this length are kept whole where their key has to stay: names of steps and reasons, digests, ids. */
const shortText = 64;

/**
 * Shortens the longest texts of a flat record until its JSON takes at most `max` bytes; what still does not fit goes,
 * longest first. Keys in `keep` never go, but a long text under one is shortened as well.
 */
export function fitRecord(
  record: Record<string, unknown>,
  max: number,
  keep: readonly string[] = [],
): Record<string, unknown> {
  const fitted = { ...record };
  for (let excess = jsonBytes(fitted) - max; excess > 0; excess = jsonBytes(fitted) - max) {
    const longest = longestKey(fitted, keep);
    if (longest === undefined) return fitted;
    const value = fitted[longest];
    const least = keep.includes(longest) ? shortText : 16;
    // Escapes make a character up to six bytes long, so cutting by the excess may take several rounds, each shorter.
    if (typeof value === 'string' && value.length > least) {
      fitted[longest] = cutText(value, Math.max(least, value.length - Math.ceil(excess / 6)));
    } else delete fitted[longest];
  }
  return fitted;
}

function longestKey(record: Record<string, unknown>, keep: readonly string[]): string | undefined {
  let longest: { key: string; bytes: number } | undefined;
  for (const [key, value] of Object.entries(record)) {
    const stays = keep.includes(key) && !(typeof value === 'string' && value.length > shortText);
    const bytes = jsonBytes(value);
    if (!stays && bytes > (longest?.bytes ?? 0)) longest = { key, bytes };
  }
  return longest?.key;
}
