// SPDX-License-Identifier: Apache-2.0
// Keys of Secrets and ConfigMaps as files of a Job's pod. Each object is one volume, however many of its keys are used:
// two sides that name one Secret read one file, by which the engine knows that one login sees both. No subPath, or a
// rotated Secret would never reach a running pod; nothing is optional, or the engine would start without its login.

export type KeyRef = { kind: 'Secret' | 'ConfigMap'; name: string; key: string };
export type KeysNeeded = { kind: 'Secret' | 'ConfigMap'; name: string; keys: string[] };

export type Mounts = {
  /** Notes that a key is used, and gives the path of its file. */
  file(ref: KeyRef): string;
  /** Every object that is used, in the order of first use. */
  needed(): KeysNeeded[];
  volumes(): Record<string, unknown>[];
  volumeMounts(): Record<string, unknown>[];
};

/** Apart from the folder of the configuration: a mount inside a read-only volume would find no place. */
const folder = '/run/milvus-backup';

/** Read for the group that fsGroup names. */
export const fileMode = 0o440;

export function createMounts(): Mounts {
  const used = new Map<string, KeysNeeded>();
  const volumeName = (index: number, kind: KeyRef['kind']): string => `${kind.toLowerCase()}-${index}`;
  const each = <T>(make: (name: string, needed: KeysNeeded) => T): T[] =>
    [...used.values()].map((needed, index) => make(volumeName(index, needed.kind), needed));
  return {
    file({ kind, name, key }) {
      const id = `${kind}/${name}`;
      const needed = used.get(id) ?? { kind, name, keys: [] };
      used.set(id, needed);
      if (!needed.keys.includes(key)) needed.keys.push(key);
      return `${folder}/${volumeName([...used.keys()].indexOf(id), kind)}/${key}`;
    },
    needed: () => [...used.values()].map((needed) => ({ ...needed, keys: [...needed.keys] })),
    volumes: () => each(volumeOf),
    volumeMounts: () => each((name) => ({ name, mountPath: `${folder}/${name}`, readOnly: true })),
  };
}

function volumeOf(volume: string, { kind, name, keys }: KeysNeeded): Record<string, unknown> {
  const files = { items: keys.map((key) => ({ key, path: key })), defaultMode: fileMode, optional: false };
  return kind === 'Secret'
    ? { name: volume, secret: { secretName: name, ...files } }
    : { name: volume, configMap: { name, ...files } };
}
