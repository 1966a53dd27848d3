// SPDX-License-Identifier: Apache-2.0
// docs/reasons.md: what each reason of the code's one list means, what to do, and the message that a test really saw on
// an object (docs/reasons.json). Nothing here is made up: what no test has seen yet says so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Parts } from '../src/api/document.ts';
import { consequenceOf, reasons, type Consequence, type Reason } from '../src/base/reason.ts';
import { reasonTexts } from './reason-texts.ts';

/** What was seen of a reason, and where. */
export type SeenReason = {
  message: string;
  /** Kind and condition, such as `MilvusBackup Ready`. */
  where: string;
  suite: string;
  /** The file of the test that saw it. */
  test: string;
};

export type ReasonBook = Partial<Record<Reason, SeenReason>>;

const sections: Record<Consequence, { title: string; text: string }> = {
  wait: {
    title: 'It waits',
    text: '`Reconciling` is True. It goes on by itself as soon as what is missing is there.',
  },
  retry: {
    title: 'Another attempt',
    text: 'As often as `spec.retry` says; then `RetriesExhausted`, which ends the run and names the last of these.',
  },
  stop: {
    title: 'It ends',
    text: '`Stalled` is True and the phase is final. Mend the cause, then make another object.',
  },
  inform: { title: 'Nothing is wrong', text: 'Said so that it is known.' },
};

export function reasonsPart(root: string): Parts {
  const book = readReasonBook(root);
  return {
    reasons: () =>
      Object.entries(sections)
        .map(([consequence, { title, text }]) => {
          const own = reasons.filter((reason) => consequenceOf(reason) === consequence);
          const entries = own.map((reason) => entryOf(reason, book[reason]));
          return [`## ${title}`, text, ...entries].join('\n\n');
        })
        .join('\n\n'),
  };
}

export function readReasonBook(root: string): ReasonBook {
  const file = reasonBookFile(root);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as ReasonBook) : {};
}

export function reasonBookFile(root: string): string {
  return join(root, 'docs/reasons.json');
}

function entryOf(reason: Reason, seen: SeenReason | undefined): string {
  const { means, do: advice } = reasonTexts[reason];
  const told = seen ? quoteOf(seen) : '*No test has seen it on an object yet.*';
  return [`### ${reason}`, advice === '' ? means : `${means} **Do:** ${advice}`, told].join('\n\n');
}

function quoteOf({ message, where, suite }: SeenReason): string {
  // A fence keeps what would otherwise be read as markup.
  return `\`\`\`\n${where} (${suite}):\n${message.replaceAll('```', "'''")}\n\`\`\``;
}
