// SPDX-License-Identifier: Apache-2.0
// Turns the tokens of a meta file into its messages one by one, from the binlogs up to the root, so that a backup with a
// million binlogs needs no more memory than what is kept of it. Lists of messages are followed here; every other member
// is small and goes through the message's codec.
import type { Token } from 'stream-json/core/parser.js';
import type { OperatorError } from '../base/error.ts';
import { Mismatch, mismatch, reading, unreadable, type Codec } from './codec.ts';
import { setMember } from './numeral.ts';
import type { LogCount, ReadOptions } from './read-model.ts';
import type { Role } from './roles.ts';
import { scalarOf, TreeBuilder } from './tree.ts';

type ObjectFrame = {
  role: Role;
  key: string;
  members: Record<string, unknown>;
  lists: Map<string, unknown[]>;
  /** What was counted below each list. */
  counts: Map<string, LogCount>;
};

type ListFrame = { element: Role; owner: ObjectFrame; list: string; index: number };

// Messages without lists are by far the most frequent: they share these, which nobody writes to.
const noLists: ObjectFrame['lists'] = new Map();
const noCounts: ObjectFrame['counts'] = new Map();

/** Called for each element of the root's lists, and last for the root itself. */
export type Emit = (role: Role, message: object) => void;

/** One document being read; `take` is the sink of a tokenizer. */
export class MetaMachine {
  readonly #root: Role;
  readonly #options: ReadOptions;
  readonly #emit: Emit;
  readonly #stack: (ObjectFrame | ListFrame)[] = [];
  #builder: TreeBuilder | undefined;
  #skipping = 0;

  constructor(root: Role, options: ReadOptions, emit: Emit) {
    this.#root = root;
    this.#options = options;
    this.#emit = emit;
  }

  take(token: Token): void {
    if (this.#skipping > 0) this.#skip(token);
    else if (this.#builder) this.#build(this.#builder, token);
    else this.#step(token);
  }

  #step(token: Token): void {
    const top = this.#stack.at(-1);
    if (!top) this.#open(this.#root, token);
    else if ('element' in top) this.#element(top, token);
    else this.#member(top, token);
  }

  #open(role: Role, token: Token): void {
    if (token.name !== 'startObject') throw this.#wrong(token, 'an object');
    const leaf = role.lists.size === 0;
    const lists: ObjectFrame['lists'] = leaf ? noLists : new Map();
    this.#stack.push({ role, key: '', members: {}, lists, counts: leaf ? noCounts : new Map() });
  }

  #element(frame: ListFrame, token: Token): void {
    if (token.name === 'endArray') {
      this.#stack.pop();
    } else if (token.name === 'nullValue') {
      // Go reads null as an empty message.
      this.#accept(frame, this.#decode(frame.element.codec, {}), noCounts);
    } else {
      this.#open(frame.element, token);
    }
  }

  #member(frame: ObjectFrame, token: Token): void {
    if (token.name === 'keyValue') {
      frame.key = token.value;
      return;
    }
    if (token.name === 'endObject') {
      this.#finish(frame);
      return;
    }
    const list = frame.lists === noLists ? undefined : frame.role.lists.get(frame.key.toLowerCase());
    if (list) this.#list(frame, list, token);
    else this.#value(frame, token);
  }

  #list(frame: ObjectFrame, list: { key: string; element: Role }, token: Token): void {
    if (token.name === 'nullValue') return;
    if (token.name !== 'startArray') throw this.#wrong(token, 'a list');
    if (frame.lists.has(list.key))
      throw unreadable(this.#options.file, this.#path(), new Mismatch('found twice, expected once'));
    frame.lists.set(list.key, []);
    this.#stack.push({ element: list.element, owner: frame, list: list.key, index: 0 });
  }

  #value(frame: ObjectFrame, token: Token): void {
    if (token.name !== 'startObject' && token.name !== 'startArray') {
      setMember(frame.members, frame.key, scalarOf(token));
    } else if (frame.role.codec.knows?.(frame.key) === true) {
      this.#builder = new TreeBuilder();
      this.#builder.add(token);
    } else {
      this.#skipping = 1;
    }
  }

  #skip(token: Token): void {
    if (token.name === 'startObject' || token.name === 'startArray') this.#skipping++;
    if (token.name === 'endObject' || token.name === 'endArray') this.#skipping--;
  }

  #build(builder: TreeBuilder, token: Token): void {
    if (!builder.add(token)) return;
    const frame = this.#stack.at(-1) as ObjectFrame;
    setMember(frame.members, frame.key, builder.value);
    this.#builder = undefined;
  }

  #finish(frame: ObjectFrame): void {
    this.#stack.pop();
    const message = this.#decode(frame.role.codec, frame.members);
    const parent = this.#stack.at(-1) as ListFrame | undefined;
    if (!parent) {
      this.#emit(frame.role, message);
      return;
    }
    for (const [key, items] of frame.lists) Object.assign(message, { [key]: items });
    this.#accept(parent, message, frame.counts);
  }

  /** Puts a finished message where it belongs: counted, kept in its list, or handed out. */
  #accept(parent: ListFrame, message: object, counts: Map<string, LogCount>): void {
    const { element, owner, list } = parent;
    const count = reading(
      this.#options.file,
      () => this.#path(),
      () => element.complete(message, counts),
    );
    if (count) add(owner.counts, list, count);
    if (owner.role === this.#root) this.#emit(element, message);
    else if (this.#options.segments === 'full' || !element.isLog) owner.lists.get(list)?.push(message);
    parent.index++;
  }

  #decode(codec: Codec<object>, members: Record<string, unknown>): object {
    return reading(
      this.#options.file,
      () => this.#path(),
      () => codec.decode(members),
    );
  }

  #path(): (string | number)[] {
    return this.#stack.map((frame) => ('element' in frame ? frame.index : frame.key));
  }

  #wrong(token: Token, expected: string): OperatorError {
    const found = token.name === 'startObject' ? {} : token.name === 'startArray' ? [] : scalarOf(token);
    return unreadable(this.#options.file, this.#path(), mismatch(found, expected));
  }
}

function add(counts: Map<string, LogCount>, key: string, more: LogCount): void {
  const count = counts.get(key);
  if (!count) {
    counts.set(key, { ...more });
    return;
  }
  count.objects += more.objects;
  count.bytes += more.bytes;
}
