// SPDX-License-Identifier: Apache-2.0
// Which names of time zones are accepted: those of the IANA database, written as it writes them. Intl alone would take
// offsets, any case and the abbreviations of old Java; a CronJob takes none of these.

const part = /^[A-Za-z][A-Za-z._0-9+-]{0,13}$/;

/** Names of three letters that are IANA's. All others are Java's, and ambiguous: IST is India, Ireland and Israel. */
const threeLetters = 'CET EET EST GMT HST MET MST PRC ROC ROK UCT UTC WET'.split(' ');

/** Undefined: the name is fine. */
export function zoneProblem(name: string): string | undefined {
  const found = `the time zone ${JSON.stringify(name)}`;
  const shown = name.split('/').every((each) => part.test(each)) ? nameByIntl(name) : undefined;
  if (shown !== undefined && shown !== name && shown.toLowerCase() === name.toLowerCase())
    return `${found} is unknown: write ${shown}`;
  return shown === undefined || isForeign(name)
    ? `${found} is unknown: write a name of the IANA database, such as Europe/Berlin or UTC`
    : undefined;
}

/** Former names in small letters, too: Intl says the present one, which has no letters in common. */
function isForeign(name: string): boolean {
  const isAbbreviation = name.length === 3 && !threeLetters.includes(name);
  return isAbbreviation || name.startsWith('SystemV/') || /(^|\/)[a-z]/.test(name);
}

function nameByIntl(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}
