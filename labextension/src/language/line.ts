// What is said about one line: spans and what each is.
import { droppedIn } from './dropped';

/** What a span is; `highlight.ts` says how each looks. */
export type Style =
  | 'magic'
  | 'flag'
  | 'instruction'
  | 'unknown'
  | 'parameter'
  | 'ignored'
  | 'model'
  | 'role'
  | 'number'
  | 'bool'
  | 'setting'
  | 'string'
  | 'quote'
  | 'comment'
  | 'dropped'
  | 'delimiter'
  | 'word'
  | 'field'
  | 'local'
  | 'callee'
  | 'sign'
  | 'text';

/** How much of a line is looked into: CodeMirror shows no more of it. Source: @codemirror/language 6, StreamLanguage (MaxLineLength). */
export const LOOKED_INTO = 10_000;

/** A span of a line, from one offset to before another. */
export interface Token {
  readonly from: number;
  readonly to: number;
  readonly style: Style;
}

/** Return the tokens with the characters cut out of them that Ollama drops from what stands behind `from`. */
export function markDropped(line: string, tokens: readonly Token[], from: number): readonly Token[] {
  const runs = droppedIn(line.slice(0, LOOKED_INTO)).filter(([start]) => start >= from);
  if (!runs.length) {
    return tokens;
  }
  const cut: Token[] = [];
  let next = 0;
  const markBefore = (end: number): void => {
    for (let run = runs[next]; run && run[0] < end; run = runs[++next]) {
      push(cut, run[0], run[1], 'dropped');
    }
  };
  for (const { from: start, to, style } of tokens) {
    markBefore(start);
    // A run may reach into the token.
    let at = Math.max(start, cut.at(-1)?.to ?? 0);
    for (let run = runs[next]; run && run[0] < to; run = runs[++next]) {
      push(cut, at, run[0], style);
      push(cut, run[0], run[1], 'dropped');
      at = run[1];
    }
    push(cut, at, to, style);
  }
  markBefore(line.length);
  return cut;
}

/** Add a token unless it is empty. */
export function push(tokens: Token[], from: number, to: number, style: Style): void {
  if (to > from) {
    tokens.push({ from, to, style });
  }
}
