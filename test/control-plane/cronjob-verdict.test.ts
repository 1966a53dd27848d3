// SPDX-License-Identifier: Apache-2.0
// What a schedule may be is what a CronJob may be: a real API server is asked about the same expressions and zones.
// Where the two differ stands below, each with its reason; nothing else may.
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ApiError } from '../../src/kube/api-error.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { Rest } from '../../src/kube/rest.ts';
import { parseCron } from '../../src/plan/schedule/cron.ts';
import { accepted, never, refused } from '../unit/plan/schedule/expressions.ts';
import { clientFor, makeNamespace } from './kube/support/bench.ts';

type Exception = { why: string; has: (text: string) => boolean };

/** A CronJob takes these and we refuse them. */
const expressionExceptions: Exception[] = [
  {
    why: 'A CronJob whose date no year has is taken, and never runs. Whoever wrote it believes to have backups.',
    has: (text) => problemOf(text, 'UTC')?.includes('never occurs') === true,
  },
  {
    why: '@every counts from when the controller saw the object, so that a slot has no time of its own.',
    has: (text) => text.startsWith('@every '),
  },
  {
    why: 'A field of commas alone is taken as one that names nothing. It never runs either.',
    has: (text) => text.split(/\s+/).some((field) => /^,+$/.test(field)),
  },
];

const zoneExceptions: Exception[] = [
  {
    why: 'Intl knows former names in any case, and does not tell how they are written. These are taken, a CronJob refuses them.',
    has: (zone) => ['US/PACIFIC', 'ASIA/KOLKATA'].includes(zone),
  },
];

const formerZones = ['US/Pacific', 'Asia/Kolkata', 'Europe/Kyiv', 'GB-Eire', 'NZ-CHAT', 'PRC', 'ROK', 'W-SU'];
const legacyZones = [
  'EST',
  'MST',
  'HST',
  'EST5EDT',
  'CET',
  'WET',
  'GMT0',
  'GMT+0',
  'Zulu',
  'UCT',
  'Etc/GMT+5',
];
/** What lies on the server's disk besides, such as localtime, it takes as it happens to lie there. */
const strangeZones = `
  Local local utc europe/berlin us/pacific US/PACIFIC ASIA/KOLKATA Mars/Olympus +02:00 +02 -05 UTC+2 GMT+2 CEST
  Etc/GMT+99 Etc/Unknown IST PST CST ACT BST JST SystemV/PST8 ../UTC ./UTC /UTC Europe//Berlin Europe Europe/
  Europe/Berlin/Mitte America\\Lima Europe/Berlin_ Evropa/Berlin`
  .split(/\s+/)
  .concat(' ', 'Europe/Berlin ', 'Europe/ Berlin');

const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);

let client: KubeClient;
let namespace: string;
beforeAll(async () => {
  client = clientFor(inject('controlPlane'));
  namespace = await makeNamespace(new Rest(client));
});
afterAll(() => client.close());

function problemOf(text: string, timeZone: string): string | undefined {
  const read = parseCron(text, timeZone);
  return 'problem' in read ? read.problem : undefined;
}

/** Undefined: a CronJob may be like that. It is validated whole and stored never. */
async function refusalOf(schedule: string, timeZone: string): Promise<string | undefined> {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  const path = `/apis/batch/v1/namespaces/${namespace}/cronjobs`;
  const body = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'a' },
    spec: { schedule, timeZone, jobTemplate: { spec: { template } } },
  };
  try {
    await client.json({ method: 'POST', path, query: { dryRun: 'All' }, body });
    return undefined;
  } catch (error) {
    // 500: the API server stumbles over a TZ= without a blank.
    if (error instanceof ApiError && [422, 500].includes(error.status)) return error.message;
    throw error;
  }
}

type Difference = { text: string; theirs: string; ours: string };

/** The texts on which the two differ, with what each says. */
async function differences(
  texts: readonly string[],
  ask: (text: string) => [Promise<string | undefined>, string | undefined],
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const text of texts) {
    const [asked, ours] = ask(text);
    const theirs = await asked;
    if ((theirs === undefined) !== (ours === undefined))
      found.push({ text, theirs: theirs ?? 'taken', ours: ours ?? 'taken' });
  }
  return found;
}

