// Markdown that grows at its end, cut into blocks so that each block is parsed and drawn a bounded number of times.
import { Lexer, type Token } from 'marked';

/** What changed since the last call: blocks that will not change any more, and the blocks that still may. */
export interface Blocks {
  settled: Token[];
  open: Token[];
}

export class BlockStream {
  private done = 0;

  /** Parse what `text` has beyond the settled blocks. `text` only ever grows, except when a new stream is begun. */
  update(text: string, finished = false): Blocks {
    const rest = normalised(text).slice(this.done);
    const tokens = Lexer.lex(rest, { gfm: true });
    const whole = tokens.reduce((length, token) => length + token.raw.length, 0) === rest.length;
    const keep = finished ? tokens.length : whole ? firstOpen(tokens) : 0;
    const settled = tokens.slice(0, keep);
    this.done += settled.reduce((length, token) => length + token.raw.length, 0);
    return { settled, open: tokens.slice(keep) };
  }
}

/** Return the index of the last block with content: what comes later can still become part of it (a list goes on, a line gets underlined). */
function firstOpen(tokens: Token[]): number {
  let index = tokens.length - 1;
  while (index > 0 && tokens[index]?.type === 'space') {
    index -= 1;
  }
  return Math.max(index, 0);
}

// marked counts lines by line feeds; lengths of its `raw` are of the text after this change.
function normalised(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}
