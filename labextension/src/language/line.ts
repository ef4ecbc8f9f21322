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

/** A span of a line, from one offset to before another. */
export interface Token {
  readonly from: number;
  readonly to: number;
  readonly style: Style;
}

/** Return the tokens with the characters cut out of them that Ollama drops from what stands behind `from`. */
export function markDropped(line: string, tokens: readonly Token[], from: number): readonly Token[] {
  const runs = droppedIn(line).filter(([start]) => start >= from);
  if (!runs.length) {
    return tokens;
  }
  const cut: Token[] = [];
  for (const { from: start, to, style } of tokens) {
    let at = start;
    for (const [first, end] of runs) {
      if (end > at && first < to) {
        push(cut, at, first, style);
        at = end;
      }
    }
    push(cut, at, to, style);
  }
  return [...cut, ...runs.map(([start, to]) => ({ from: start, to, style: 'dropped' as const }))].sort((a, b) => a.from - b.from);
}

/** Add a token unless it is empty. */
export function push(tokens: Token[], from: number, to: number, style: Style): void {
  if (to > from) {
    tokens.push({ from, to, style });
  }
}
