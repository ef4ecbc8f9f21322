// Ollama's Modelfile language, line by line: each line is read with the state that the one before it left behind.
// Source: Ollama parser/parser.go (ParseFile, parseRuneForState, unquote), v0.33.0-rc2.
import { DROPPED, kept } from './dropped';
import { LOOKED_INTO, markDropped, push, type Style, type Token } from './line';
import { DEPRECATED, INSTRUCTIONS, PARAMETERS, ROLES, STORED } from './tables';
import { readTemplate, type TemplateState } from './template';
import { accepts, type ParameterKind } from './values';

type Instruction = (typeof INSTRUCTIONS)[number];

/** What a value is, which is what it looks like. */
type Kind = ParameterKind | 'model' | 'prose' | 'setting' | 'template' | 'version' | 'wrong';

/** A quoted value that is still open at the end of a line. */
interface Open {
  readonly mark: '"' | '"""';
  readonly kind: Kind;
  readonly template: TemplateState;
}

/** What the next line starts in. */
export interface State {
  readonly open?: Open;
  /** Nothing has been read yet: a byte order mark may stand here. */
  readonly fresh?: boolean;
  /** `${name}` stands for a value that is put in before Ollama reads the text. */
  readonly substitutes?: boolean;
}

/** What a line says: what its spans are, which instruction starts in it, and where its part of a value stands. */
export interface Line {
  readonly tokens: readonly Token[];
  readonly next: State;
  readonly instruction?: { readonly keyword: string; readonly argument?: string };
  readonly value?: readonly [number, number];
}

const KINDS: Record<Exclude<Instruction, 'parameter'>, Kind> = {
  from: 'model',
  license: 'prose',
  template: 'template',
  system: 'prose',
  adapter: 'model',
  draft: 'model',
  renderer: 'setting',
  parser: 'setting',
  message: 'prose',
  requires: 'version'
};

const BLANK = `[ \\t${DROPPED}]*`;
const TRIPLE = `"[${DROPPED}]*"[${DROPPED}]*"`;
const LEAD = new RegExp(BLANK, 'uy');
const OPENING = new RegExp(`${TRIPLE}|"`, 'uy');
const CLOSING = { '"': new RegExp(`"(?=${BLANK}$)`, 'gu'), '"""': new RegExp(`${TRIPLE}(?=${BLANK}$)`, 'gu') } as const;
/** The first character of a keyword is part of it whatever it is; one that Ollama drops does no harm there. */
const KEYWORD = new RegExp(`([${DROPPED}])([A-Za-z]*)|.[A-Za-z]*`, 'uy');
const NAME = /[A-Za-z0-9_]*/y;
const ROLE = /[A-Za-z]*/y;
const MISPLACED = /[^ \t"]*/y;
const SEPARATOR = /[ \t]*/y;
const SUBSTITUTED = /\$\{[^{}]*\}/g;

/** Read one line, without its line end. */
export function readLine(line: string, state: State): Line {
  const { open, substitutes = false } = state;
  const start = state.fresh && line.startsWith('\ufeff') ? 1 : 0;
  const read = open ? new Value(line, substitutes).continued(open) : readInstruction(line, start, substitutes);
  const comment = read.tokens[0]?.style === 'comment' && !open;
  const tokens = comment ? read.tokens : markDropped(line, read.tokens, start);
  return { ...read, tokens, next: { ...read.next, ...(substitutes && { substitutes }) } };
}

function readInstruction(line: string, start: number, substitutes: boolean): Line {
  const tokens: Token[] = [];
  const at = endOf(SEPARATOR, line, start);
  if (at === line.length || line[at] === '#') {
    push(tokens, at, line.length, 'comment');
    return { tokens, next: {} };
  }
  KEYWORD.lastIndex = at;
  const [whole, dropped = '', word = whole] = KEYWORD.exec(line)!;
  const [from, end] = [at + dropped.length, at + whole.length];
  const keyword = word.toLowerCase();
  const known = (INSTRUCTIONS as readonly string[]).includes(keyword);
  const value = new Value(line, substitutes, tokens);
  if (!isBlank(line, end)) {
    const wrong = endOf(MISPLACED, line, end);
    const typed = end === line.length && INSTRUCTIONS.some(name => name.startsWith(keyword));
    const right = known || typed ? end : from;
    push(tokens, from, right, known ? 'instruction' : 'text');
    push(tokens, right, wrong, 'unknown');
    return known ? value.of(kindOf(keyword), endOf(SEPARATOR, line, wrong)) : { tokens, next: {} };
  }
  push(tokens, from, end, known ? 'instruction' : 'unknown');
  if (keyword === 'parameter') {
    return readArgument(line, end + 1, value, keyword, NAME, parameterLook);
  }
  if (keyword === 'message') {
    return readArgument(line, end + 1, value, keyword, ROLE, roleLook);
  }
  return { ...value.of(kindOf(keyword), end + 1), instruction: { keyword } };
}

function kindOf(keyword: string): Kind {
  return Object.hasOwn(KINDS, keyword) ? KINDS[keyword as keyof typeof KINDS] : 'prose';
}

/** How an argument looks, what its value is, and the names that it may still become. */
interface Look {
  readonly style: Style;
  readonly kind: Kind;
  readonly names: readonly string[];
}

function readArgument(line: string, at: number, value: Value, keyword: string, shape: RegExp, lookOf: (name: string) => Look): Line {
  const end = endOf(shape, line, at);
  const argument = line.slice(at, end);
  const { style, kind, names } = lookOf(argument);
  if (isBlank(line, end)) {
    push(value.tokens, at, end, style);
    return { ...value.of(argument ? kind : 'wrong', end + 1), instruction: { keyword, argument } };
  }
  const typed = end === line.length && names.some(name => name.startsWith(argument));
  push(value.tokens, at, end, style === 'unknown' && typed ? 'text' : style);
  const wrong = endOf(MISPLACED, line, end);
  push(value.tokens, end, wrong, 'unknown');
  return value.of(kind, endOf(SEPARATOR, line, wrong));
}

function parameterLook(name: string): Look {
  const names = Object.keys(PARAMETERS);
  const kind = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name as keyof typeof PARAMETERS] : undefined;
  if (kind) {
    return { style: 'parameter', kind, names };
  }
  if (STORED.has(name)) {
    return { style: 'instruction', kind: name === 'model' ? 'model' : kindOf(name), names };
  }
  return { style: DEPRECATED.has(name) ? 'ignored' : 'unknown', kind: 'prose', names };
}

