// The examples (MESSAGE lines) as rows of a role and a text; dragged by a handle or moved with Alt and an arrow.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import { ExampleView } from './example';
import type { ExampleRow, ExamplesState } from './state';
import type { Tuning } from './tuning';

export class Examples {
  readonly element: HTMLElement;
  private readonly words = h('span', { class: 'om-small om-muted' });
  private readonly list = h('ul', { class: 'om-shots' });
  private readonly reset: HTMLButtonElement;
  private readonly add: HTMLButtonElement;
  private readonly views = new Map<string, ExampleView>();
  private rows: ExampleRow[] = [];
  private focusOn = '';
  private order = '';

  constructor(private readonly tuning: Tuning) {
    this.reset = h('button', { class: 'om-btn icon', type: 'button', on: { click: () => this.stepBack() } }, icon('undo'));
    this.add = h('button', { class: 'om-btn quiet', type: 'button', on: { click: () => void this.addPair() } }, icon('plus'), 'Add pair');
    const head = h('div', { class: 'om-gh' }, h('h3', {}, 'Examples'), this.words, h('span', { class: 'om-grow' }), this.reset, this.add);
    this.element = h('div', { class: 'om-group examples' }, head, this.list);
  }

  draw(state: ExamplesState): void {
    this.rows = state.rows;
    setText(this.words, state.words);
    this.list.hidden = state.rows.length === 0;
    setAttribute(this.reset, 'aria-label', `Examples: ${state.reset_label}`);
    setAttribute(this.reset, 'title', state.reset_label);
    this.reset.disabled = !state.can_reset;
    this.reset.classList.toggle('gone', !state.can_reset);
    this.arrange(state.rows);
    state.rows.forEach((row, index) => this.views.get(row.id)?.draw(row, index, state.rows.length));
    if (this.focusOn && this.views.has(this.focusOn)) {
      this.views.get(this.focusOn)?.focus();
      this.focusOn = '';
    }
  }

  private arrange(rows: ExampleRow[]): void {
    const order = rows.map(row => row.id).join(' ');
    if (order === this.order) {
      return;
    }
    this.order = order;
    const kept = new Set(rows.map(row => row.id));
    [...this.views].filter(([id]) => !kept.has(id)).forEach(([id, view]) => {
      view.element.remove();
      this.views.delete(id);
    });
    const focused = document.activeElement;
    rows.forEach((row, index) => {
      const view = this.views.get(row.id) ?? this.make(row);
      if (this.list.children[index] !== view.element) {
        this.list.insertBefore(view.element, this.list.children[index] ?? null);
      }
    });
    // An element that is moved loses the focus.
    if (focused instanceof HTMLElement && this.list.contains(focused)) {
      focused.focus();
    }
  }

  private make(row: ExampleRow): ExampleView {
    // Deltas change the rows of a state where they stand: later this row may be another.
    const { id } = row;
    const view = new ExampleView(row, this.tuning, {
      move: by => void this.move(id, this.indexOf(id) + by),
      moveTo: index => void this.move(id, index),
      remove: () => void this.remove(id),
      places: () => this.rows.map(({ id }) => this.views.get(id)?.element).filter((place): place is HTMLElement => Boolean(place))
    });
    this.views.set(id, view);
    return view;
  }

  private indexOf(id: string): number {
    return this.rows.findIndex(row => row.id === id);
  }

  private async move(id: string, to: number): Promise<void> {
    if (to >= 0 && to < this.rows.length && to !== this.indexOf(id)) {
      await this.tuning.ask('move_example', { id, to });
      this.tuning.say(`Moved to ${to + 1} of ${this.rows.length}`);
    }
  }

  private async remove(id: string): Promise<void> {
    const next = await this.tuning.ask('remove_example', { id });
    this.goTo(typeof next === 'string' ? next : '');
    this.tuning.say('Example removed');
  }

  private async addPair(): Promise<void> {
    const first = await this.tuning.ask('add_example', { after: this.rows[this.rows.length - 1]?.id ?? null });
    if (typeof first === 'string') {
      this.goTo(first);
    }
  }

  /** Put the focus on a row, which may not be there yet; without one, on the button that adds. */
  private goTo(id: string): void {
    if (id === '') {
      this.add.focus();
    } else {
      this.focusOn = id;
      this.tuning.redraw();
    }
  }

  private stepBack(): void {
    this.add.focus();
    void this.tuning.ask('reset', { name: 'examples' });
  }
}
