// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import {
  generationOf,
  isOurs,
  managedByLabel,
  managedByUs,
  numberOf,
  ourLabels,
  roleOf,
  roles,
  uidLabel,
} from '../../../src/plan/labels.ts';

const labelled = (labels?: Record<string, string>) => ({ metadata: labels === undefined ? {} : { labels } });
const object = { metadata: { uid: 'u' } };

describe('labels', () => {
  it.each(roles)('of a %s are read as they were written', (role) => {
    const job = labelled(ourLabels({ uid: 'u', role, number: 12, generation: 3, version: '1.2.3' }));
    expect(roleOf(job)).toBe(role);
    expect(numberOf(job)).toBe(12);
    expect(generationOf(job)).toBe(3);
    expect(isOurs(job, object)).toBe(true);
  });

  it.each([
    ['none', undefined],
    ['another object', { [managedByLabel]: managedByUs, [uidLabel]: 'v' }],
    ['another manager', { [managedByLabel]: 'Helm', [uidLabel]: 'u' }],
    ['no manager', { [uidLabel]: 'u' }],
    ['no object', { [managedByLabel]: managedByUs }],
  ])('of %s are not ours', (_, labels) => {
    expect(isOurs(labelled(labels), object)).toBe(false);
  });

  it.each(['', '0', '-1', '1.5', '01', 'one', '99999999999'])('%j is no number', (number) => {
    const job = labelled({ 'milvusbackup.dev/attempt': number, 'milvusbackup.dev/role': number });
    expect(numberOf(job)).toBeUndefined();
    expect(roleOf(job)).toBeUndefined();
  });

  it.each([
    ['1.2.3+build.5', '1.2.3_build.5'],
    ['-x-', 'x'],
    ['v'.repeat(80), 'v'.repeat(63)],
  ])('a version %s is made a value', (version, value) => {
    const labels = ourLabels({ uid: 'u', role: 'run', number: 1, version });
    expect(labels['app.kubernetes.io/version']).toBe(value);
  });
});
