// Cells of a notebook that are not Python: their first line says so.
import { LOOKED_INTO, push, type Token } from './line';

/** What the text of a cell of ours is. */
export type CellKind = 'modelfile' | 'prose';

/** How much of a cell's beginning is looked at. */
export const HEAD_LENGTH = 256;

/**
 * The name of a magic ends at a space or at the end of the line, and `?` asks for help on it; empty lines before it do not count.
 * Source: IPython 9, core/inputtransformer2.py (leading_empty_lines, leading_indent, cell_magic).
 */
const HEAD = /^(?:[^\S\n]*\n)*[ \t]*%%(modelfile|chat|compare)(?=[ \n]|\s*$)/;
const WORD = /\S+/g;

/** Return what a cell that begins with `head` is; undefined if it is none of ours. */
export function cellKind(head: string): CellKind | undefined {
  const magic = HEAD.exec(head)?.[1];
  return magic === undefined ? undefined : magic === 'modelfile' ? 'modelfile' : 'prose';
}

/** Return what the spans of a cell's first line are, and whether the line asks for `${name}` in the text to be replaced. */
export function readHead(line: string): { tokens: readonly Token[]; substitutes: boolean } {
  const tokens: Token[] = [];
  let substitutes = false;
  for (const { index, 0: word } of line.slice(0, LOOKED_INTO).matchAll(WORD)) {
    const to = index + word.length;
    push(tokens, index, to, tokens.length === 0 ? 'magic' : word.startsWith('-') ? 'flag' : 'text');
    substitutes ||= word === '--subst';
  }
  return { tokens, substitutes };
}

const CREATES = /^(?:[^\S\n]*\n)*[ \t]*%%modelfile[ \t]+([^\n]*)/;
/** Options of `%%modelfile` that take the word behind them. Source: ollama_magics/magics/modelfile.py. */
const TAKES_A_WORD: ReadonlySet<string> = new Set(['-q', '--quantize', '--host']);

/** Return the name of the model that a cell creates; undefined if it creates none. */
export function createdModel(source: string): string | undefined {
  const words = (CREATES.exec(source.slice(0, LOOKED_INTO))?.[1] ?? '').match(WORD) ?? [];
  return words.find((word, at) => !word.startsWith('-') && !TAKES_A_WORD.has(words[at - 1] ?? ''))?.replace(/^(["'])(.*)\1$/, '$2');
}

/** Whether two names are the same model: case, the usual host and the usual tag do not count. Source: Ollama types/model/name.go. */
export function isSameModel(one: string, other: string): boolean {
  return fullName(one) === fullName(other);
}

function fullName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^registry\.ollama\.ai\//, '')
    .replace(/^library\//, '')
    .replace(/:latest$/, '');
}
