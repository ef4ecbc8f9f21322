// Whether the text of a PARAMETER is a value of its type, as Ollama's client reads it.
// Source: Ollama api/types.go (FormatParams), v0.33.0-rc2; Go strconv.ParseFloat, ParseInt and ParseBool.

/** What the value of a parameter is. */
export type ParameterKind = 'float' | 'int' | 'bool' | 'list';

const INT = /^[+-]?0*[0-9]{1,19}$/;
const BOOL = /^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/;
const SPECIAL = /^(?:[+-]?inf(?:inity)?|nan)$/i;
const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i;
const HEX = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?[0-9]+)$/i;
const LOOSE_UNDERSCORE = /(?<![0-9])_|_(?![0-9])/;
const LOOSE_HEX_UNDERSCORE = /(?<![0-9a-fx])_|_(?![0-9a-f])/i;

/** Return whether a parameter of this kind takes `text`. */
export function accepts(kind: ParameterKind, text: string): boolean {
  switch (kind) {
    case 'int':
      return INT.test(text) && BigInt.asIntN(64, integer(text)) === integer(text);
    case 'bool':
      return BOOL.test(text);
    case 'float':
      return isFloat32(text);
    default:
      return true;
  }
}

function integer(text: string): bigint {
  const digits = BigInt(text.replace(/^[+-]/, ''));
  return text.startsWith('-') ? -digits : digits;
}

function isFloat32(text: string): boolean {
  if (SPECIAL.test(text)) {
    return true;
  }
  if ((/^[+-]?0x/i.test(text) ? LOOSE_HEX_UNDERSCORE : LOOSE_UNDERSCORE).test(text)) {
    return false;
  }
  const digits = text.replaceAll('_', '');
  const value = DECIMAL.test(digits) ? Number(digits) : hexadecimal(digits);
  return Number.isFinite(Math.fround(value));
}

function hexadecimal(text: string): number {
  const [, , whole = '', part = '', exponent] = HEX.exec(text) ?? [];
  if (!whole && !part) {
    return NaN;
  }
  const digits = parseInt(whole + part, 16);
  return digits && digits * 2 ** (Number(exponent) - 4 * part.length);
}
