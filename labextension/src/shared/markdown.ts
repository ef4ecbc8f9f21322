// Markdown of a model as elements. No HTML text is ever parsed: each token of the lexer becomes an element of a kind that is listed
// here, or text. So there is no markup, script, style, form or image of a model in the page, whatever it writes.
import type { Token, Tokens } from 'marked';
import { BlockStream } from './blocks';
import { h } from './dom';
import { allowed, destination } from './links';
import { visible } from './visible';

/** An answer that grows: settled blocks stay as they are, only the last one is drawn again. */
export class MarkdownView {
  readonly element = h('div', { class: 'om-md', dir: 'auto' });
  private blocks = new BlockStream();
  private shown = '';
  private open: Node[] = [];

  update(text: string, finished: boolean): void {
    if (!text.startsWith(this.shown) || finished) {
      // Another text, or the end: definitions of links may stand below their use, so that the whole is drawn once more.
      this.blocks = new BlockStream();
      this.element.replaceChildren();
      this.open = [];
    } else if (text === this.shown) {
      return;
    }
    this.shown = text;
    const { settled, open } = this.blocks.update(text, finished);
    this.open.forEach(node => this.element.contains(node) && this.element.removeChild(node));
    this.element.append(...nodes(settled));
    this.open = nodes(open);
    this.element.append(...this.open);
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
  code: (token: Tokens.Code) => [codeBlock(token.text)],
  codespan: (token: Tokens.Codespan) => [h('code', {}, token.text)],
  heading: (token: Tokens.Heading) => [h('p', { class: `om-h om-h${token.depth}`, role: 'heading', 'aria-level': Math.min(token.depth + 2, 6) }, ...nodes(token.tokens))],
  paragraph: (token: Tokens.Paragraph) => [h('p', { dir: 'auto' }, ...nodes(token.tokens))],
  blockquote: (token: Tokens.Blockquote) => [h('blockquote', {}, ...nodes(token.tokens))],
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
  const items = token.items.map(item => h('li', { dir: 'auto' }, item.task && (item.checked ? '☑ ' : '☐ '), ...nodes(item.tokens)));
  return token.ordered ? h('ol', { start: token.start === '' ? undefined : token.start }, ...items) : h('ul', {}, ...items);
}

function table(token: Tokens.Table): HTMLElement {
  const cell = (tag: 'th' | 'td', content: Tokens.TableCell): HTMLElement =>
    h(tag, { style: content.align ? `text-align:${content.align}` : undefined }, ...nodes(content.tokens));
  const head = h('tr', {}, ...token.header.map(content => cell('th', content)));
  const rows = token.rows.map(row => h('tr', {}, ...row.map(content => cell('td', content))));
  return h('div', { class: 'om-scroll', tabindex: '0' }, h('table', {}, h('thead', {}, head), h('tbody', {}, ...rows)));
}

/** A block of code with its Copy button. */
export function codeBlock(text: string): HTMLElement {
  const copy = h('button', { class: 'om-btn icon', type: 'button', 'aria-label': 'Copy', title: 'Copy' }, h('i', { class: 'om-i i-copy', 'aria-hidden': 'true' }));
  copy.addEventListener('click', () => void copyText(text, copy));
  return h('div', { class: 'om-pre' }, h('pre', { tabindex: '0' }, text), copy);
}

/** Copy text, and say so on the button that was pressed. */
export async function copyText(text: string, button: HTMLElement): Promise<void> {
  let said = 'Copied';
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = 'Not copied: the page may not use the clipboard';
  }
  button.title = said;
  button.setAttribute('aria-label', said);
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
