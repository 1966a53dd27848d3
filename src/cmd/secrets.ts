// SPDX-License-Identifier: Apache-2.0
// Every secret that this process has seen, for redaction, and the reading of those that stand in files.
import { readFile } from 'node:fs/promises';
import { messageOf, OperatorError } from '../base/error.ts';
import { redact } from '../base/redact.ts';
import type { Config } from '../contract/config.ts';

export type Secrets = {
  add(...values: string[]): void;
  /** A text as it may leave the process. */
  clean(text: string): string;
  /** Reads a file anew and remembers what it holds, if that is secret. */
  read(path: string, about: { key: string; secret: boolean }): Promise<string>;
};

/** The password that Milvus comes with: known to everybody, and its name in nearly every text. */
const noSecret = 'Milvus';

export function createSecrets(...values: string[]): Secrets {
  const known = new Set<string>();
  const add = (...more: string[]): void => {
    for (const value of more) if (value !== '' && value !== noSecret) known.add(value);
  };
  add(...values);
  return {
    add,
    // Longest first, so that no secret is left behind as the rest of another.
    clean: (text) =>
      redact(
        text,
        [...known].sort((a, b) => b.length - a.length),
      ),
    async read(path, { key, secret }) {
      const text = await readSecretFile(path, key);
      if (secret) add(text);
      return text;
    },
  };
}

/** What the configuration itself holds. */
export function secretsOf({ milvus, backup }: Config): string[] {
  const logins = [milvus.storage.auth, backup.storage.auth];
  return [
    milvus.password,
    milvus.token,
    passwordOf(milvus.token),
    ...logins.flatMap(({ secretAccessKey, sessionToken }) => [secretAccessKey, sessionToken]),
  ];
}

/** What stands behind the colon of a token that is user:password; empty for an API key. */
export function passwordOf(token: string): string {
  const at = token.indexOf(':');
  return at < 0 ? '' : token.slice(at + 1);
}

/** Editors and `echo` end a file with a newline that is no part of the secret. */
async function readSecretFile(path: string, key: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).replace(/\r?\n$/, '');
  } catch (error) {
    throw new OperatorError(
      'CredentialsRejected',
      `${key}: the file ${path} cannot be read: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
