// SPDX-License-Identifier: Apache-2.0
// Plain values out of tokens. Used for documents that are too large for JSON.parse with source access, and by
// meta-machine.ts for the small parts inside large ones.
import type { Token } from 'stream-json/core/parser.js';
import { parseNumeral, setMember } from './numeral.ts';
import { createTokenizer } from './tokens.ts';

type Container = Record<string, unknown> | unknown[];

/** Collects one value. `add` is true when the token completed it. */
export class TreeBuilder {
  value: unknown;
  readonly #open: { container: Container; key: string }[] = [];

  add(token: Token): boolean {
    switch (token.name) {
      case 'startObject':
        return this.#enter({});
      case 'startArray':
        return this.#enter([]);
      case 'keyValue':
        this.#open.at(-1)!.key = token.value;
        return false;
      case 'endObject':
      case 'endArray':
        this.#open.pop();
        return this.#open.length === 0;
      default:
        return this.#put(scalarOf(token));
    }
  }

  #enter(container: Container): false {
    this.#put(container);
    this.#open.push({ container, key: '' });
    return false;
  }

  #put(value: unknown): boolean {
    const top = this.#open.at(-1);
    if (!top) {
      this.value = value;
      return true;
    }
    if (Array.isArray(top.container)) top.container.push(value);
    else setMember(top.container, top.key, value);
    return false;
  }
}

/** The value of a token that is neither key nor bracket. */
export function scalarOf(token: Token): unknown {
  if (token.name === 'numberValue') return parseNumeral(token.value);
  return 'value' in token ? token.value : undefined;
}

/** Parses a whole document of any size; numbers as parseJson gives them. The root must be an object or a list. */
export function readTree(text: string, file: string): unknown {
  const builder = new TreeBuilder();
  const tokenizer = createTokenizer(file, (token) => void builder.add(token));
  tokenizer.write(Buffer.from(text));
  tokenizer.end();
  return builder.value;
}
