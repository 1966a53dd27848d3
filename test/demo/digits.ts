// SPDX-License-Identifier: Apache-2.0
// Real data: the handwritten digits that ship inside the scikit-learn wheel, 1,797 images of 8 x 8 pixels with their
// labels. Downloaded once with pip and kept in the lab's cache.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { cached, cacheName } from '../lab/cache.ts';
import { run } from '../lab/command.ts';

const version = '1.5.2';
const member = 'sklearn/datasets/data/digits.csv.gz';

export type Digit = { id: number; pixels: number[]; label: number };

export async function loadDigits(): Promise<Digit[]> {
  const { folder } = await cached(cacheName('digits', version, member), async (folder, work) => {
    const download = [
      '--quiet',
      '--no-deps',
      '--only-binary=:all:',
      '--dest',
      work,
      `scikit-learn==${version}`,
    ];
    await run('python3', ['-m', 'pip', 'download', ...download]);
    const wheel = readdirSync(work).find((file) => file.endsWith('.whl'));
    if (wheel === undefined) throw new Error(`pip downloaded no wheel of scikit-learn==${version}`);
    const extract = 'import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extract(sys.argv[2], sys.argv[3])';
    await run('python3', ['-c', extract, join(work, wheel), member, folder]);
  });
  const lines = gunzipSync(readFileSync(join(folder, member)))
    .toString('utf8')
    .trim()
    .split('\n');
  return lines.map((line, id) => {
    const values = line.split(',').map(Number);
    return { id, pixels: values.slice(0, 64), label: values[64] ?? -1 };
  });
}
