// Tabs by the ARIA pattern: one stop of the Tab key, arrows choose.
import { h, setAttribute, setText } from '../../shared/dom';

export interface Tab {
  name: string;
  label: string;
  /** Shown in a narrow panel only. */
  narrow?: boolean;
}

export class Tabs {
  readonly element: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private readonly counts = new Map<string, HTMLElement>();

  constructor(
    tabs: Tab[],
    label: string,
    private readonly choose: (name: string) => void
  ) {
    this.element = h('div', { class: 'om-tabs', role: 'tablist', 'aria-label': label, on: { keydown: event => this.onKey(event) } });
    for (const { name, label: words, narrow } of tabs) {
      const count = h('span', { class: 'n' });
      const attributes = { type: 'button', role: 'tab', id: `om-tab-${++made}`, class: narrow ? 'narrow' : undefined, on: { click: () => choose(name) } };
      const button = h('button', attributes, words, ' ', count);
      this.buttons.set(name, button);
      this.counts.set(name, count);
      this.element.append(button);
    }
  }

  /** Say which panel a tab shows. */
  controls(name: string, panel: HTMLElement): void {
    const button = this.buttons.get(name);
    if (button) {
      panel.id ||= `${button.id}-panel`;
      button.setAttribute('aria-controls', panel.id);
    }
  }

  select(name: string): void {
    this.buttons.forEach((button, key) => {
      setAttribute(button, 'aria-selected', String(key === name));
      setAttribute(button, 'tabindex', key === name ? '0' : '-1');
    });
  }

  /** What stands behind the word of a tab. */
  count(name: string, words: string): void {
    const element = this.counts.get(name);
    if (element) {
      setText(element, words);
    }
  }

  identOf(name: string): string {
    return this.buttons.get(name)?.id ?? '';
  }

  private onKey(event: KeyboardEvent): void {
    const shown = [...this.buttons].filter(([, button]) => button.offsetParent !== null);
    const at = shown.findIndex(([, button]) => button === event.target);
    const forward = getComputedStyle(this.element).direction === 'rtl' ? 'ArrowLeft' : 'ArrowRight';
    const back = forward === 'ArrowLeft' ? 'ArrowRight' : 'ArrowLeft';
    const places: Record<string, number> = { [forward]: at + 1, [back]: at - 1 + shown.length, Home: 0, End: shown.length - 1 };
    const to = places[event.key];
    const next = to === undefined || at < 0 || event.altKey ? undefined : shown[to % shown.length];
    if (next) {
      event.preventDefault();
      this.choose(next[0]);
      next[1].focus();
    }
  }
}

let made = 0;
