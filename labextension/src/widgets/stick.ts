// A list that grows at its end: it keeps its end in sight while the person is there, and says so when they are not.
import { h, icon } from '../shared/dom';

const NEAR_PX = 32;

export class Sticky {
  readonly chip: HTMLButtonElement;
  private atEnd = true;
  private height = 0;
  private held: { element: Element; top: number } | null = null;

  constructor(private readonly box: HTMLElement) {
    this.chip = h('button', { class: 'om-chip om-newtext', type: 'button', hidden: true, on: { click: () => this.jump() } }, icon('down'), 'New text below');
    box.addEventListener('scroll', () => this.scrolled(), { passive: true });
  }

  /** Call after the list has been drawn. */
  drawn(): void {
    const height = this.box.scrollHeight;
    const grew = height > this.height;
    this.height = height;
    if (this.held) {
      this.box.scrollTop += this.held.element.getBoundingClientRect().top - this.held.top;
      this.held = null;
      this.atEnd = this.near();
    } else if (this.atEnd) {
      this.toEnd();
    } else if (grew && !this.near()) {
      this.chip.hidden = false;
    }
  }

  /** Keep `element` where it is on the screen when the list is drawn the next time: the person has just pressed it. */
  hold(element: Element): void {
    this.held = { element, top: element.getBoundingClientRect().top };
  }

  toEnd(): void {
    this.atEnd = true;
    this.chip.hidden = true;
    this.box.scrollTop = this.box.scrollHeight;
  }

  private jump(): void {
    this.toEnd();
    // The chip is gone; the focus stays with what it led to.
    this.box.focus({ preventScroll: true });
  }

  private scrolled(): void {
    this.atEnd = this.near();
    if (this.atEnd) {
      this.chip.hidden = true;
    }
  }

  private near(): boolean {
    return this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight < NEAR_PX;
  }
}