const isListed =
  (exceptions: Exception[]) =>
  ({ text }: Difference): boolean =>
    exceptions.some(({ has }) => has(text));

const byExpression = (text: string): [Promise<string | undefined>, string | undefined] => [
  refusalOf(text, 'UTC'),
  problemOf(text, 'UTC'),
];
const byZone = (zone: string): [Promise<string | undefined>, string | undefined] => [
  refusalOf('@daily', zone),
  problemOf('@daily', zone),
];

describe('a CronJob', () => {
  it('takes the expressions that we take', async () => {
    for (const text of accepted) expect(await refusalOf(text, 'UTC'), text).toBeUndefined();
  });

  it('refuses the expressions that we refuse', async () => {
    for (const [text] of refused) expect(await refusalOf(text, 'UTC'), text).toBeDefined();
  });

  it('takes what is listed as taken by it alone', async () => {
    const texts = [...never, '@every 5m', '@every 1h30m', ', * * * *', '0 0 * * ,,'];
    const found = await differences(texts, byExpression);
    expect(found.map(({ text }) => text)).toEqual(texts);
    expect(found.every(({ theirs }) => theirs === 'taken')).toBe(true);
    expect(found.filter(isListed(expressionExceptions))).toEqual(found);
    for (const { has, why } of expressionExceptions) expect(texts.some(has), why).toBe(true);
  });

  it(`says the same to expressions that chance made (SEED=${seed})`, async () => {
    const texts = fc.sample(expressions, { numRuns: 1500, seed });
    const taken = texts.filter((text) => problemOf(text, 'UTC') === undefined);
    expect(taken.length).toBeGreaterThan(200);
    expect(taken.length).toBeLessThan(1300);
    const isTold = isListed(expressionExceptions);
    expect((await differences(texts, byExpression)).filter((found) => !isTold(found))).toEqual([]);
  });

  it('says the same to zones, but to those listed', async () => {
    const zones = Intl.supportedValuesOf('timeZone');
    expect(zones.length).toBeGreaterThan(400);
    const texts = [...zones, ...formerZones, ...legacyZones, ...strangeZones];
    const found = await differences(texts, byZone);
    const isTold = isListed(zoneExceptions);
    expect(found.filter((each) => !isTold(each))).toEqual([]);
    expect(found.filter(isTold)).toHaveLength(2);
  });
});

const words = [
  'jan',
  'DEC',
  'Feb',
  'mon',
  'SUN',
  'Sat',
  'L',
  'W',
  'H',
  '?',
  '*',
  '',
  'TUES',
  '15W',
  '5L',
  '#',
];
const value = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 1, max: 6 }).map(String) },
  { weight: 2, arbitrary: fc.integer({ min: -1, max: 64 }).map(String) },
  { weight: 1, arbitrary: fc.constantFrom(...words, '00', '+5', '007', '1.5', '1e1', '0x1') },
);
const item = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom('*', '?') },
  { weight: 6, arbitrary: value },
  { weight: 2, arbitrary: fc.tuple(value, value).map(([a, b]) => `${a}-${b}`) },
  { weight: 1, arbitrary: fc.tuple(value, value).map(([a, b]) => `${a}/${b}`) },
  { weight: 1, arbitrary: value.map((step) => `*/${step}`) },
  { weight: 1, arbitrary: fc.tuple(value, value, value).map(([a, b, step]) => `${a}-${b}/${step}`) },
  { weight: 1, arbitrary: fc.tuple(value, value).map(([a, step]) => `*-${a}/${step}`) },
);
const field = fc.oneof(
  { weight: 5, arbitrary: item },
  { weight: 1, arbitrary: fc.array(item, { maxLength: 4 }).map((items) => items.join(',')) },
);
const separator = fc.oneof(
  { weight: 20, arbitrary: fc.constant(' ') },
  { weight: 1, arbitrary: fc.constantFrom('  ', '\t', '\n', '\u00a0', '\u0085', '\u3000', '\ufeff') },
);
const expressions = fc
  .tuple(
    fc.constantFrom(5, 5, 5, 5, 5, 5, 5, 5, 4, 6),
    fc.array(fc.tuple(field, separator), { minLength: 6, maxLength: 6 }),
  )
  .map(([many, fields]) => fields.slice(0, many).flat().join(''));
