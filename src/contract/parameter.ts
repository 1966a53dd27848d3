// SPDX-License-Identifier: Apache-2.0
// What one key of the configuration is, and how a text is read as its value. Values stay text here, in canonical form,
// so that one table serves parsing, `config show` and the documentation alike.

export type Parameter = {
  /** Full path in the v2 layout. */
  key: string;
  kind: 'text' | 'integer' | 'boolean' | 'choice' | 'list' | 'map' | 'url' | 'host' | 'folder';
  /** In canonical text. */
  default: string;
  choices?: readonly string[];
  /** Choices of the established tool that this version does not offer, with what to say. */
  refused?: Readonly<Record<string, string>>;
  min?: number;
  max?: number;
  env?: string;
  /** Never shown in clear. */
  secret?: true;
  /** Not in the established tool. */
  ours?: true;
  /** Read and checked so that the established tool's files pass, without any effect here. */
  unused?: true;
  about: string;
};

/** A value in canonical text, or what would have been allowed. */
export type Reading = { value: string } | { allowed: string };

/** Reads what a person wrote. The text is exactly as written: `0123` is not yet a number here. */
export function readValue(parameter: Parameter, text: string): Reading {
  return readers[parameter.kind](parameter, text);
}

const readers: Record<Parameter['kind'], (parameter: Parameter, text: string) => Reading> = {
  text: (_, text) => ({ value: text }),
  integer: readInteger,
  boolean: readBoolean,
  choice: readChoice,
  list: (_, text) => ({
    value: text
      .split(',')
      .map((element) => element.trim())
      .filter((element) => element !== '')
      .join(','),
  }),
  map: readMap,
  url: readUrl,
  host: readHost,
  // Object keys have no leading slash, and `files`, `/files` and `files/` are one folder to whoever writes them.
  folder: (_, text) => ({ value: text.replaceAll(/^\/+|\/+$/g, '').replaceAll(/\/{2,}/g, '/') }),
};

function readInteger({ min = 1, max = Number.MAX_SAFE_INTEGER }: Parameter, text: string): Reading {
  const value = /^[+-]?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return { value: String(value) };
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return { allowed: `a whole number ${range}` };
}

function readBoolean(_: Parameter, text: string): Reading {
  const value = text.toLowerCase();
  return value === 'true' || value === 'false' ? { value } : { allowed: 'true or false' };
}

function readChoice({ choices = [], refused = {} }: Parameter, text: string): Reading {
  const wanted = text.toLowerCase();
  const value = choices.find((choice) => choice.toLowerCase() === wanted);
  if (value !== undefined) return { value };
  const why = refused[wanted];
  return { allowed: why === undefined ? choices.join(', ') : `${choices.join(', ')} ("${wanted}": ${why})` };
}

/** A file writes a mapping; elsewhere it is `old:new,old:new`, where the last colon of each counts. JSON in the end. */
function readMap(_: Parameter, text: string): Reading {
  const pairs = text.startsWith('{') ? jsonPairs(text) : textPairs(text);
  const names = pairs?.map(([from]) => from);
  return pairs === undefined || new Set(names).size < pairs.length
    ? { allowed: 'a section of old and new names, or old:new,old:new with each old name once' }
    : { value: pairs.length === 0 ? '' : JSON.stringify(Object.fromEntries(pairs)) };
}

function textPairs(text: string): [string, string][] | undefined {
  const pairs = (text === '' ? [] : text.split(',')).map((rule) => /^\s*(.+):([^:]+?)\s*$/.exec(rule));
  return pairs.includes(null) ? undefined : pairs.map((match) => [match?.[1] ?? '', match?.[2] ?? '']);
}

function jsonPairs(text: string): [string, string][] | undefined {
  try {
    const pairs = Object.entries(JSON.parse(text) as Record<string, unknown>);
    return pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string') ? pairs : undefined;
  } catch {
    return undefined;
  }
}

function readUrl(_: Parameter, text: string): Reading {
  if (text === '') return { value: '' };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const fits = url !== undefined && /^https?:$/.test(url.protocol) && /^https?:\/\//i.test(text);
  return fits ? { value: text.replace(/\/+$/, '') } : { allowed: 'an address such as http://milvus:9091' };
}

function readHost(_: Parameter, text: string): Reading {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  // One colon is a port; two or more are an IPv6 address.
  const colons = bare.split(':').length - 1;
  return /[/@\s?#]/.test(bare) || colons === 1
    ? { allowed: 'a host name or an IP address alone; scheme and port stand in keys of their own' }
    : { value: bare };
}
