// SPDX-License-Identifier: Apache-2.0
// The chart writes what the operator reads.
import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../src/cmd/operator-settings.ts';
import { find, renderObjects, settingsOf, type Tree } from './rendered.ts';

const all = {
  resources: { requests: { cpu: 1, memory: '1Gi' }, limits: { memory: '2Gi' } },
  env: [{ name: 'HTTPS_PROXY', value: '' }],
  caBundle: '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
  imagePullSecrets: [{ name: 'pull' }],
  nodeSelector: { a: 'b' },
  tolerations: [{ key: 'a', operator: 'Exists' }],
  priorityClassName: 'low',
  labels: { a: 'b' },
  annotations: { a: 'b' },
};

describe('the settings', () => {
  it.each<[string, Tree]>([
    ['without any value', {}],
    ['with all of them', { jobs: all }],
  ])('are read by the operator, %s', async (_what, values) => {
    const objects = await renderObjects(values);
    const { data } = find(objects, 'ConfigMap') as unknown as { data: Record<string, string> };
    expect(parseSettings(data['settings.yaml'] ?? '', 'settings.yaml')).toEqual(settingsOf(objects));
  });

  it('hold each value of jobs', async () => {
    expect(settingsOf(await renderObjects({ jobs: all }))).toMatchObject(all);
  });
});
