// SPDX-License-Identifier: Apache-2.0
// What a person may say about the Jobs of an object: a closed list. No image, command, environment, volume or security
// context: whoever may write a backup must not get a shell in a pod that holds credentials.
import { list, map, object, text, type Rule, type Schema } from './schema.ts';
import { affinity, keysAreNames, labelValue, tolerations, topologySpreadConstraints } from './scheduling.ts';
import { objectName } from './shapes.ts';

const notOurs: Rule = {
  rule: [
    "self.all(key, key == 'azure.workload.identity/use'",
    "(!key.contains('milvusbackup.dev/') && !key.contains('kubernetes.io/') && !key.contains('istio.io/')))",
  ].join(' || '),
  message: 'keys of milvusbackup.dev/, kubernetes.io/ and istio.io/ are not for Jobs of ours: remove them',
  reason: 'FieldValueForbidden',
};

const quantity: Schema = {
  description: 'An amount such as 500m or 1Gi.',
  'x-kubernetes-int-or-string': true,
  maxLength: 32,
  pattern: '^([0-9]+([.][0-9]*)?|[.][0-9]+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]+)?$',
};

const resources = object('Resources of the engine, instead of those of the chart.', {
  requests: map('What is reserved, by resource.', quantity, 10, [keysAreNames]),
  limits: map('What is the most, by resource.', quantity, 10, [keysAreNames]),
});

export const jobOverrides: Schema = object(
  'How the Jobs of this object differ from the defaults of the chart. A closed list.',
  {
    resources,
    nodeSelector: {
      ...map('Labels that the node must have.', labelValue('The value.'), 50),
      'x-kubernetes-map-type': 'atomic',
    },
    tolerations,
    affinity,
    topologySpreadConstraints,
    priorityClassName: objectName('Name of a PriorityClass.'),
    runtimeClassName: objectName('Name of a RuntimeClass.'),
    imagePullSecrets: list(
      'Secrets for pulling the image, beside those of the chart.',
      object('One Secret.', { name: objectName('Name of the Secret.') }, { required: ['name'] }),
      10,
      { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] },
    ),
    labels: map('Labels of Jobs and pods, beside ours, which win.', labelValue('The value.'), 50, [
      notOurs,
      keysAreNames,
    ]),
    annotations: map('Annotations of Jobs and pods, beside ours, which win.', text('The value.', 1024), 20, [
      notOurs,
      keysAreNames,
    ]),
  },
);
