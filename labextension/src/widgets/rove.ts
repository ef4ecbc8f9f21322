// The messages of a thread as one stop of the Tab key: arrows go from message to message, Tab goes on into the buttons of the one it is at.
const MESSAGE = '.om-msg';
const PRESSABLE = 'button, a, summary';

export class Rover {
  private current: HTMLElement | null = null;

  constructor(private readonly box: HTMLElement) {
    box.addEventListener('focusin', event => this.enter((event.target as Element).closest<HTMLElement>(MESSAGE)));
    box.addEventListener('keydown', event => this.onKey(event));
  }

  /** Call after messages were added, removed or changed. */
  update(): void {
    const messages = this.messages;
    const stays = this.current && this.box.contains(this.current) && this.current.contains(document.activeElement);
    this.current = stays ? this.current : (messages[messages.length - 1] ?? null);
    messages.forEach(message => this.mark(message));
  }

  private get messages(): HTMLElement[] {
    return [...this.box.querySelectorAll<HTMLElement>(MESSAGE)];
  }

  private enter(message: HTMLElement | null): void {
    if (message && message !== this.current) {
      this.current = message;
      this.messages.forEach(other => this.mark(other));
    }
  }

  private mark(message: HTMLElement): void {
    const here = message === this.current;
    message.tabIndex = here ? 0 : -1;
    message.querySelectorAll<HTMLElement>(PRESSABLE).forEach(element => (here ? element.removeAttribute('tabindex') : (element.tabIndex = -1)));
  }

  private onKey(event: KeyboardEvent): void {
    const messages = this.messages;
    const at = messages.indexOf(event.target as HTMLElement);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
      return;
    }
    const to = { ArrowUp: at - 1, ArrowDown: at + 1, Home: 0, End: messages.length - 1 }[event.key];
    if (to !== undefined) {
      messages[to]?.focus();
      event.preventDefault();
      event.stopPropagation();
    }
  }
}
