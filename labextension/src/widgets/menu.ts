// A button that opens a menu. Source: WAI-ARIA Authoring Practices, Menu Button.
import { h } from '../shared/dom';
import { iconButton } from './parts';

export interface MenuItem {
  label: string;
  enabled?: boolean;
  run(): void;
}

export class MenuButton {
  readonly element: HTMLElement;
  readonly button: HTMLButtonElement;
  private readonly list: HTMLElement;

  /** `items` is asked for each time the menu opens. */
  constructor(
    label: string,
    private readonly items: () => MenuItem[]
  ) {
    this.button = iconButton('more', label, () => (this.list.hidden ? this.open() : this.close()));
    this.button.setAttribute('aria-haspopup', 'menu');
    this.button.setAttribute('aria-expanded', 'false');
    this.list = h('div', { class: 'om-menu', role: 'menu', 'aria-label': label, hidden: true });
    this.element = h('span', { class: 'om-menubox' }, this.button, this.list);
    this.element.addEventListener('keydown', event => this.onKey(event));
    this.element.addEventListener('focusout', event => {
      if (!this.element.contains(event.relatedTarget as Node | null)) {
        this.close();
      }
    });
  }

  private open(): void {
    this.list.replaceChildren(...this.items().map(item => this.draw(item)));
    this.list.hidden = false;
    this.button.setAttribute('aria-expanded', 'true');
    this.entries[0]?.focus();
  }

  private close(): void {
    this.list.hidden = true;
    this.button.setAttribute('aria-expanded', 'false');
  }

  private draw({ label, enabled = true, run }: MenuItem): HTMLElement {
    const press = (): void => {
      if (enabled) {
        this.close();
        this.button.focus();
        run();
      }
    };
    return h('button', { type: 'button', role: 'menuitem', tabindex: '-1', 'aria-disabled': enabled ? undefined : 'true', on: { click: press } }, label);
  }

  private get entries(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>('[role=menuitem]')];
  }

  private onKey(event: KeyboardEvent): void {
    const { entries } = this;
    const at = entries.indexOf(event.target as HTMLElement);
    if (this.list.hidden) {
      return;
    }
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + entries.length, Home: 0, End: entries.length - 1 }[event.key];
    if (event.key === 'Escape') {
      this.close();
      this.button.focus();
    } else if (to !== undefined) {
      entries[to % entries.length]?.focus();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }
}
