// A choice of a few words, one of them pressed.
import { h, setAttribute } from '../../shared/dom';

export class Segmented<T extends string> {
  readonly element: HTMLElement;
  private readonly buttons: [T, HTMLButtonElement][];

  constructor(label: string, choices: [T, string][], choose: (value: T) => void) {
    this.buttons = choices.map(([value, words]) => [value, h('button', { type: 'button', on: { click: () => choose(value) } }, words)]);
    this.element = h('span', { class: 'om-seg', role: 'group', 'aria-label': label }, ...this.buttons.map(([, button]) => button));
  }

  draw(value: T): void {
    this.buttons.forEach(([own, button]) => setAttribute(button, 'aria-pressed', String(own === value)));
  }
}
