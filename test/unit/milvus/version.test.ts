// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { featuresOf } from '../../../src/milvus/features.ts';
import { versionOf } from '../../../src/milvus/version.ts';

describe('versionOf', () => {
  it.each([
    ['a release', ['v2.4.23'], [2, 4, 23]],
    ['a release without its letter', ['2.5.1', ''], [2, 5, 1]],
    ['a hotfix of four parts', ['v2.3.22.6'], [2, 3, 22]],
    ['the build of PyPI', ['v2.3.5-lite', 'v2.3.5-lite'], [2, 3, 5]],
    ['the head of a line', ['2.6-20260404-1a2b3c4d'], [2, 6, 9999]],
    ['a nightly of a named patch', ['2.6.0-20260404-1a2b3c4d'], [2, 6, 0]],
    ['a managed service', ['Zilliz Cloud Vector Database (Compatible with Milvus 2.5)', ''], [2, 5, 9999]],
    ['a managed service of a patch', ['Compatible with Milvus 2.5.4', ''], [2, 5, 4]],
    ['an exact version behind an embedded one', ['2.6-20260404', 'v2.6.2'], [2, 6, 2]],
    ['a branch', ['master-20260404-1a2b3c4d'], [99, 0, 0]],
    ['a date', ['20260404'], [99, 0, 0]],
    ['nothing', ['', ''], [99, 0, 0]],
  ])('reads %s', (_, texts, version) => {
    expect(versionOf(...texts)).toEqual(version);
  });
});

describe('featuresOf', () => {
  it.each([
    ['v2.3.5-lite', { describeDatabase: false, loadRefresh: true, importRowsAfterDeletes: true }],
    ['v2.4.2', { describeDatabase: false, l0Segments: true, importRowsAfterDeletes: false }],
    ['v2.4.3', { describeDatabase: true, aliasesOutliveCollections: false }],
    ['2.6-20260404', { collectionGCPause: true, flushAllByMessage: true }],
    ['v2.6.7', { collectionGCPause: false }],
    ['v2.6.8', { collectionGCPause: true, flushAllByMessage: false }],
  ])('of %s', (text, expected) => {
    expect(featuresOf(versionOf(text))).toMatchObject(expected);
  });
});
