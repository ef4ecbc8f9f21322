// Markdown of a model as elements. No HTML text is ever parsed: each token of the lexer becomes an element of a kind that is listed
// here, or text. So there is no markup, script, style, form or image of a model in the page, whatever it writes.
import type { Token, Tokens } from 'marked';
import { BlockStream } from './blocks';
import { CodeView } from './codeview';
import { h } from './dom';
import { allowed, destination } from './links';
import { type Frame, GrowingRows, type Row } from './rows';
import { visible } from './visible';

/** A definition of a link may stand below its use. */
const DEFINES = /^ {0,3}\[[^\]\n]+\]:/m;

/** An answer that grows: settled blocks stay as they are, only the last one is drawn again. */
export class MarkdownView {
  readonly element = h('div', { class: 'om-md', dir: 'auto' });
  private blocks = new BlockStream();
  private shown = '';
  private finished = false;
  private open: Node[] = [];
  private growing: Growing | null = null;

  update(text: string, finished: boolean): void {
    if (text === this.shown && finished === this.finished) {
      return;
    }
    if (!text.startsWith(this.shown) || this.finished || (finished && DEFINES.test(text))) {
      this.blocks = new BlockStream();
      this.element.replaceChildren();
      this.open = [];
      this.growing = null;
    }
    this.shown = text;
    this.finished = finished;
    const { settled, open } = this.blocks.update(text, finished);
    this.draw(settled.filter(drawable), open.filter(drawable));
  }

  /** Draw the blocks behind those that have settled before; a block that was open and only grew goes on in its place. */
  private draw(settled: Token[], open: Token[]): void {
    const [first] = [...settled, ...open];
    const same = first && this.growing?.takes(first) ? this.growing : null;
    this.open.forEach(node => node !== same?.element && this.element.contains(node) && this.element.removeChild(node));
    if (first && same) {
      same.update(first);
    }
    const fresh = (token: Token): Growing | null => (same && token === first ? same : growing(token));
    const drawn = settled.flatMap(token => fresh(token)?.element ?? node(token));
    const going = open.map(token => fresh(token));
    this.open = open.flatMap((token, index) => going[index]?.element ?? node(token));
    this.growing = going[0] ?? null;
    this.element.append(...[...drawn, ...this.open].filter(each => each !== same?.element));
  }

  /** The place where the next word will stand. */
  get end(): Element {
    let last: Element = this.element;
    for (let next = last.lastElementChild; next?.matches('p, ul, ol, li, blockquote, .om-pre'); next = last.lastElementChild) {
      last = next.matches('.om-pre') ? (next.firstElementChild ?? next) : next;
    }
    return last;
  }
}

function drawable(token: Token): boolean {
  return token.type !== 'space' && token.type !== 'def';
}

function nodes(tokens: Token[] | undefined): Node[] {
  return (tokens ?? []).flatMap(node);
}

const INLINE: Record<string, 'strong' | 'em' | 'del'> = { strong: 'strong', em: 'em', del: 'del' };

function node(token: Token): Node[] {
  const inline = INLINE[token.type];
  if (inline) {
    return [h(inline, {}, ...nodes((token as Tokens.Strong).tokens))];
  }
  const draw = DRAWINGS[token.type];
  return draw ? draw(token as never) : [h('span', {}, token.raw)];
}

const DRAWINGS: Record<string, (token: never) => Node[]> = {
  space: () => [],
  def: () => [],
  br: () => [h('br')],
  hr: () => [h('hr')],
  code: (token: Tokens.Code) => grown(token),
  codespan: (token: Tokens.Codespan) => [h('code', {}, token.text)],
  heading: (token: Tokens.Heading) => [h('p', { class: `om-h om-h${token.depth}`, role: 'heading', 'aria-level': Math.min(token.depth + 2, 6) }, ...nodes(token.tokens))],
  paragraph: (token: Tokens.Paragraph) => [h('p', { dir: 'auto' }, ...nodes(token.tokens))],
  blockquote: (token: Tokens.Blockquote) => [h('blockquote', { dir: direction(token.raw) }, ...nodes(token.tokens))],
  list: (token: Tokens.List) => grown(token),
  table: (token: Tokens.Table) => grown(token),
  text: (token: Tokens.Text) => (token.tokens ? nodes(token.tokens) : [textNode(token.text)]),
  escape: (token: Tokens.Escape) => [textNode(token.text)],
  html: (token: Tokens.HTML) => [token.block ? h('p', { dir: 'auto' }, token.raw.trim()) : textNode(token.raw)],
  link: (token: Tokens.Link) => link(token.href, nodes(token.tokens), token.text),
  // A remote image would tell its host that the answer was read.
  image: (token: Tokens.Image) => link(token.href, [textNode(token.text || 'image')], token.text)
};

