// Finds one of the parameters that have no row: a combobox with a sentence each, Enter sets it.
import { h, setAttribute, setText } from '../../shared/dom';
import type { Param } from './state';
import { composes } from './tuning';

let searches = 0;

export class ParamSearch {
  readonly element: HTMLElement;
  private readonly ident = `om-search-${++searches}`;
  private readonly field: HTMLInputElement;
  private readonly results = h('ul', { class: 'om-results', role: 'listbox', id: this.ident, 'aria-label': 'Parameters', hidden: true });
  private readonly none = h('div', { class: 'om-none om-small om-muted', role: 'status', hidden: true });
  private params: Param[] = [];
  private found: Param[] = [];
  private active = 0;
  private open = false;

  constructor(private readonly set: (param: Param) => void) {
    this.field = h('input', {
      class: 'om-in',
      type: 'text',
      role: 'combobox',
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': 'Find a parameter',
      'aria-autocomplete': 'list',
      'aria-controls': this.ident,
      'aria-expanded': 'false'
    });
    this.field.addEventListener('input', () => this.show(this.field.value.trim() !== ''));
    this.field.addEventListener('keydown', event => this.onKey(event));
    this.field.addEventListener('blur', () => this.show(false));
    this.element = h('div', { class: 'om-find' }, this.field, this.results, this.none);
  }

  draw(params: Param[]): void {
    const changed = params.length !== this.params.length;
    this.params = params;
    this.element.hidden = params.length === 0;
    const names = params.slice(0, 2).map(param => param.name);
    setAttribute(this.field, 'placeholder', `Find one of ${params.length} more: ${names.join(', ')}${params.length > 2 ? ', …' : ''}`);
    if (changed && this.open) {
      this.show(true);
    }
  }

  private show(open: boolean): void {
    const typed = this.field.value.trim().toLowerCase();
    this.found = open ? this.params.filter(param => param.name.includes(typed.replaceAll(' ', '_')) || param.meaning.toLowerCase().includes(typed)) : [];
    // Names that begin so come first.
    this.found.sort((a, b) => Number(b.name.startsWith(typed)) - Number(a.name.startsWith(typed)));
    this.open = open && this.found.length > 0;
    this.active = 0;
    this.results.replaceChildren(...this.found.map((param, index) => this.option(param, index)));
    this.results.hidden = !this.open;
    this.none.hidden = !open || this.open;
    setText(this.none, `There is no parameter “${typed}” in this list.`);
    setAttribute(this.field, 'aria-expanded', String(this.open));
    this.activate(0);
  }

  private option(param: Param, index: number): HTMLElement {
    const name = h('div', {}, h('span', { class: 'om-mono' }, param.name), h('span', { class: 'om-muted om-small' }, ` ${param.default_words}`));
    const text = h('div', { class: 'om-grow' }, name, h('div', { class: 'om-small om-muted' }, param.meaning));
    const attributes = { role: 'option', id: `${this.ident}-${index}`, 'aria-selected': 'false' };
    const option = h('li', attributes, text, h('span', { class: 'om-small verb', 'aria-hidden': 'true' }, 'Set'));
    // The press would take the focus, and with it the list, before the click.
    option.addEventListener('pointerdown', event => event.preventDefault());
    option.addEventListener('click', () => this.choose(param));
    return option;
  }

  private activate(index: number): void {
    this.active = index;
    [...this.results.children].forEach((option, at) => setAttribute(option, 'aria-selected', String(at === index)));
    setAttribute(this.field, 'aria-activedescendant', this.open ? `${this.ident}-${index}` : null);
    if (this.open) {
      this.results.children[index]?.scrollIntoView({ block: 'nearest' });
    }
  }

  private choose(param: Param): void {
    this.field.value = '';
    this.show(false);
    this.set(param);
  }

  private onKey(event: KeyboardEvent): void {
    if (composes(event)) {
      return;
    }
    const count = this.found.length;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      if (this.open) {
        this.activate((this.active + (event.key === 'ArrowDown' ? 1 : count - 1)) % count);
      } else {
        this.show(true);
      }
    } else if (event.key === 'Enter' && this.open && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const param = this.found[this.active];
      if (param) {
        this.choose(param);
      }
    } else if (event.key === 'Escape' && (this.open || this.field.value !== '')) {
      event.stopPropagation();
      this.field.value = '';
      this.show(false);
    }
  }
}
