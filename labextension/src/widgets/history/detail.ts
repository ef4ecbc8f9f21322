// One version against another: text, parameters, what it answered, what can be done with it.
import { h, icon } from '../../shared/dom';
import type { Action, Detail, Line } from './state';

export interface DetailActions {
  view(whole: boolean): void;
  act(action: Action): void;
}

export class DetailView {
  readonly element = h('div', { class: 'om-detail' });
  private readonly body = h('div', { class: 'om-body' });
  private readonly foot = h('div', { class: 'om-foot' });
  private drawn = '';

  constructor(private readonly actions: DetailActions) {
    this.element.append(this.body, this.foot);
  }

  draw(detail: Detail | null): void {
    const drawn = JSON.stringify(detail);
    if (drawn === this.drawn) {
      return;
    }
    this.drawn = drawn;
    const held = this.element.contains(document.activeElement) ? document.activeElement?.textContent : undefined;
    this.element.hidden = !detail;
    if (detail) {
      this.body.replaceChildren(this.head(detail), code(detail), ...parameters(detail), ...answers(detail));
      this.foot.replaceChildren(...detail.actions.map(action => this.button(action)));
    }
    if (held) {
      const buttons = [...this.element.querySelectorAll('button')];
      (buttons.find(button => button.textContent === held) ?? buttons[0])?.focus();
    }
  }

  private head({ title, facts, whole }: Detail): HTMLElement {
    const side = (label: string, pressed: boolean): HTMLElement =>
      h('button', { type: 'button', 'aria-pressed': String(pressed), on: { click: () => this.actions.view(label === 'Whole text') } }, label);
    const both = h('span', { class: 'om-seg', role: 'group', 'aria-label': 'Show' }, side('Difference', !whole), side('Whole text', whole));
    const what = h('span', { class: 'om-grow' }, h('b', {}, title), ' ', h('span', { class: 'om-muted' }, facts));
    return h('div', { class: 'om-row om-wrap' }, what, both);
  }

  private button(action: Action): HTMLElement {
    const kind = action.primary ? 'om-btn primary' : 'om-btn';
    return h('button', { class: kind, type: 'button', on: { click: () => this.actions.act(action) } }, icon(action.icon), action.label);
  }
}

function code({ lines, cut, whole, title, old }: Detail): HTMLElement {
  const label = whole ? `Modelfile of ${title}` : old ? `Difference from ${old} to ${title}` : `Modelfile of ${title}`;
  const box = h('div', { class: 'om-code om-diff wrap', role: 'region', 'aria-label': label, tabindex: '0' }, ...lines.map(line));
  return h('div', { class: 'om-stack' }, lines.length > 0 && box, cut && h('p', { class: 'om-small om-muted' }, cut));
}

const SIGNS = { ' ': '', '-': 'del', '+': 'add', '@': 'hunk' } as const;

function line({ number, sign, pieces }: Line): HTMLElement {
  const words = pieces.map(([text, mark]) => (mark === 'ins' || mark === 'del' ? h(mark, {}, text) : text));
  const shown = sign === '-' ? '−' : sign === '+' ? '+' : '';
  // Colour is not all that tells a line that went: the sign is read too.
  const said = sign === '-' ? 'gone' : sign === '+' ? 'new' : undefined;
  const mark = h('span', { class: 'sg', ...(said ? { role: 'img', 'aria-label': said } : {}) }, shown);
  return h('div', { class: SIGNS[sign] || undefined }, h('span', { class: 'ln' }, number === null ? '' : String(number)), mark, h('span', { class: 'tx', dir: 'auto' }, ...words));
}

function parameters({ parameters: rows, old, title }: Detail): HTMLElement[] {
  if (rows.length === 0) {
    return [];
  }
  const head = h('tr', {}, ...['Parameter', old, old && '', title, 'From'].map((text, at) => (at > 0 && at < 3 && !old ? false : header(text))));
  const body = rows.map(row => {
    const kept = old !== '' && !row.changed;
    const now = h('td', { class: `om-mono ${row.changed ? 'om-b' : 'om-muted'}` }, kept ? 'same' : row.new || 'not set');
    const origin = h('td', { class: 'om-muted' }, icon(row.set ? 'dot' : row.new ? 'link' : 'ring', row.set ? 'om-brand' : ''), ' ', row.origin);
    const before = [h('td', { class: 'om-mono' }, row.old || 'not set'), h('td', { class: 'om-muted' }, row.changed ? '→' : '')];
    return h('tr', {}, h('th', { scope: 'row', class: `om-mono ${row.changed ? 'om-b' : ''}` }, row.name), ...(old ? before : []), now, origin);
  });
  return [h('div', { class: 'om-scroll', role: 'region', 'aria-label': 'Parameters', tabindex: '0' }, h('table', { class: 'om-table' }, h('thead', {}, head), h('tbody', {}, ...body)))];
}

function header(text: string): HTMLElement {
  return text ? h('th', { scope: 'col' }, text) : h('td');
}

function answers({ answers: rows }: Detail): HTMLElement[] {
  if (rows.length === 0) {
    return [];
  }
  const drawn = rows.map(({ question, answer, best, more }) => {
    const chips = h('span', {}, best && h('span', { class: 'om-chip ok' }, icon('trophy'), 'best'), more && h('span', { class: 'om-chip' }, more));
    const title = `${question}\n${answer}`;
    return h('li', { class: 'om-arow', title }, h('span', { class: 'om-ellipsis', dir: 'auto' }, question), h('span', { class: 'om-ellipsis om-muted', dir: 'auto' }, answer), chips);
  });
  return [h('div', {}, h('div', { class: 'om-label' }, 'What it answered'), h('ul', { class: 'om-answers' }, ...drawn))];
}
