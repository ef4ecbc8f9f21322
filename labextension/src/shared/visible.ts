// The same rule as ollama_magics/display/visible.py: characters that act are shown by name and do nothing.
// eslint-disable-next-line no-control-regex
const ACTIVE = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Return `text` with every control character, bidirectional override and invisible tag replaced by a printed name. */
export function visible(text: string): string {
  return text.replace(/\r\n/g, '\n').replace(ACTIVE, named);
}

function named(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) {
    return String.fromCharCode(0x2400 + code);
  }
  return code === 0x7f ? '\u2421' : `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}
