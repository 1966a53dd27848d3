// SPDX-License-Identifier: Apache-2.0
// The lab itself, tried on a second one beside whatever runs: it comes up in time, its names work, and nothing of it stays.
import { spawn, type ChildProcess } from 'node:child_process';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { overlaps } from '../lab/addresses.ts';
import { run } from '../lab/command.ts';
import { withoutBlocks } from '../lab/hosts-file.ts';
import { buildBaseImage, importImage } from '../lab/images.ts';
import { release } from '../lab/helm.ts';
import { nodeBaseImage } from '../lab/image-names.ts';
import { instanceOf } from '../lab/instance.ts';
import { apply, get, kubectl } from '../lab/kubectl.ts';
import { down, prepare, restartMilvus, status, up } from '../lab/lab.ts';
import { compare, findLeftovers, takeSnapshot, type Snapshot } from '../lab/leftovers.ts';
import { mark } from '../lab/mark.ts';
import { installOperator, operatorNamespace, uninstallOperator } from '../lab/operator.ts';
import { waitFor } from '../lab/wait.ts';

const instance = instanceOf('second');
const main = join(import.meta.dirname, '../lab/main.ts');

beforeAll(async () => {
  // Builds what is missing, so that the times below are those of a second `up`.
  await prepare({ log: console.log });
  await down({ instance });
});

afterAll(() => down({ instance }));

describe('up and down', () => {
  let before: Snapshot;

  beforeAll(async () => {
    before = await takeSnapshot(instance);
  });

  test('comes up in 90 s, and a second time finds itself up', async () => {
    const start = performance.now();
    const info = await up({ instance });
    expect((performance.now() - start) / 1000).toBeLessThan(90);
    const again = performance.now();
    expect(await up({ instance })).toEqual(info);
    expect((performance.now() - again) / 1000).toBeLessThan(10);
    expect(await status({ instance })).toEqual({ info, trouble: undefined });
  });

  test('its names work from this machine and from a pod', async () => {
    const { minio, milvus } = await up({ instance });
    const hosts = [milvus.source.managementAddress, milvus.target.managementAddress];
    const urls = [`${minio.endpoint}/minio/health/ready`, ...hosts.map((host) => `${host}/healthz`)];
    for (const url of urls) expect((await fetch(`http://${url}`)).status, url).toBe(200);
    expect(await fetchFromPod(urls)).toEqual(urls.map(() => 200));
  });

  test('what Milvus knows outlives its pod', async () => {
    const { milvus } = await up({ instance });
    const call = async (path: string, body?: object) => {
      const url = `http://${milvus.source.restAddress}/v1/vector/collections${path}`;
      const post = {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      };
      return (await fetch(url, body === undefined ? {} : post)).json() as Promise<{
        code: number;
        data: unknown;
      }>;
    };
    expect((await call('/create', { collectionName: 'kept', dimension: 4 })).code).toBe(200);
    await restartMilvus('source', instance);
    expect((await call('')).data).toEqual(['kept']);
  });

  test('our operator comes, is upgraded and goes; what was applied stays', async () => {
    await up({ instance });
    // One image throughout, whoever works on the sources meanwhile.
    const bundle = dirname(inject('command'));
    const namespaced = ['-n', operatorNamespace];
    const ready = [
      'deployment',
      release,
      '-o',
      'jsonpath={.status.readyReplicas} {.spec.template.spec.containers[0].image}',
    ];
    const { image, seconds } = await installOperator({ instance, bundle });
    expect(seconds).toBeLessThan(30);
    expect(await kubectl(instance, [...namespaced, 'get', ...ready])).toBe(`1 ${image.name}`);
    const storage = {
      provider: 'Minio',
      endpoint: 'minio:9000',
      bucket: 'b',
      prefix: 'p',
      auth: { anonymous: true },
    };
    const metadata = { name: 'kept', namespace: instance.namespace };
    const kept = {
      apiVersion: 'milvusbackup.dev/v1alpha1',
      kind: 'MilvusBackupStorage',
      metadata,
      spec: storage,
    };
    await apply(instance, [kept]);
    // Two replicas, with rights in one namespace alone: they fill their caches, and one of them works.
    await installOperator({
      instance,
      bundle,
      values: { replicas: 2, watchNamespaces: [instance.namespace] },
    });
    expect(await kubectl(instance, [...namespaced, 'get', ...ready])).toBe(`2 ${image.name}`);
    await apply(instance, [{ ...kept, metadata: { ...metadata, name: 'later' } }]);
    await waitFor('the operator to see an object', 30_000, async () => {
      type Seen = { status: { observedGeneration: number } };
      const { status } = await get<Seen>(instance, ['-n', instance.namespace, 'mbst', 'later']);
      return status.observedGeneration > 0 || undefined;
    });
    await uninstallOperator(instance);
    expect(await kubectl(instance, [...namespaced, 'get', 'deployment,pod', '-o', 'name'])).toBe('');
    expect(await get<object>(instance, ['-n', instance.namespace, 'mbst', 'kept'])).toMatchObject({
      metadata,
    });
    // As if a Helm had been killed in the middle of it: what it left stands in nobody's way.
    const type = 'helm.sh/release.v1';
    const labels = { owner: 'helm', name: release, status: 'pending-install', version: '1' };
    const pending = { name: `sh.helm.release.v1.${release}.v1`, namespace: operatorNamespace, labels };
    await apply(instance, [{ apiVersion: 'v1', kind: 'Secret', type, metadata: pending }]);
    await installOperator({ instance, bundle });
    expect(await kubectl(instance, [...namespaced, 'get', ...ready])).toBe(`1 ${image.name}`);
  });

  test('down leaves nothing', async () => {
    await down({ instance });
    expect(await findLeftovers(instance, before)).toEqual([]);
  });
});

