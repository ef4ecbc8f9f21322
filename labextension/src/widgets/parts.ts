// Small pieces that several panels are made of.
import { type Child, h, icon } from '../shared/dom';
import { codeBlock } from '../shared/markdown';
import type { Action, Notice } from './threadstate';

export function iconButton(name: string, label: string, press: (event: MouseEvent) => void): HTMLButtonElement {
  return h('button', { class: 'om-btn icon', type: 'button', 'aria-label': label, title: label, on: { click: press } }, icon(name));
}

export function button(label: Child, press: (event: MouseEvent) => void, kind = ''): HTMLButtonElement {
  return h('button', { class: `om-btn ${kind}`.trim(), type: 'button', on: { click: press } }, label);
}

const NOTICE_ICONS = { brand: 'info', warn: 'warn', err: 'errc', ok: 'okc' } as const;

export interface Shown extends Notice {
  kind?: keyof typeof NOTICE_ICONS;
  icon?: string;
  /** A server's own words, quoted in full. */
  quote?: string;
  /** Lines to copy. */
  lines?: string;
}

/** A sentence or two that stand out, with at most two buttons. It is drawn again only when it says something else. */
export class NoticeView {
  readonly element = h('div', { class: 'om-notice', hidden: true });
  private shown = '';

  constructor(
    private readonly act: (action: Action) => void = () => undefined,
    private readonly dismiss?: () => void
  ) {}

  draw(notice: Shown | null | undefined): void {
    const key = notice ? JSON.stringify(notice) : '';
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    this.element.hidden = !notice;
    this.element.replaceChildren();
    if (notice) {
      const kind = notice.kind ?? 'brand';
      this.element.className = `om-notice ${kind}`;
      this.element.setAttribute('role', kind === 'err' ? 'alert' : 'status');
      this.element.append(icon(notice.icon ?? NOTICE_ICONS[kind]), words(notice), this.buttons(notice));
    }
  }

  private buttons({ actions = [] }: Shown): HTMLElement {
    const made = actions.map(action => button(action.label, () => this.act(action)));
    const close = this.dismiss && iconButton('x', 'Close', this.dismiss);
    return h('span', { class: 'acts' }, ...made, close);
  }
}

function words({ text, quote, lines }: Shown): HTMLElement {
  return h('div', { class: 'om-grow' }, h('p', { dir: 'auto' }, text), quote && h('code', { class: 'om-quote', dir: 'auto' }, quote), lines && h('div', { class: 'om-md' }, codeBlock(lines)));
}
