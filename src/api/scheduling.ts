// SPDX-License-Identifier: Apache-2.0
// Affinity, tolerations and spread as Kubernetes has them, written out rather than left open: a field misspelt here is
// refused when it is applied and not when a Job cannot be made at night. The price is that a field which a later
// Kubernetes adds has to be added here too.
import { cel, choice, integer, list, map, object, text, type Schema } from './schema.ts';

/** With a prefix or without: app, example.com/app. */
export const qualifiedName =
  '^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$';
export const labelValuePattern = '^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$';

export const labelKey = (description: string): Schema =>
  text(description, 317, { minLength: 1, pattern: qualifiedName });
export const labelValue = (description: string): Schema =>
  text(description, 63, { pattern: labelValuePattern });

/** Every key of a map is a qualified name. */
export const keysAreNames = {
  rule: `self.all(key, size(key) <= 317 && key.matches(${cel(qualifiedName)}))`,
  message: 'each key must be a name such as app or example.com/app, of at most 63 characters after the slash',
};

function requirement(description: string, operators: readonly string[]): Schema {
  return object(
    description,
    {
      key: labelKey('The label.'),
      operator: choice('How the label is compared.', operators),
      values: list('The values it is compared with.', text('A value.', 253), 50),
    },
    { required: ['key', 'operator'] },
  );
}

const nodeOperators = ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'];
const nodeTerm = object('A choice of nodes: every requirement must hold.', {
  matchExpressions: list('By labels of the node.', requirement('By one label.', nodeOperators), 20),
  matchFields: list('By fields of the node.', requirement('By one field.', nodeOperators), 5),
});

const nodeAffinity = object('Which nodes.', {
  requiredDuringSchedulingIgnoredDuringExecution: object(
    'Nodes that do: one of the terms must hold.',
    { nodeSelectorTerms: list('The terms.', nodeTerm, 10, { minItems: 1 }) },
    { required: ['nodeSelectorTerms'] },
  ),
  preferredDuringSchedulingIgnoredDuringExecution: list(
    'Nodes that are liked better.',
    object(
      'A term and its weight.',
      { weight: integer('From 1 to 100.', { min: 1, max: 100 }), preference: nodeTerm },
      { required: ['weight', 'preference'] },
    ),
    10,
  ),
});

function labelSelector(description: string): Schema {
  return object(description, {
    matchLabels: map('Labels that must have these values.', labelValue('The value.'), 20),
    matchExpressions: list(
      'Requirements that must hold.',
      requirement('By one label.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
      10,
    ),
  });
}

const labelKeys = (description: string): Schema => list(description, labelKey('A key.'), 10);

const podTerm = object(
  'A choice of pods, and how far from them counts as near.',
  {
    labelSelector: labelSelector('Which pods, by their labels.'),
    namespaceSelector: labelSelector('In which namespaces, by their labels.'),
    namespaces: list('In which namespaces, by name.', text('A namespace.', 63, { minLength: 1 }), 20),
    topologyKey: labelKey('Label of nodes: pods on nodes with the same value are near each other.'),
    matchLabelKeys: labelKeys('Labels of our pod whose values the other pods must have too.'),
    mismatchLabelKeys: labelKeys('Labels of our pod whose values the other pods must not have.'),
  },
  { required: ['topologyKey'] },
);

function podAffinity(description: string): Schema {
  return object(description, {
    requiredDuringSchedulingIgnoredDuringExecution: list('What must hold.', podTerm, 10),
    preferredDuringSchedulingIgnoredDuringExecution: list(
      'What is liked better.',
      object(
        'A term and its weight.',
        { weight: integer('From 1 to 100.', { min: 1, max: 100 }), podAffinityTerm: podTerm },
        { required: ['weight', 'podAffinityTerm'] },
      ),
      10,
    ),
  });
}

export const affinity: Schema = object("Affinity of the Job's pod, as in a pod.", {
  nodeAffinity,
  podAffinity: podAffinity('Near which pods.'),
  podAntiAffinity: podAffinity('Away from which pods.'),
});

export const tolerations: Schema = list(
  "Taints that the Job's pod tolerates, as in a pod.",
  object('One toleration.', {
    key: labelKey('Key of the taint. Left out: every taint (operator Exists).'),
    operator: choice('How the value is compared. Left out: Equal.', ['Exists', 'Equal']),
    value: labelValue('Value of the taint.'),
    effect: choice('Effect of the taint. Left out: every effect.', [
      'NoSchedule',
      'PreferNoSchedule',
      'NoExecute',
    ]),
    tolerationSeconds: integer('How long a NoExecute taint is tolerated. Left out: for ever.', {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
  }),
  20,
);

export const topologySpreadConstraints: Schema = list(
  "How the Job's pod is spread among others, as in a pod.",
  object(
    'One constraint.',
    {
      maxSkew: integer('How uneven the spread may be.', { min: 1, max: 1000 }),
      topologyKey: labelKey('Label of nodes that makes a domain.'),
      whenUnsatisfiable: choice('What to do when it cannot be kept.', ['DoNotSchedule', 'ScheduleAnyway']),
      labelSelector: labelSelector('Which pods are counted.'),
      minDomains: integer('Least number of domains.', { min: 1, max: 1000 }),
      nodeAffinityPolicy: choice('Whether nodes that affinity shuts out count.', ['Honor', 'Ignore']),
      nodeTaintsPolicy: choice('Whether nodes with taints count.', ['Honor', 'Ignore']),
      matchLabelKeys: labelKeys('Labels of our pod whose values the counted pods must have too.'),
    },
    { required: ['maxSkew', 'topologyKey', 'whenUnsatisfiable'] },
  ),
  10,
);
