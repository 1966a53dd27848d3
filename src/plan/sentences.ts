// SPDX-License-Identifier: Apache-2.0

/** Messages of different authors as one text: each a sentence of its own, whether it came with a full stop or not. */
export function sentences(...texts: readonly string[]): string {
  return texts
    .map((text) => text.trim().replace(/[.\s]+$/, ''))
    .filter((text) => text !== '')
    .map((text, i) => (i === 0 ? text : text.charAt(0).toUpperCase() + text.slice(1)))
    .join('. ');
}
