// The languages as CodeMirror has them, and their look: the tags that JupyterLab's themes colour, and marks of our own for what is wrong.
import { HighlightStyle, LanguageSupport, StreamLanguage, syntaxHighlighting, type StreamParser } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { Tag, tags } from '@lezer/highlight';
import { readHead, type CellKind } from './cell';
import type { Style, Token } from './line';
import { readLine, type State } from './modelfile';

const unknown = Tag.define(tags.invalid);
const ignored = Tag.define(tags.strikethrough);
const dropped = Tag.define(tags.invalid);

const LOOKS: Record<Exclude<Style, 'text'>, Tag> = {
  magic: tags.operator,
  flag: tags.attributeName,
  instruction: tags.keyword,
  unknown,
  parameter: tags.propertyName,
  ignored,
  model: tags.definition(tags.variableName),
  role: tags.special(tags.variableName),
  number: tags.number,
  bool: tags.atom,
  setting: tags.atom,
  string: tags.string,
  quote: tags.string,
  comment: tags.comment,
  dropped,
  delimiter: tags.operator,
  word: tags.keyword,
  field: tags.propertyName,
  local: tags.special(tags.variableName),
  callee: tags.standard(tags.variableName),
  sign: tags.operator
};

/** The theme's colour for errors, mixed so that words in it can be read in a light and in a dark theme. */
const ERROR = 'color-mix(in srgb, var(--jp-error-color1) 68%, var(--jp-ui-font-color0))';

const MARKS = HighlightStyle.define([
  { tag: unknown, color: ERROR, textDecoration: 'underline dotted 2px', textUnderlineOffset: '3px' },
  { tag: ignored, color: 'var(--jp-mirror-editor-comment-color)', textDecoration: 'line-through' },
  { tag: dropped, outline: '1px solid var(--jp-warn-color1)', borderRadius: '2px', padding: '0 2px', margin: '0 1px' }
]);

/** A bracket alone is no mistake in prose. */
const PROSE = EditorView.theme({
  '&.cm-editor .cm-nonmatchingBracket, &.cm-editor.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'transparent', color: 'inherit' }
});

/** What a parser knows between two lines: never changed, so that CodeMirror can keep it. */
interface Reader {
  readonly state: State;
  /** The first line of a cell of this kind is still to come. */
  readonly head: CellKind | undefined;
  readonly prose: boolean;
}

/** The same within a line: its tokens, and the next of them. */
interface Reading extends Reader {
  tokens: readonly Token[];
  index: number;
}

/** Return a parser of CodeMirror; `cell` for texts that begin with the line of a magic. */
function parser(name: string, cell?: CellKind): StreamParser<Reading> {
  return {
    name,
    startState: () => ({ state: cell ? {} : { fresh: true }, head: cell, prose: false, tokens: [], index: 0 }),
    copyState: reading => ({ ...reading }),
    token: (stream, reading) => {
      if (stream.sol()) {
        Object.assign(reading, read(stream.string, reading), { index: 0 });
      }
      const token = reading.tokens[reading.index];
      if (!token) {
        stream.skipToEnd();
        return null;
      }
      if (token.from > stream.pos) {
        stream.pos = token.from;
        return null;
      }
      stream.pos = token.to;
      reading.index++;
      return token.style === 'text' ? null : token.style;
    },
    languageData: { commentTokens: { line: '#' }, closeBrackets: { brackets: cell === 'prose' ? [] : ['{', '"', '"""'] } },
    tokenTable: LOOKS
  };
}

function read(line: string, { state, head, prose }: Reader): Omit<Reading, 'index'> {
  if (prose || (head && !line.trim())) {
    return { state, head, prose, tokens: [] };
  }
  if (head) {
    const { tokens, substitutes } = readHead(line);
    return { state: { substitutes }, head: undefined, prose: head === 'prose', tokens };
  }
  const { tokens, next } = readLine(line, state);
  return { state: next, head, prose, tokens };
}

const MARKED = [syntaxHighlighting(MARKS), PROSE];

/** The language of files and of fenced blocks. */
export const MODELFILE = new LanguageSupport(StreamLanguage.define(parser('modelfile')), MARKED);

/** The languages of cells. */
export const CELLS: Readonly<Record<CellKind, LanguageSupport>> = {
  modelfile: new LanguageSupport(StreamLanguage.define(parser('modelfile-cell', 'modelfile')), MARKED),
  prose: new LanguageSupport(StreamLanguage.define(parser('prose-cell', 'prose')), MARKED)
};
