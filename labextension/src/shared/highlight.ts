// Colours for code in answers: a scanner of our own with one table a language. It knows words, strings, numbers and comments, no grammar: what
// a model writes is often a fragment, and a fragment has to look right from its first line while it still grows.
import { languageOf, type Language } from './languages';

export type Kind = 'comment' | 'string' | 'number' | 'keyword' | 'name' | 'call' | 'property' | 'plain' | 'added' | 'removed';

export interface Token {
  kind: Kind;
  text: string;
}

/** Longer code stays plain: nobody reads its colours, and everybody waits for them. */
const LONGEST = 100_000;

/** Colours a text that grows at its end; what lies before the last line that may still change is scanned once. */
export class Highlighter {
  private readonly language: Language | undefined;
  private shown = '';
  private settled = 0;

  constructor(name: string) {
    this.language = languageOf(name);
  }

  /**
   * Take the text as it is now. `kept` characters from the last call stay as they were; `tokens` are what follows, of which the first
   * `firm` will not change any more. A text that does not continue the last one begins again with `kept` 0.
   */
  update(text: string): { kept: number; tokens: Token[]; firm: number } {
    if (!text.startsWith(this.shown)) {
      this.settled = 0;
    }
    this.shown = text;
    const kept = this.settled;
    const tokens = this.scan(text, kept);
    let firm = 0;
    let at = kept;
    tokens.forEach((token, index) => {
      at += token.text.length;
      // Only a line's end outside of strings and comments is a place to begin from again.
      if (token.kind === 'plain' && token.text.endsWith('\n') && index < tokens.length - 1) {
        firm = index + 1;
        this.settled = at;
      }
    });
    return { kept, tokens, firm };
  }

  private scan(text: string, from: number): Token[] {
    const { language } = this;
    const tokens: Token[] = [];
    if (!language || text.length > LONGEST) {
      plain(tokens, text.slice(from));
      return tokens;
    }
    let at = from;
    const { pattern } = language;
    pattern.lastIndex = from;
    for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
      plain(tokens, text.slice(at, found.index));
      tokens.push({ kind: kindOf(language, found, text), text: found[0] });
      at = pattern.lastIndex;
    }
    plain(tokens, text.slice(at));
    return tokens;
  }
}

/** Add text without colour; a line's end closes a token, so that there are places to begin from again. */
function plain(tokens: Token[], text: string): void {
  const cut = text.lastIndexOf('\n') + 1;
  [text.slice(0, cut), text.slice(cut)].filter(Boolean).forEach(part => tokens.push({ kind: 'plain', text: part }));
}

function kindOf({ words, folded, calls }: Language, found: RegExpExecArray, text: string): Kind {
  const kind = Object.entries(found.groups ?? {}).find(([, part]) => part !== undefined)?.[0] ?? 'plain';
  if (kind !== 'word') {
    return kind as Kind;
  }
  const listed = words.get(folded ? found[0].toLowerCase() : found[0]);
  return listed ?? (calls && text[found.index + found[0].length] === '(' ? 'call' : 'plain');
}
