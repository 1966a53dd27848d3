// SPDX-License-Identifier: Apache-2.0

/**
 * Indents compact JSON by four spaces as Go's MarshalIndent does. Works on the text, because numbers of 18 digits must
 * pass unchanged and a parser would round them. The input has no white space between its tokens.
 */
export function indentJson(compact: string): string {
  let depth = 0;
  const line = (): string => `\n${'    '.repeat(depth)}`;
  // Texts pass whole; an empty object or list stays on its line.
  return compact.replaceAll(/"(?:[^"\\]|\\.)*"|\{\}|\[\]|[{}[\],:]/g, (token) => {
    switch (token) {
      case '{':
      case '[':
        depth++;
        return token + line();
      case '}':
      case ']':
        depth--;
        return line() + token;
      case ',':
        return token + line();
      case ':':
        return ': ';
      default:
        return token;
    }
  });
}
