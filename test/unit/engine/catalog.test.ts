// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { isBackup, stateOf, type BackupFolder, type Marks } from '../../../src/engine/catalog.ts';
import { metaFiles, ownFiles, planKey } from '../../../src/format/paths.ts';

const levels = [metaFiles.backup, metaFiles.collection, metaFiles.partition, metaFiles.segment];

function marks(meta: string[], own: string[], hasBinlogs = false): Marks {
  return { meta: new Set(meta), own: new Set(own), hasBinlogs };
}

describe('the state of a folder', () => {
  it.each([
    ['a finished backup of ours', marks([...levels, metaFiles.full], [ownFiles.manifest]), 'Complete', true],
    ['one of the established tool', marks([...levels, metaFiles.full], []), 'Complete', true],
    ['one that only says its full meta', marks([metaFiles.full], []), 'Complete', true],
    ['level files without full_meta.json', marks(levels, []), 'Complete', true],
    ['committed, its ledger not yet removed', marks([metaFiles.full], [ownFiles.ledger]), 'Complete', true],
    ['our run before its commit', marks(levels, [ownFiles.ledger, ownFiles.manifest]), 'Incomplete', true],
    ['our run at its beginning', marks([], [ownFiles.ledger]), 'Incomplete', true],
    ['plans without a ledger', marks([], [planKey(1n)]), 'Incomplete', true],
    ['some level files', marks([metaFiles.backup], []), 'Incomplete', true],
    ['binlogs alone', marks([], [], true), 'Incomplete', false],
    [
      'a deletion that was killed early',
      marks([...levels, metaFiles.full], [ownFiles.deleting]),
      'Deleting',
      true,
    ],
    ['a deletion that was killed late', marks([], [ownFiles.deleting]), 'Deleting', true],
    ['something else', marks([], []), 'Foreign', false],
    ['something else with a meta folder', marks(['meta/notes.txt'], []), 'Foreign', false],
  ] as const)('%s', (_name, found, state, deletable) => {
    expect(stateOf(found)).toBe(state);
    expect(isBackup({ marks: found } as BackupFolder)).toBe(deletable);
  });
});
