// SPDX-License-Identifier: Apache-2.0
// A configuration file as a flat list of what is written in it, each with its line. Knows YAML's shapes (by js-yaml),
// no key. Scalars stay the text that was written: which of them is a number is for the parameter to say, so that a
// password 0123 or 1e5 is what it says.
import {
  EVENT_ID,
  FAILSAFE_SCHEMA,
  YAMLException,
  getScalarValue,
  load,
  mergeTag,
  nullCoreTag,
  parseEvents,
  type Event,
} from 'js-yaml';
import { OperatorError } from '../base/error.ts';

/** `null`: the key stands there without a value, which is as if it did not. */
export type Leaf = {
  key: string;
  value: string | string[] | null | { shape: string; entries?: Record<string, string> };
  line?: number;
};

const schema = FAILSAFE_SCHEMA.withTags(nullCoreTag, mergeTag);

/**
 * Lists the leaves of a YAML text. Descends only into what `isSection` knows (paths in lower case), which also bounds the
 * work on a text whose aliases refer to each other.
 */
export function readDocument(name: string, text: string, isSection: (path: string) => boolean): Leaf[] {
  const root = parse(name, text);
  if (root === null) return [];
  if (!isMapping(root)) {
    throw new OperatorError(
      'InvalidConfiguration',
      `${name}: found ${shapeOf(root)}; allowed: keys and values`,
    );
  }
  const lines = linesOf(text);
  const leaves: Leaf[] = [];
  const visit = (mapping: Record<string, unknown>, above: string): void => {
    for (const [key, value] of Object.entries(mapping)) {
      const path = `${above}${key}`;
      if (isMapping(value) && isSection(path.toLowerCase())) {
        visit(value, `${path}.`);
        continue;
      }
      const line = lines.get(path);
      leaves.push({ key: path, value: leafValue(value), ...(line === undefined ? {} : { line }) });
    }
  };
  visit(root, '');
  return leaves;
}

function parse(name: string, text: string): unknown {
  // js-yaml refuses a text without any document; a file of comments alone says nothing, which is allowed.
  if (text.split('\n').every((line) => /^\s*(#.*)?$/.test(line))) return null;
  try {
    return load(text, { schema, filename: name, maxAliases: 100 });
  } catch (error) {
    // The snippet that js-yaml shows may be a line with a password: only its place is told.
    const { reason, mark } =
      error instanceof YAMLException ? error : { reason: 'cannot be read', mark: undefined };
    const where = mark ? `${name}:${mark.line + 1}` : name;
    throw new OperatorError('InvalidConfiguration', `${where}: not valid YAML: ${reason}`, { cause: error });
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return isMapping(value) ? 'a section' : 'a text';
}

function leafValue(value: unknown): Leaf['value'] {
  if (typeof value === 'string' || value === null) return value;
  if (Array.isArray(value) && value.every((element) => typeof element === 'string')) return value;
  const isNames = isMapping(value) && Object.values(value).every((one) => typeof one === 'string');
  return { shape: shapeOf(value), ...(isNames ? { entries: value as Record<string, string> } : {}) };
}

/** The line of each key that is written out; keys that come by an alias have none. */
function linesOf(text: string): Map<string, number> {
  const events = parseEvents(text, {});
  const lines = new Map<string, number>();
  const lineAt = lineCounter(text);
  let next = 0;
  const skipTo = (path: string): void => {
    const event = events[next++];
    if (event?.type === EVENT_ID.MAPPING) mapping(path);
    else if (event?.type === EVENT_ID.SEQUENCE || event?.type === EVENT_ID.DOCUMENT) {
      while (!isEnd(events[next])) skipTo(event.type === EVENT_ID.DOCUMENT ? path : `${path}[]`);
      next++;
    }
  };
  const mapping = (path: string): void => {
    while (!isEnd(events[next])) {
      const key = events[next];
      const named = key?.type === EVENT_ID.SCALAR ? `${path}${getScalarValue(text, key)}` : `${path}?`;
      if (key?.type === EVENT_ID.SCALAR) lines.set(named, lineAt(key.valueStart));
      skipTo(`${path}?`);
      skipTo(`${named}.`);
    }
    next++;
  };
  while (next < events.length) skipTo('');
  return lines;
}

function isEnd(event: Event | undefined): boolean {
  return event === undefined || event.type === EVENT_ID.POP;
}

/** Lines by offset; offsets are asked for in rising order. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let seen = 0;
  return (offset) => {
    for (; seen < offset; seen++) if (text[seen] === '\n') line++;
    return line;
  };
}
