// SPDX-License-Identifier: Apache-2.0
// Writes every generated file of the tree. `npm run verify` runs it and demands that nothing changed.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fillCliDocument } from '../src/cmd/document.ts';
import { generateChart } from './generate-chart.ts';
import { generateCrds } from './generate-crds.ts';
import { generateDocs } from './generate-docs.ts';
import { generateMetrics } from './generate-metrics.ts';
import { lintConfig } from './lint-config.ts';

const root = join(import.meta.dirname, '..');

writeFileSync(join(root, '.oxlintrc.json'), `${JSON.stringify(lintConfig(), undefined, 2)}\n`);

const cli = join(root, 'docs/cli.md');
writeFileSync(cli, fillCliDocument(readFileSync(cli, 'utf8')));

await generateCrds(root);
generateChart(root);
await generateMetrics(root);
generateDocs(root);
