// Markdown of a model as elements. No HTML text is ever parsed: each token of the lexer becomes an element of a kind that is listed
// here, or text. So there is no markup, script, style, form or image of a model in the page, whatever it writes.
import type { Token, Tokens } from 'marked';
import { BlockStream } from './blocks';
import { CodeView } from './codeview';
import { h } from './dom';
import { allowed, destination } from './links';
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
  private code: CodeView | null = null;

  update(text: string, finished: boolean): void {
    if (text === this.shown && finished === this.finished) {
      return;
    }
    if (!text.startsWith(this.shown) || this.finished || (finished && DEFINES.test(text))) {
      this.blocks = new BlockStream();
      this.element.replaceChildren();
      this.open = [];
      this.code = null;
    }
    this.shown = text;
    this.finished = finished;
    const { settled, open } = this.blocks.update(text, finished);
    this.draw(settled.filter(drawable), open.filter(drawable));
  }

  /** Draw the blocks behind those that have settled before; code that was open goes on in its place. */
  private draw(settled: Token[], open: Token[]): void {
    const code = this.code;
    const first = settled[0] ?? open[0];
    const goesOn = code && first?.type === 'code' && (first as Tokens.Code).lang === code.language ? code : null;
    this.open.forEach(node => node !== goesOn?.element && this.element.contains(node) && this.element.removeChild(node));
    this.code = null;
    goesOn?.update((first as Tokens.Code).text);
    const fresh = (tokens: Token[]): Node[] => tokens.flatMap(token => (goesOn && token === first ? [goesOn.element] : this.block(token)));
    const drawn = fresh(settled);
    this.code = null;
    this.open = fresh(open);
    if (goesOn && open[0] === first) {
      this.code = goesOn;
    }
    this.element.append(...[...drawn, ...this.open].filter(node => node !== goesOn?.element));
  }

  private block(token: Token): Node[] {
    if (token.type !== 'code') {
      return node(token);
    }
    const { lang = '', text } = token as Tokens.Code;
    const view = new CodeView(lang);
    view.update(text);
    this.code = view;
    return [view.element];
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
  code: (token: Tokens.Code) => [codeBlock(token.text, token.lang)],
  codespan: (token: Tokens.Codespan) => [h('code', {}, token.text)],
  heading: (token: Tokens.Heading) => [h('p', { class: `om-h om-h${token.depth}`, role: 'heading', 'aria-level': Math.min(token.depth + 2, 6) }, ...nodes(token.tokens))],
  paragraph: (token: Tokens.Paragraph) => [h('p', { dir: 'auto' }, ...nodes(token.tokens))],
  blockquote: (token: Tokens.Blockquote) => [h('blockquote', { dir: direction(token.raw) }, ...nodes(token.tokens))],
  list: (token: Tokens.List) => [list(token)],
  table: (token: Tokens.Table) => [table(token)],
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

function list(token: Tokens.List): HTMLElement {
  const items = token.items.map(item => h('li', {}, item.task && (item.checked ? '☑ ' : '☐ '), ...nodes(item.tokens)));
  const dir = direction(token.raw);
  return token.ordered ? h('ol', { dir, start: token.start === '' ? undefined : token.start }, ...items) : h('ul', { dir }, ...items);
}

const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;

/** The direction of a block by its first letter: `dir=auto` looks over children that have one of their own, as paragraphs do. */
function direction(text: string): 'rtl' | 'ltr' {
  return RIGHT_TO_LEFT.test(/\p{L}/u.exec(text)?.[0] ?? '') ? 'rtl' : 'ltr';
}

function table(token: Tokens.Table): HTMLElement {
  const cell = (tag: 'th' | 'td', content: Tokens.TableCell): HTMLElement =>
    h(tag, { dir: 'auto', style: content.align ? `text-align:${content.align}` : undefined }, ...nodes(content.tokens));
  const head = h('tr', {}, ...token.header.map(content => cell('th', content)));
  const rows = token.rows.map(row => h('tr', {}, ...row.map(content => cell('td', content))));
  return h('div', { class: 'om-scroll', tabindex: '0' }, h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows)));
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
