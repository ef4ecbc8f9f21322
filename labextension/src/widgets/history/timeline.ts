// The versions of a model as a list: arrows walk it, Shift chooses a second one.
import { h, icon } from '../../shared/dom';
import type { TimelineRow } from './state';

export interface TimelineActions {
  select(key: string, also: boolean): void;
  rename(key: string): void;
}

export class Timeline {
  readonly element: HTMLElement;
  private rows: TimelineRow[] = [];
  private drawn = '';

  constructor(private readonly actions: TimelineActions) {
    const keydown = (event: KeyboardEvent): void => this.onKey(event);
    this.element = h('ul', { class: 'om-tl', role: 'listbox', 'aria-label': 'Versions', 'aria-multiselectable': 'true', on: { keydown } });
  }

  draw(rows: TimelineRow[], selected: string[]): void {
    const drawn = JSON.stringify([rows, selected]);
    if (drawn === this.drawn) {
      return;
    }
    [this.drawn, this.rows] = [drawn, rows];
    const held = this.element.contains(document.activeElement);
    const stop = selected.at(-1) ?? rows[0]?.key;
    this.element.hidden = rows.length === 0;
    this.element.replaceChildren(...rows.map(row => this.option(row, selected.includes(row.key), row.key === stop)));
    if (held) {
      this.focus(stop ?? '');
    }
  }

  focus(key: string): void {
    [...this.element.children].map(child => child as HTMLElement).find(child => child.dataset.key === key)?.focus();
  }

  private option(row: TimelineRow, chosen: boolean, isStop: boolean): HTMLElement {
    const chip = row.on_server && h('span', { class: 'om-chip ok' }, icon('dot'), 'on the server');
    const name = row.name && h('span', { class: 'om-ellipsis', dir: 'auto' }, `“${row.name}”`);
    return h(
      'li',
      {
        class: row.on_server ? 'cur' : row.key.startsWith('n') ? 'tried' : undefined,
        role: 'option',
        'data-key': row.key,
        'aria-selected': String(chosen),
        tabindex: isStop ? '0' : '-1',
        on: { click: event => this.actions.select(row.key, event.shiftKey) }
      },
      h('div', { class: 'l1' }, h('b', {}, row.label), chip, name, h('time', {}, row.time)),
      h('div', { class: 'l2', dir: 'auto' }, row.words)
    );
  }

  private onKey(event: KeyboardEvent): void {
    const at = this.rows.findIndex(row => row.key === (event.target as HTMLElement).dataset.key);
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: this.rows.length - 1 }[event.key];
    const row = at < 0 || to === undefined ? undefined : this.rows[to];
    const here = this.rows[at];
    if (event.altKey || event.ctrlKey || event.metaKey || !(row || (here && event.key === 'F2'))) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (row) {
      this.focus(row.key);
      this.actions.select(row.key, event.shiftKey);
    } else if (here) {
      this.actions.rename(here.key);
    }
  }
}
