// All parameters: those used often and those that say something as rows, the rest behind a search.
import { h, icon } from '../../shared/dom';
import { ParamRow } from './params';
import { ParamSearch } from './search';
import type { Param } from './state';
import type { Tuning } from './tuning';

const LEGEND: [string, string, string][] = [
  ['dia', 'tried', 'om-warn'],
  ['dot', 'set', 'om-brand'],
  ['check', 'set, same as default', 'om-brand'],
  ['link', 'inherited', ''],
  ['ring', 'not set', '']
];
const NOTHING_TOLD = 'Point at a parameter to read what it does.';

export class ParamList {
  readonly element: HTMLElement;
  private readonly rows = new Map<string, ParamRow>();
  private readonly list = h('div', { class: 'om-params' });
  /** What the parameter is that the pointer or the focus is at. */
  readonly told = h('div', { class: 'om-told om-small om-muted', 'aria-hidden': 'true' }, NOTHING_TOLD);
  private readonly search: ParamSearch;
  private order = '';
  private wanted = new Set<string>();
  private focusOn = '';
  private explained = '';

  constructor(private readonly tuning: Tuning) {
    this.search = new ParamSearch(param => this.set(param));
    const legend = LEGEND.map(([mark, words, look]) => h('span', { class: mark === 'dia' ? 'om-warn' : undefined }, icon(mark, look), mark === 'dia' ? h('b', {}, words) : words));
    const head = h('div', { class: 'om-gh' }, h('h3', {}, 'Parameters'), h('span', { class: 'om-grow' }), h('div', { class: 'om-legend' }, ...legend));
    this.element = h('div', { class: 'om-group params' }, head, this.list, this.search.element);
  }

  explain(text: string, name: string): void {
    if (this.explained !== name) {
      this.explained = name;
      this.told.replaceChildren(h('b', { class: 'om-mono' }, name), ` ${text}`);
    }
  }

  draw(params: Param[]): void {
    // What was seen once stays: a row does not go away under the hand that resets it.
    params.filter(param => param.often || (param.state !== 'unset' && param.state !== 'inherited')).forEach(param => this.wanted.add(param.name));
    const shown = params.filter(param => this.wanted.has(param.name));
    shown.forEach(param => this.drawRow(param));
    this.arrange(shown.map(param => param.name));
    this.search.draw(params.filter(param => !this.wanted.has(param.name)));
  }

  private drawRow(param: Param): void {
    const row = this.rows.get(param.name);
    if (row && row.kind === param.kind) {
      row.draw(param);
      return;
    }
    row?.element.remove();
    this.rows.set(param.name, new ParamRow(param, this.tuning));
    this.order = '';
  }

  private arrange(names: string[]): void {
    const order = names.join(' ');
    if (order !== this.order) {
      this.order = order;
      // Rows that are there already are not moved: what has the focus keeps it.
      names.forEach((name, index) => {
        const element = this.rows.get(name)?.element;
        if (element && this.list.children[index] !== element) {
          this.list.insertBefore(element, this.list.children[index] ?? null);
        }
      });
    }
    if (this.focusOn && this.rows.has(this.focusOn)) {
      this.rows.get(this.focusOn)?.focus();
      this.focusOn = '';
    }
  }

  /** Take a parameter in from the search, at its default, and go to its field. */
  private set(param: Param): void {
    this.wanted.add(param.name);
    this.focusOn = param.name;
    if (param.default === null || param.state === 'inherited') {
      this.tuning.redraw();
    } else {
      void this.tuning.ask('param', { name: param.name, value: param.default, how: 'drag' });
    }
  }
}
