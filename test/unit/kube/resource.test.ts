// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { apiVersionOf, keyOf, nameOfKey, pathOf, type Resource } from '../../../src/kube/resource.ts';
import { widgets } from './objects.ts';

const pods: Resource = { group: '', version: 'v1', plural: 'pods', kind: 'Pod', namespaced: true };
const nodes: Resource = { group: '', version: 'v1', plural: 'nodes', kind: 'Node', namespaced: false };

describe('paths', () => {
  it.each([
    ['all pods', pods, {}, '/api/v1/pods'],
    ['pods of a namespace', pods, { namespace: 'a' }, '/api/v1/namespaces/a/pods'],
    ['a pod', pods, { namespace: 'a', name: 'p' }, '/api/v1/namespaces/a/pods/p'],
    ['its log', pods, { namespace: 'a', name: 'p', subresource: 'log' }, '/api/v1/namespaces/a/pods/p/log'],
    ['all of a group', widgets, {}, '/apis/test.example/v1/widgets'],
    [
      'one of a group',
      widgets,
      { namespace: 'a', name: 'w' },
      '/apis/test.example/v1/namespaces/a/widgets/w',
    ],
    ['a cluster-scoped one', nodes, { name: 'n' }, '/api/v1/nodes/n'],
    ['a cluster-scoped one, namespace or not', nodes, { namespace: 'a', name: 'n' }, '/api/v1/nodes/n'],
    ['a name with a colon', nodes, { name: 'system:a' }, '/api/v1/nodes/system%3Aa'],
  ])('%s', (_name, resource, place, path) => {
    expect(pathOf(resource, place)).toBe(path);
  });

  it.each([
    ['a namespaced name without its namespace', pods, { name: 'p' }],
    ['an empty name', nodes, { name: '' }],
    ['a name of dots', nodes, { name: '..' }],
    ['a namespace of dots', pods, { namespace: '..', name: 'p' }],
  ])('refuses %s', (_name, resource, place) => {
    expect(() => pathOf(resource, place)).toThrow(TypeError);
  });

  it('keeps a slash inside its segment', () => {
    expect(pathOf(nodes, { name: 'a/../../secrets' })).toBe('/api/v1/nodes/a%2F..%2F..%2Fsecrets');
  });
});

describe('keys', () => {
  it.each([
    [{ namespace: 'a', name: 'b' }, 'a/b'],
    [{ name: 'b' }, 'b'],
  ])('%j is %s, both ways', (name, key) => {
    expect(keyOf(name)).toBe(key);
    expect(nameOfKey(key)).toEqual(name);
  });

  it('writes the API version of a group and of the core', () => {
    expect([apiVersionOf(pods), apiVersionOf(widgets)]).toEqual(['v1', 'test.example/v1']);
  });
});
