// The field below a conversation: Enter sends, Shift+Enter is a new line, Esc stops; Stop stands in the place of Send while an answer comes.
import { h, icon } from '../shared/dom';

export interface ComposerActions {
  send(text: string): void;
  stop(): void;
}

export class Composer {
  readonly element: HTMLElement;
  private readonly field = h('textarea', { class: 'om-field', rows: 1, dir: 'auto' });
  private readonly send: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly hint = h('div', { class: 'hint' });
  private busy: boolean | undefined;

  constructor(
    private readonly name: string,
    private readonly actions: ComposerActions
  ) {
    this.send = h('button', { class: 'om-btn primary icon', type: 'button', 'aria-label': 'Send', title: 'Send', on: { click: () => this.submit() } }, icon('send'));
    this.stop = h('button', { class: 'om-btn stop', type: 'button', on: { click: () => actions.stop() } }, icon('stop'), 'Stop');
    this.field.addEventListener('keydown', event => this.onKey(event));
    this.field.addEventListener('input', () => this.fit());
    this.element = h('div', { class: 'om-composer' }, h('div', { class: 'box' }, this.field, this.send, this.stop), this.hint);
    this.setBusy(false);
  }

  setBusy(busy: boolean): void {
    if (busy === this.busy) {
      return;
    }
    this.busy = busy;
    this.send.hidden = busy;
    this.stop.hidden = !busy;
    const words = busy ? 'Your next message' : `Message ${this.name}`;
    this.field.placeholder = words;
    this.field.setAttribute('aria-label', words);
    const keys: [string, string][] = busy ? [['Esc', 'stop; what is written stays']] : [['Enter', 'send'], ['Shift+Enter', 'new line']];
    this.hint.replaceChildren(...keys.map(([key, does]) => h('span', {}, h('kbd', { class: 'om-kbd' }, key), ` ${does}`)));
  }

  private onKey(event: KeyboardEvent): void {
    // Keys of a composer are nobody else's; an Escape goes on, to the panel that stops an answer or to the notebook.
    if (event.key !== 'Escape') {
      event.stopPropagation();
    }
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  private submit(): void {
    const text = this.field.value;
    if (!this.busy && text.trim()) {
      this.field.value = '';
      this.fit();
      this.actions.send(text);
    }
  }

  /** Give a message back that was not taken. */
  restore(text: string): void {
    this.field.value = this.field.value || text;
    this.fit();
  }

  private fit(): void {
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight, 200)}px`;
  }
}
