// Go's text/template, line by line: what stands between {{ and }}.
// Source: Go 1.26 text/template/parse/lex.go.
import { push, type Token } from './line';
import { TEMPLATE_FUNCTIONS, TEMPLATE_WORDS } from './tables';

/** Where in a template a line ends: in its text, in an action, in a comment, in a raw string of an action. */
export type TemplateState = 'text' | 'action' | 'comment' | 'raw';

const OPEN = /\{\{(?:-(?=[ \t\r\n]|$))?/g;
const CLOSE = /(?:[ \t]-)?\}\}/y;
const COMMENT = /\/\*/y;
const TRIMMED_COMMENT = /[ \t]\/\*/y;
const COMMENT_END = /\*\/(?:[ \t]*-)?/g;
const RAW_END = /`/g;
const PARTS: readonly (readonly [RegExp, (text: string) => Token['style']])[] = [
  [/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/y, () => 'string'],
  [/["'].*/y, () => 'unknown'],
  [/\$[\p{L}\p{Nd}_]*/uy, () => 'local'],
  [/[+-]?(?:0[xX][0-9a-fA-F_.]+(?:[pP][+-]?[0-9]+)?|[0-9][0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+)i?/y, () => 'number'],
  [/\.[\p{L}\p{Nd}_]*/uy, () => 'field'],
  [/[\p{L}_][\p{L}\p{Nd}_]*/uy, word],
  [/:=|[=|]/y, () => 'sign'],
  [/[(),]/y, () => 'text']
];

/** Read the part of `line` from `at` to `end`; adds its tokens and returns the state behind it. */
export function readTemplate(line: string, at: number, end: number, state: TemplateState, tokens: Token[]): TemplateState {
  const text = line.slice(0, end);
  while (at < end) {
    [at, state] = STEPS[state](text, at, tokens);
  }
  return state;
}

type Step = (text: string, at: number, tokens: Token[]) => [number, TemplateState];

const STEPS: Record<TemplateState, Step> = {
  text: (text, at, tokens) => {
    const open = find(OPEN, text, at);
    push(tokens, at, open?.index ?? text.length, 'string');
    if (!open) {
      return [text.length, 'text'];
    }
    const inner = open.index + open[0].length;
    push(tokens, open.index, inner, 'delimiter');
    const comment = find(open[0] === '{{-' ? TRIMMED_COMMENT : COMMENT, text, inner);
    push(tokens, inner, inner + (comment?.[0].length ?? 0), 'comment');
    return comment ? [inner + comment[0].length, 'comment'] : [inner, 'action'];
  },
  comment: (text, at, tokens) => upTo(find(COMMENT_END, text, at), 'comment', text, at, tokens),
  raw: (text, at, tokens) => upTo(find(RAW_END, text, at), 'raw', text, at, tokens),
  action: (text, at, tokens) => {
    const close = find(CLOSE, text, at);
    if (close) {
      push(tokens, at, at + close[0].length, 'delimiter');
      return [at + close[0].length, 'text'];
    }
    if (text[at] === '`') {
      push(tokens, at, at + 1, 'string');
      return [at + 1, 'raw'];
    }
    for (const [shape, style] of PARTS) {
      const found = find(shape, text, at);
      if (found) {
        push(tokens, at, at + found[0].length, style(found[0]));
        return [at + found[0].length, 'action'];
      }
    }
    const next = at + ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
    push(tokens, at, next, /\s/.test(text[at] ?? ' ') ? 'text' : 'unknown');
    return [next, 'action'];
  }
};

function upTo(ending: RegExpExecArray | undefined, state: 'comment' | 'raw', ...[text, at, tokens]: Parameters<Step>): ReturnType<Step> {
  const end = ending ? ending.index + ending[0].length : text.length;
  push(tokens, at, end, state === 'raw' ? 'string' : 'comment');
  return [end, ending ? 'action' : state];
}

function word(text: string): Token['style'] {
  if (text === 'true' || text === 'false' || text === 'nil') {
    return 'bool';
  }
  return TEMPLATE_WORDS.has(text) ? 'word' : TEMPLATE_FUNCTIONS.has(text) ? 'callee' : 'unknown';
}

function find(shape: RegExp, text: string, at: number): RegExpExecArray | undefined {
  shape.lastIndex = at;
  return shape.exec(text) ?? undefined;
}
