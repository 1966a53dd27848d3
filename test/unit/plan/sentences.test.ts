// SPDX-License-Identifier: Apache-2.0
import { expect, it } from 'vitest';
import { sentences } from '../../../src/plan/sentences.ts';

it.each([
  [['it failed', 'try again'], 'it failed. Try again'],
  [['it failed.', 'try again.'], 'it failed. Try again'],
  [['it failed ... ', ''], 'it failed'],
  [['3 of 4', '2 left'], '3 of 4. 2 left'],
])('%j is one text', (texts, text) => {
  expect(sentences(...texts)).toBe(text);
});
