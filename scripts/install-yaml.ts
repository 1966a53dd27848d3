// SPDX-License-Identifier: Apache-2.0
// dist/install.yaml: everything that the chart holds with its default values, for those who have no Helm. Rendered by the
// pinned Helm, so that the same sources give the same bytes.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { operatorNamespace, render } from '../test/lab/helm.ts';

const folder = process.argv[2] ?? 'dist';
const header = `# SPDX-License-Identifier: Apache-2.0
# milvus-backup-operator: definitions, rights and Deployment. Apply it with: kubectl apply --server-side -f install.yaml
---
apiVersion: v1
kind: Namespace
metadata:
  name: ${operatorNamespace}
  labels:
    pod-security.kubernetes.io/enforce: restricted
`;
const chart = await render({ say: (text) => console.error(`helm: ${text}`) });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'install.yaml'), header + chart);