describe('an up that is killed', () => {
  test.each([
    ['while the box opens', '[6/12]'],
    ['while the control plane starts', '[7/12]'],
    ['while Milvus starts', '[11/12]'],
  ])('%s leaves nothing behind after down', async (_when, line) => {
    const before = await takeSnapshot(instance);
    const child = startUp();
    await untilPrinted(child, line);
    child.kill('SIGKILL');
    await down({ instance });
    expect(await findLeftovers(instance, before)).toEqual([]);
  });
});

describe('a machine that lacks something', () => {
  test('is told all of it in one message', async () => {
    const child = startUp({ PATH: '/nonexistent' });
    const text = await untilPrinted(child, '\0');
    expect(child.exitCode).toBe(1);
    for (const missing of ['go:', 'python3:', 'containerd', 'mmdebstrap', 'iptables'])
      expect(text).toContain(missing);
    expect(text.match(/this machine lacks/g)).toHaveLength(1);
  });
});

describe('addresses', () => {
  test.each([
    ['10.88.0.0/24', '10.88.0.0/16', true],
    ['10.88.0.0/24', '10.88.0.7', true],
    ['10.88.0.0/24', '10.88.1.0/24', false],
    ['10.245.0.1/30', '10.245.0.0/30', true],
    ['10.245.0.1/30', '10.245.0.4/30', false],
    ['200.1.0.0/24', 'default', false],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    expect(overlaps(one, other)).toBe(expected);
    expect(overlaps(other, one)).toBe(expected);
  });
});

describe('the comparison', () => {
  test('sees a process, a socket, a link, a cgroup and a mount', async () => {
    const before = await takeSnapshot(instance);
    const program = "require('net').createServer().listen(0, '127.0.0.1', () => console.log('listening'))";
    const marked = spawn(process.execPath, ['-e', program], {
      env: { ...process.env, [mark]: instance.name },
    });
    await untilPrinted(marked, 'listening');
    const folder = '/sys/fs/cgroup/memory/leftover-of-lab';
    const traces: [string[], string[]][] = [
      [
        ['mkdir', folder],
        ['rmdir', folder],
      ],
      [
        ['ip', 'link', 'add', 'leftover0', 'type', 'bridge'],
        ['ip', 'link', 'delete', 'leftover0'],
      ],
      [
        ['mount', '-t', 'tmpfs', 'leftover', '/mnt'],
        ['umount', '/mnt'],
      ],
    ];
    for (const [[command = '', ...args]] of traces) await run(command, args);
    const after = await takeSnapshot(instance);
    marked.kill();
    for (const [, [command = '', ...args]] of traces) await run(command, args);
    const found = compare(before, after).map((line) => line.split(':')[0]);
    for (const kind of ['process', 'listening socket', 'link', 'cgroup', 'mount'])
      expect(found).toContain(`new ${kind}`);
  });

  test('a block of /etc/hosts goes without a trace', () => {
    const block =
      '# milvus-backup-lab second names begin\n10.0.0.1 a\n# milvus-backup-lab second names end\n';
    const other = block.replaceAll('second', 'main');
    expect(withoutBlocks(`127.0.0.1 localhost\n${block}`, 'milvus-backup-lab second')).toBe(
      '127.0.0.1 localhost\n',
    );
    expect(withoutBlocks(`x\n${other}${block}`, 'milvus-backup-lab second')).toBe(`x\n${other}`);
    expect(withoutBlocks(`x\n${other}${block}`, 'milvus-backup-lab main')).toBe(`x\n${block}`);
    const glued = block.replace('begin', 'begin (glued)');
    expect(withoutBlocks(`no end\n${glued}`, 'milvus-backup-lab second')).toBe('no end');
  });
});

/** Runs Node in a pod of the lab's namespace: the statuses that it saw. */
async function fetchFromPod(urls: string[]): Promise<unknown> {
  await importImage(instance, await buildBaseImage());
  const program = `Promise.all(process.argv.slice(1).map((u) => fetch('http://' + u).then((r) => r.status)))
    .then((all) => require('fs').writeFileSync('/dev/termination-log', JSON.stringify(all)))`;
  const securityContext = {
    runAsNonRoot: true,
    runAsUser: 65_532,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  };
  const command = ['node', '-e', program, ...urls];
  const container = {
    name: 'fetch',
    image: nodeBaseImage,
    imagePullPolicy: 'Never',
    command,
    securityContext,
  };
  const metadata = { name: 'fetch', namespace: instance.namespace };
  const spec = { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [container] };
  await apply(instance, [{ apiVersion: 'v1', kind: 'Pod', metadata, spec }]);
  type Pod = { status?: { containerStatuses?: { state?: { terminated?: { message?: string } } }[] } };
  const end = await waitFor('the pod to end', 60_000, async () => {
    const pod = await get<Pod>(instance, ['-n', instance.namespace, 'pod', 'fetch']);
    return pod.status?.containerStatuses?.[0]?.state?.terminated;
  });
  await kubectl(instance, ['-n', instance.namespace, 'delete', 'pod', 'fetch']);
  return JSON.parse(end.message ?? 'null');
}

function startUp(env: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, [main, 'up'], {
    env: { ...process.env, LAB_NAME: instance.name, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Resolves when a line that begins so has been printed, or at the end, with all that was printed. */
async function untilPrinted(child: ChildProcess, text: string): Promise<string> {
  let printed = '';
  return new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (chunk: string) => {
        printed += chunk;
        if (printed.includes(text)) resolve(printed);
      });
    }
    child.on('close', () => resolve(printed));
  });
}
