// A slider: the drawing, and a real range input over it that takes the pointer, the keys and the focus.
import { h, setAttribute } from '../../shared/dom';
import { type Range, Scale } from './scale';

export interface SliderLook {
  label: string;
  value: number;
  /** Where the default stands, where the stored value does; null draws none. */
  fallback: number | null;
  was: number | null;
  words: string;
  describedBy: string;
}

export interface SliderActions {
  /** The thumb moves; `held` while the pointer has it. */
  moved(value: number, held: boolean): void;
  released(): void;
  enter(): void;
}

const TEN = new Set(['PageUp', 'PageDown']);

export class Slider {
  readonly element: HTMLElement;
  private readonly fill = h('span', { class: 'fl' });
  private readonly thumb = h('span', { class: 'th' });
  private readonly fallback = h('span', { class: 'df' });
  private readonly was = h('span', { class: 'was' });
  private readonly input: HTMLInputElement;
  private readonly scale: Scale;
  private value = 0;
  private held = false;

  constructor(
    range: Range,
    marks: { ticks: [number, string][]; ends: [string, string] },
    private readonly actions: SliderActions
  ) {
    this.scale = new Scale(range);
    this.input = h('input', { type: 'range', min: this.scale.min, max: this.scale.max, step: this.scale.grain });
    this.listen();
    const drawing = h('span', { class: 'om-slide' }, h('span', { class: 'tr' }), this.fill, this.fallback, this.was, this.thumb, this.input);
    this.element = h('div', { class: 'om-sliding' }, drawing, this.ruler(marks));
  }

  draw({ label, value, fallback, was, words, describedBy }: SliderLook): void {
    this.show(value);
    this.place(this.fallback, fallback);
    this.place(this.was, was);
    setAttribute(this.input, 'aria-label', label);
    setAttribute(this.input, 'aria-valuetext', words);
    setAttribute(this.input, 'aria-describedby', describedBy);
  }

  private show(value: number): void {
    this.value = value;
    const share = `${100 * this.scale.share(value)}%`;
    this.fill.style.width = share;
    this.thumb.style.insetInlineStart = share;
    this.thumb.classList.toggle('over', !this.scale.holds(value));
    if (!this.held) {
      this.input.value = String(this.scale.position(value));
    }
  }

  private place(mark: HTMLElement, value: number | null): void {
    mark.hidden = value === null;
    if (value !== null) {
      mark.style.insetInlineStart = `${100 * this.scale.share(value)}%`;
    }
  }

  private listen(): void {
    this.input.addEventListener('pointerdown', () => (this.held = true));
    this.input.addEventListener('input', () => this.take(this.scale.value(Number(this.input.value)), this.held));
    this.input.addEventListener('change', () => this.letGo());
    for (const event of ['pointerup', 'pointercancel', 'lostpointercapture'] as const) {
      this.input.addEventListener(event, () => this.letGo());
    }
    this.input.addEventListener('keydown', event => this.onKey(event));
  }

  private letGo(): void {
    if (this.held) {
      this.held = false;
      this.actions.released();
    }
  }

  private take(value: number, held: boolean): void {
    if (value !== this.value) {
      this.show(value);
      this.actions.moved(value, held);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.actions.enter();
      return;
    }
    const value = this.target(event);
    if (value !== null && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.take(value, false);
    }
  }

  private target(event: KeyboardEvent): number | null {
    if (event.key === 'Home' || event.key === 'End') {
      return this.scale.value(event.key === 'Home' ? this.scale.min : this.scale.max);
    }
    const mirrored = getComputedStyle(this.input).direction === 'rtl' ? -1 : 1;
    const ways: Record<string, number> = { ArrowUp: 1, ArrowDown: -1, ArrowRight: mirrored, ArrowLeft: -mirrored, PageUp: 1, PageDown: -1 };
    const way = ways[event.key];
    return way === undefined ? null : this.scale.moved(this.value, way * (event.shiftKey || TEN.has(event.key) ? 10 : 1));
  }

  /** Figures at their places, and between the outer two of them what the ends mean. */
  private ruler({ ticks, ends }: { ticks: [number, string][]; ends: [string, string] }): HTMLElement | null {
    if (ticks.length === 0) {
      return null;
    }
    const shares = ticks.map(([value]) => this.scale.share(value));
    const figures = ticks.map(([, label], index) => at(shares[index] ?? 0, label, 'tick'));
    const first = (shares[0] ?? 0) + (shares[1] ?? 1);
    const last = (shares[shares.length - 1] ?? 1) + (shares[shares.length - 2] ?? 0);
    const few = ticks.length < 3;
    const words = ends.map((word, index) => word && at(few ? 0.3 + 0.4 * index : (index === 0 ? first : last) / 2, word, 'word'));
    return h('div', { class: 'om-scale', 'aria-hidden': 'true' }, ...figures, ...words);
  }
}

function at(share: number, text: string, kind: string): HTMLElement {
  const edge = share < 0.02 ? ' first' : share > 0.98 ? ' last' : '';
  const element = h('span', { class: kind + edge }, text);
  element.style.insetInlineStart = `${100 * share}%`;
  return element;
}
