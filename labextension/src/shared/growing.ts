import { h } from './dom';
import { visible } from './visible';

/** Text that grows at its end: what stands there stays, with a selection in it, and only what is new is written. */
export class GrowingText {
  readonly element: HTMLElement;
  private shown = '';

  constructor(className: string) {
    this.element = h('div', { class: className, dir: 'auto' });
  }

  update(text: string): void {
    if (!text.startsWith(this.shown)) {
      this.element.replaceChildren();
      this.shown = '';
    }
    // Half of a character, or of a line's end, waits for its other half.
    const whole = /[\ud800-\udbff\r]$/.test(text) ? text.length - 1 : text.length;
    const more = text.slice(this.shown.length, whole);
    if (more) {
      const last = this.element.lastChild;
      last instanceof Text ? last.appendData(visible(more)) : this.element.append(visible(more));
      this.shown = text.slice(0, whole);
    }
  }
}
