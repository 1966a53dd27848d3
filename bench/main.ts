// SPDX-License-Identifier: Apache-2.0
// `npm run bench -- <name>`: figures, each with how it was taken. Ratios within one run count; seconds do not travel.
import { parseArgs } from 'node:util';
import { benchMilvus } from './milvus.ts';

const benches: Record<string, (rows: number) => Promise<void>> = { milvus: benchMilvus };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: 'string', default: '1000000' } },
});
const bench = benches[positionals[0] ?? ''];
const rows = Number(values.rows);
if (!bench || !Number.isSafeInteger(rows) || rows < 1000) {
  console.error(`usage: npm run bench -- ${Object.keys(benches).join(' | ')} [--rows N, at least 1000]`);
  process.exit(2);
}
await bench(rows);
