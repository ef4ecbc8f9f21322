// What stands where nothing has been said yet: who the model is, and what could be asked first.
import { h } from '../shared/dom';
import type { ThreadState } from './threadstate';

export class EmptyView {
  readonly element = h('div', { class: 'om-empty' });
  private drawn = '';

  constructor(private readonly ask: (text: string) => void) {}

  draw({ turns, model, intro = '', suggestions = [] }: ThreadState): void {
    this.element.hidden = turns.length > 0;
    const key = this.element.hidden ? '' : JSON.stringify([model, intro, suggestions]);
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    const offers = suggestions.map(({ label, text }) => {
      const press = (): void => this.ask(text);
      return h('button', { type: 'button', on: { click: press } }, h('small', {}, label), h('span', { dir: 'auto' }, text));
    });
    this.element.replaceChildren(
      h('div', { class: 'om-empty-title' }, `Talk to ${model}`),
      ...(intro ? [h('p', { class: 'om-muted om-small om-ellipsis', dir: 'auto', title: intro }, intro)] : []),
      ...(offers.length > 0 ? [h('div', { class: 'om-sugg', role: 'group', 'aria-label': 'Suggestions' }, ...offers)] : [])
    );
  }
}
