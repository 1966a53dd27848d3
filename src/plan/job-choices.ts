// SPDX-License-Identifier: Apache-2.0
// What the chart says for all Jobs and an object for its own, as one. The object wins over the chart, and we over both.
import type { JobOverrides } from '../api/index.ts';
import type { Settings } from './settings.ts';

export type Choices = Omit<JobOverrides, 'labels' | 'annotations'> & {
  labels: Record<string, string>;
  annotations: Record<string, string>;
};

/** A proxy beside the engine would outlive it and keep the Job from ending. */
const noSidecars = {
  labels: { 'sidecar.istio.io/inject': 'false' },
  annotations: { 'sidecar.istio.io/inject': 'false', 'linkerd.io/inject': 'disabled' },
};

export function choicesOf(settings: Settings, job: JobOverrides = {}, ours: Record<string, string>): Choices {
  const { labels, annotations, resources, nodeSelector, tolerations, imagePullSecrets, ...rest } = job;
  return {
    ...(settings.priorityClassName === undefined ? {} : { priorityClassName: settings.priorityClassName }),
    ...rest,
    resources: resourcesOf(settings.resources, resources),
    nodeSelector: { ...settings.nodeSelector, ...nodeSelector },
    tolerations: [...(settings.tolerations ?? []), ...(tolerations ?? [])],
    imagePullSecrets: byName([...settings.imagePullSecrets, ...(imagePullSecrets ?? [])]),
    labels: { ...settings.labels, ...labels, ...noSidecars.labels, ...ours },
    annotations: { ...settings.annotations, ...annotations, ...noSidecars.annotations },
  };
}

type Resources = NonNullable<JobOverrides['resources']>;

/** Resource by resource. A limit without a request stands for both, as everywhere in Kubernetes: the chart's request goes. */
function resourcesOf(chart: Resources, job: Resources = {}): Resources {
  const requests = { ...chart.requests };
  for (const name of Object.keys(job.limits ?? {})) delete requests[name];
  return {
    requests: { ...requests, ...job.requests },
    limits: { ...chart.limits, ...job.limits },
  };
}

function byName(secrets: readonly { name: string }[]): { name: string }[] {
  return [...new Map(secrets.map((secret) => [secret.name, secret])).values()];
}