function link(href: string, label: Node[], text: string): Node[] {
  const url = allowed(href);
  if (!url) {
    return [...label, textNode(` (${href})`)];
  }
  const anchor = h('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer nofollow', class: 'om-link' }, ...label);
  return text.includes(destination(url)) ? [anchor] : [anchor, h('span', { class: 'om-muted' }, ` (${destination(url)})`)];
}

function list(token: Tokens.List): Frame {
  const dir = direction(token.raw);
  const start = token.ordered && token.start !== '' ? token.start : undefined;
  const element = h(token.ordered ? 'ol' : 'ul', { dir, start });
  return { head: JSON.stringify([token.ordered, start, dir, token.loose]), element, body: element };
}

function items(token: Tokens.List): Row[] {
  const mark = (item: Tokens.ListItem): string | false => item.task && (item.checked ? '☑ ' : '☐ ');
  return token.items.map(item => ({ key: item.raw, draw: () => h('li', {}, mark(item), ...nodes(item.tokens)) }));
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The direction of a block by its first letter: `dir=auto` looks over children that have one of their own, as paragraphs do. */
function direction(text: string): 'rtl' | 'ltr' {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? '') ? 'rtl' : 'ltr';
}

function table(token: Tokens.Table): Frame {
  const head = h('tr', {}, ...token.header.map(content => cell('th', content)));
  const body = h('tbody');
  const element = h('div', { class: 'om-scroll', tabindex: '0' }, h('table', {}, h('thead', {}, head), body));
  return { head: JSON.stringify([token.align, token.header.map(({ text }) => text)]), element, body };
}

function rows(token: Tokens.Table): Row[] {
  const key = (row: Tokens.TableCell[]): string => JSON.stringify(row.map(({ text }) => text));
  return token.rows.map(row => ({ key: key(row), draw: () => h('tr', {}, ...row.map(content => cell('td', content))) }));
}

function cell(tag: 'th' | 'td', content: Tokens.TableCell): HTMLElement {
  return h(tag, { dir: 'auto', style: content.align ? `text-align:${content.align}` : undefined }, ...nodes(content.tokens));
}

/** A block that can go on in its place. */
interface Growing {
  readonly element: HTMLElement;
  takes(token: Token): boolean;
  update(token: Token): void;
}

/** Draw a block that can go on growing: code, a list, a table. */
function growing(token: Token): Growing | null {
  if (token.type === 'code') {
    return growingCode(token as Tokens.Code);
  }
  if (token.type === 'list') {
    return growingRows(token as Tokens.List, list, items);
  }
  return token.type === 'table' ? growingRows(token as Tokens.Table, table, rows) : null;
}

function growingCode(first: Tokens.Code): Growing {
  const view = new CodeView(first.lang ?? '');
  view.update(first.text);
  return {
    element: view.element,
    takes: token => token.type === 'code' && ((token as Tokens.Code).lang ?? '') === view.language,
    update: token => view.update((token as Tokens.Code).text)
  };
}

function growingRows<T extends Tokens.List | Tokens.Table>(first: T, frame: (token: T) => Frame, content: (token: T) => Row[]): Growing {
  const view = new GrowingRows(frame(first));
  view.update(content(first));
  return {
    element: view.element,
    takes: token => token.type === first.type && view.goesOn(frame(token as T).head),
    update: token => view.update(content(token as T))
  };
}

function grown(token: Token): HTMLElement[] {
  const view = growing(token);
  return view ? [view.element] : [];
}

/** A block of code with its Copy button. */
export function codeBlock(text: string, language = ''): HTMLElement {
  const view = new CodeView(language);
  view.update(text);
  return view.element;
}

const ENTITY = /&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z][a-z\d]{1,31});/gi;

/** Make a text node of Markdown text, in which `&amp;` and its kind stand for one character. */
function textNode(text: string): Node {
  return document.createTextNode(visible(decoded(text)));
}

function decoded(text: string): string {
  return text.replace(ENTITY, entity => {
    // Only the name of one character gets here, so that the parser can find nothing else.
    const parsed = new DOMParser().parseFromString(entity, 'text/html').body.textContent;
    return parsed ?? entity;
  });
}