function roleLook(role: string): Look {
  return { style: ROLES.has(role) ? 'role' : 'unknown', kind: 'prose', names: [...ROLES] };
}

/** The part of a value that stands in one line. */
class Value {
  constructor(
    private readonly line: string,
    private readonly substitutes: boolean,
    readonly tokens: Token[] = []
  ) {}

  /** Read a value from where it may start. */
  of(kind: Kind, at: number): Line {
    const { line, tokens } = this;
    const start = endOf(LEAD, line, Math.min(at, line.length));
    const inner = endOf(OPENING, line, start);
    if (inner === start) {
      let end = line.length;
      while (end > start && isBlank(line, end - 1)) {
        end--;
      }
      this.inside(kind, start, end, 'text', false);
      return { tokens, next: {}, value: [start, end] };
    }
    push(tokens, start, inner, 'quote');
    const mark = kept(line.slice(start, inner)) === '"' ? '"' : '"""';
    return this.quoted({ mark, kind, template: 'text' }, inner, true);
  }

  /** Read on in a value that an earlier line has opened. */
  continued(open: Open): Line {
    return this.quoted(open, 0, false);
  }

  /** A quote closes only at the end of a line: everything before it is text, other quotes and instructions as well. */
  private quoted(open: Open, inner: number, whole: boolean): Line {
    const { line, tokens } = this;
    const closing = CLOSING[open.mark];
    closing.lastIndex = inner;
    const found = closing.exec(line);
    const end = found?.index ?? line.length;
    const template = this.inside(open.kind, inner, end, open.template, !(whole && found));
    push(tokens, end, end + (found?.[0].length ?? 0), 'quote');
    return { tokens, next: found ? {} : { open: { ...open, template } }, value: [inner, end] };
  }

  /** Say what stands between `from` and `to`; `parts` if the value has other lines. */
  private inside(kind: Kind, from: number, to: number, template: TemplateState, parts: boolean): TemplateState {
    if (kind === 'template') {
      return readTemplate(this.line, from, Math.min(to, LOOKED_INTO), template, this.tokens);
    }
    const places = this.substitutes ? [...this.line.slice(from, to).matchAll(SUBSTITUTED)] : [];
    const style = this.styleOf(kind, from, to, parts, places.length > 0);
    let at = from;
    for (const { index, 0: place } of places) {
      push(this.tokens, at, from + index, style);
      at = from + index + place.length;
      push(this.tokens, from + index, at, 'local');
    }
    push(this.tokens, at, to, style);
    return 'text';
  }

  private styleOf(kind: Exclude<Kind, 'template'>, from: number, to: number, parts: boolean, unsure: boolean): Style {
    const quoted = this.tokens.at(-1)?.style === 'quote' || parts;
    switch (kind) {
      case 'prose':
        return quoted ? 'string' : 'text';
      case 'list':
        return 'string';
      case 'model':
      case 'setting':
        return kind;
      case 'version':
        return 'number';
      case 'wrong':
        return 'unknown';
      default:
        if (!unsure && (parts || !accepts(kind, kept(this.line.slice(from, to))))) {
          return 'unknown';
        }
        return kind === 'bool' ? 'bool' : 'number';
    }
  }
}

function isBlank(line: string, at: number): boolean {
  return line[at] === ' ' || line[at] === '\t';
}

function endOf(shape: RegExp, line: string, at: number): number {
  shape.lastIndex = at;
  return shape.test(line) ? shape.lastIndex : at;
}
