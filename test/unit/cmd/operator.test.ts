// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cmd/cli.ts';
import { readAddress, readNames } from '../../../src/cmd/operator-flags.ts';
import { parseSettings } from '../../../src/cmd/operator-settings.ts';
import { fakeWorld } from './fake-world.ts';

const parse = (text: string) => parseSettings(text, 'settings.yaml');

describe('settings', () => {
  it('need an image and nothing else', () => {
    expect(parse('image: i:1\n')).toEqual({
      image: 'i:1',
      imagePullPolicy: 'IfNotPresent',
      imagePullSecrets: [],
      resources: {},
      env: [],
      labels: {},
      annotations: {},
      maxJobs: 50,
      maxJobsPerStorage: 10,
      version: '0.0.0-source',
    });
  });

  it('hold all that the chart can say', () => {
    const text = `
image: i@sha256:0
imagePullPolicy: Always
imagePullSecrets: [{name: s}]
resources: {requests: {cpu: 1}, limits: {memory: 1Gi}}
env: [{name: HTTPS_PROXY, value: 'http://p'}, {name: EMPTY, value: ''}]
nodeSelector: {disk: ssd}
tolerations: [{key: k, operator: Exists}]
priorityClassName: low
labels: {team: x}
annotations: {a: b}
maxJobs: 7
maxJobsPerStorage: 3
version: 1.2.3
`;
    expect(parse(text)).toMatchObject({
      version: '1.2.3',
      maxJobs: 7,
      maxJobsPerStorage: 3,
      nodeSelector: { disk: 'ssd' },
      env: [{}, { value: '' }],
    });
  });

  it('take what is left empty for not given', () => {
    expect(parse('image: i\nlabels:\nnodeSelector:\n')).toMatchObject({ labels: {} });
  });

  it.each([
    ['', 'settings.yaml is no YAML'],
    ['- a', 'settings.yaml holds no settings: at least image is needed'],
    ['image: [', 'settings.yaml is no YAML'],
    ['labels: {}', 'settings.yaml: image is missing: it names the image of each Job'],
    ['image: 5', 'settings.yaml: image is no text'],
    ['image: i\nimagePullPolicy: Sometimes', 'imagePullPolicy must be one of Always, IfNotPresent, Never'],
    ['image: i\nimagePullSecret: []', 'imagePullSecret is no setting: did you mean imagePullSecrets?'],
    ['image: i\nimagePullSecrets: [s]', 'imagePullSecrets [0] must hold name'],
    ['image: i\nimagePullSecrets: [{}]', 'imagePullSecrets [0] .name is missing'],
    ['image: i\nenv: {A: b}', 'env is no list'],
    ['image: i\nenv: [{name: A, valueFrom: {}}]', 'env [0] .value is missing'],
    ['image: i\nenv: [{name: A, value: b, more: c}]', 'env [0] .more is not known here'],
    ['image: i\nresources: {claims: []}', 'resources .claims is not known here'],
    ['image: i\nresources: {limits: {cpu: [1]}}', 'resources .limits .cpu is no text'],
    ['image: i\nmaxJobs: 0', 'maxJobs is no number from 1'],
    ['image: i\nmaxJobsPerStorage: 1.5', 'maxJobsPerStorage is no number from 1'],
    ['image: i\nlabels: {a: 1}', 'labels .a is no text'],
    [
      'image: i\nlabels: 1\nenv: 2',
      'settings.yaml: labels must hold texts by name; settings.yaml: env is no list',
    ],
  ])('%j are refused', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });
});

describe('flags', () => {
  it.each([
    ['a', ['a']],
    ['a,b', ['a', 'b']],
    ['a, a', ['a']],
  ])('namespaces %j', (text, names) => {
    expect(readNames(text)).toEqual(names);
  });

  it.each(['', 'a,', 'A', 'a b', '-a'])('namespaces %j are refused', (text) => {
    expect(() => readNames(text)).toThrow('is no name of a namespace');
  });

  it.each([
    [':8080', { port: 8080 }],
    ['127.0.0.1:0', { host: '127.0.0.1', port: 0 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('address %j', (text, address) => {
    expect(readAddress(text)).toEqual(address);
  });

  it.each(['8080', ':', ':70000', 'a:b', '::1:80'])('address %j is refused', (text) => {
    expect(() => readAddress(text)).toThrow('Allowed: a port');
  });
});

describe('the operator', () => {
  const run = async (argv: string[], env = {}): Promise<{ code: number; err: string }> => {
    const world = fakeWorld({ env });
    const code = await runCli(['operator', ...argv], world);
    return { code, err: world.err() };
  };

  it('says that its settings are not there', async () => {
    const { code, err } = await run(['--settings', '/nowhere/settings.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('Error: the settings cannot be read: ENOENT');
    expect(err).toContain('--settings');
  });

  it('refuses what is no flag of it', async () => {
    const { code, err } = await run(['--namespaces', 'A']);
    expect(code).toBe(2);
    expect(err).toContain('"A" is no name of a namespace');
  });
});
