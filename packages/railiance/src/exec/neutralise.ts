/**
 * Terminal sequences of ECMA-48: CSI (colours, cursor), OSC/DCS/SOS/PM/APC strings (titles, links, clipboard), and the
 * two-character escapes. An unfinished string runs to the end of the text, as it would on a terminal.
 */
const terminalSequence =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]/g;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these characters are what is looked for
const controlCharacter = /[\x00-\x08\x0b-\x1f\x7f]/g;

/** C1 controls, line separators, and the bidirectional marks that make text read differently from what it is. */
const misleadingCharacter = /[\x80-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** `::set-output` of GitHub, Gitea and Forgejo; `##[…]` and `##vso[…]` of Azure; `##teamcity[…]`. */
const runnerCommand = /^(\s*):(?=:)|#(?=#(?:\[|vso\[|teamcity\[))/gm;

/**
 * Makes foreign text safe to show: terminal sequences are taken out, other control characters become visible signs,
 * and lines that a CI runner would obey are broken up. Tabs and line feeds stay.
 */
export function neutralise(text: string): string {
  return (
    text
      .replace(terminalSequence, '')
      // The end of a line as network protocols write it, and with them OpenSSH.
      .replaceAll('\r\n', '\n')
      .replace(controlCharacter, (character) => controlPicture(character.charCodeAt(0)))
      .replace(misleadingCharacter, '\ufffd')
      .replace(runnerCommand, (match) => `${match} `)
  );
}

/** https://www.unicode.org/charts/PDF/U2400.pdf */
function controlPicture(code: number): string {
  return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code);
}
