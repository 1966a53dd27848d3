// SPDX-License-Identifier: Apache-2.0
// The pod of a Job: one container under Pod Security's restricted profile, no rights in Kubernetes, nothing writable but
// a bounded /tmp, no other way in than the configuration and the credentials that are mounted.
import { defined } from './fields.ts';
import { configFile, configFolder } from './job-arguments.ts';
import type { Choices } from './job-choices.ts';
import { fileMode, type Mounts } from './job-mounts.ts';
import type { Settings } from './settings.ts';

/** The container whose exit code and termination message count. */
export const engineContainer = 'engine';
/** Of the pod template; the downward API makes files of them. */
export const configurationAnnotation = 'milvusbackup.dev/configuration';
export const caAnnotation = 'milvusbackup.dev/ca-bundle';
const caFile = 'ca-bundle.crt';

const user = 65_532;
/** The engine ends by itself within 20 s. */
const graceSeconds = 30;
/** Plans of large runs are spilled there. */
const scratchSize = '2Gi';

export type PodFacts = {
  args: string[];
  settings: Settings;
  choices: Choices;
  mounts: Mounts;
  serviceAccountName: string | undefined;
};

export function podSpec(facts: PodFacts): Record<string, unknown> {
  const { settings, choices, mounts, serviceAccountName } = facts;
  // Taken apart by name: what else an object might carry is not passed on.
  const { nodeSelector, tolerations, affinity, topologySpreadConstraints } = choices;
  const { priorityClassName, runtimeClassName, imagePullSecrets } = choices;
  return defined({
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: graceSeconds,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    serviceAccountName,
    securityContext,
    nodeSelector,
    tolerations,
    affinity,
    topologySpreadConstraints,
    priorityClassName,
    runtimeClassName,
    imagePullSecrets,
    containers: [container(facts)],
    volumes: [
      {
        name: 'configuration',
        downwardAPI: { items: filesOf(settings), defaultMode: fileMode },
      },
      { name: 'tmp', emptyDir: { sizeLimit: scratchSize } },
      ...mounts.volumes(),
    ],
  });
}

const securityContext = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  fsGroupChangePolicy: 'OnRootMismatch',
  seccompProfile: { type: 'RuntimeDefault' },
};

/** The file of each annotation. */
function filesOf({ caBundle }: Settings): Record<string, unknown>[] {
  const item = (path: string, annotation: string): Record<string, unknown> => ({
    path,
    fieldRef: { fieldPath: `metadata.annotations['${annotation}']` },
  });
  const configuration = item(configFile, configurationAnnotation);
  return caBundle === undefined ? [configuration] : [configuration, item(caFile, caAnnotation)];
}

/** Annotations of the pod that its files are made of. */
export function fileAnnotations({ caBundle }: Settings, configuration: string): Record<string, string> {
  return {
    [configurationAnnotation]: configuration,
    ...(caBundle === undefined ? {} : { [caAnnotation]: caBundle }),
  };
}

function envOf({ caBundle, env }: Settings): Settings['env'] {
  const trusted = { name: 'NODE_EXTRA_CA_CERTS', value: `${configFolder}/${caFile}` };
  return caBundle === undefined ? env : [trusted, ...env];
}

function container({ args, settings, choices, mounts }: PodFacts): Record<string, unknown> {
  return {
    name: engineContainer,
    image: settings.image,
    imagePullPolicy: settings.imagePullPolicy,
    args,
    env: envOf(settings),
    resources: choices.resources,
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    volumeMounts: [
      { name: 'configuration', mountPath: configFolder, readOnly: true },
      { name: 'tmp', mountPath: '/tmp' },
      ...mounts.volumeMounts(),
    ],
  };
}
