// Stop sequences as tags: one stop of the Tab key, arrows move over the tags.
import { h, icon, setAttribute } from '../../shared/dom';
import { readStop, shownStop } from './stops';
import { composes } from './tuning';

export interface StopLook {
  label: string;
  stops: string[];
  /** Whether they are the base model's: they can be replaced, not removed. */
  inherited: boolean;
  describedBy: string;
}

export class StopTags {
  readonly element: HTMLElement;
  private readonly list = h('ul', { class: 'om-tags-list' });
  private readonly field = h('input', { class: 'om-in mono', type: 'text', dir: 'auto', size: 8, placeholder: 'Add', spellcheck: 'false', autocomplete: 'off' });
  private readonly replace: HTMLButtonElement;
  private replacing = false;
  private look: StopLook = { label: '', stops: [], inherited: false, describedBy: '' };
  private drawn = '';

  constructor(private readonly changed: (stops: string[]) => void) {
    this.replace = h('button', { class: 'om-btn quiet', type: 'button', on: { click: () => this.beginReplacing() } }, icon('plus'), 'Replace');
    this.element = h('div', { class: 'om-tags', role: 'group' }, this.list, this.field, this.replace);
    this.field.addEventListener('keydown', event => this.onKey(event));
    this.field.addEventListener('blur', () => this.onBlur());
    this.list.addEventListener('keydown', event => this.onTagKey(event));
  }

  draw(look: StopLook): void {
    this.look = look;
    this.replacing &&= look.inherited;
    setAttribute(this.element, 'aria-label', look.label);
    setAttribute(this.field, 'aria-label', `Add to ${look.label}`);
    setAttribute(this.field, 'aria-describedby', look.describedBy);
    this.field.hidden = look.inherited && !this.replacing;
    this.replace.hidden = !look.inherited || this.replacing;
    this.list.hidden = look.stops.length === 0;
    const key = JSON.stringify([look.inherited, look.stops]);
    if (key !== this.drawn) {
      this.drawn = key;
      this.list.replaceChildren(...look.stops.map((stop, index) => this.tag(stop, index)));
    }
  }

  focus(): void {
    (this.field.hidden ? this.replace : this.field).focus();
  }

  private tag(stop: string, index: number): HTMLElement {
    const shown = shownStop(stop);
    const text = h('bdi', {}, shown === '' ? 'empty' : shown);
    if (this.look.inherited) {
      return h('li', { class: 'om-tag inh' }, text);
    }
    const name = `Remove ${shown}`;
    const attributes = { type: 'button', tabindex: -1, 'aria-label': name, title: name, on: { click: () => this.remove(index) } };
    return h('li', { class: 'om-tag' }, text, h('button', attributes, icon('x')));
  }

  private beginReplacing(): void {
    this.replacing = true;
    this.draw(this.look);
    this.field.focus();
  }

  private get own(): string[] {
    return this.look.inherited ? [] : this.look.stops;
  }

  private add(): void {
    const stop = readStop(this.field.value);
    this.field.value = '';
    if (stop !== '' && !this.own.includes(stop)) {
      this.take([...this.own, stop]);
    }
  }

  /** Remove a tag; the focus goes to the one that takes its place, else to the field. */
  private remove(index: number): void {
    this.take(this.own.filter((_, at) => at !== index));
    (this.buttons[index] ?? this.buttons[index - 1] ?? this.field).focus();
  }

  private take(stops: string[]): void {
    this.changed(stops);
    this.draw({ ...this.look, stops, inherited: false });
  }

  private get buttons(): HTMLButtonElement[] {
    return [...this.list.querySelectorAll('button')];
  }

  private onKey(event: KeyboardEvent): void {
    if (composes(event)) {
      return;
    }
    const atStart = this.field.selectionStart === 0 && this.field.selectionEnd === 0;
    if (event.key === 'Enter' && this.field.value !== '') {
      event.preventDefault();
      this.add();
    } else if (event.key === 'Backspace' && this.field.value === '' && this.own.length > 0) {
      event.preventDefault();
      this.take(this.own.slice(0, -1));
    } else if (event.key === 'ArrowLeft' && atStart) {
      this.buttons[this.buttons.length - 1]?.focus();
    } else if (event.key === 'Escape' && this.field.value !== '') {
      event.stopPropagation();
      this.field.value = '';
    }
  }

  private onTagKey(event: KeyboardEvent): void {
    const index = this.buttons.indexOf(event.target as HTMLButtonElement);
    if (index < 0) {
      return;
    }
    if (event.key === 'Delete' || event.key === 'Backspace') {
      event.preventDefault();
      this.remove(index);
    } else if (event.key === 'ArrowLeft') {
      this.buttons[Math.max(0, index - 1)]?.focus();
    } else if (event.key === 'ArrowRight') {
      (this.buttons[index + 1] ?? this.field).focus();
    }
  }

  private onBlur(): void {
    if (this.field.value !== '') {
      this.add();
    } else if (this.replacing) {
      this.replacing = false;
      this.draw(this.look);
    }
  }
}
