// The field below a thread: Enter sends, Shift+Enter is a new line; Stop stands in the place of Send while an answer comes.
import { h, icon } from '../shared/dom';
import { Attachments } from './attachments';
import type { Picture } from './threadstate';

export interface ComposerActions {
  send(text: string, images: Picture[]): void;
  stop(): void;
  /** Edit the last message; says whether there is one. */
  editLast(): boolean;
}

const TALLEST_PX = 200;

export class Composer {
  readonly element: HTMLElement;
  readonly attachments: Attachments;
  private readonly field = h('textarea', { class: 'om-field', rows: 1, dir: 'auto' });
  private readonly send: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly hint = h('div', { class: 'hint' });
  private busy = false;
  private drawn = '';

  constructor(
    private readonly name: string,
    private readonly actions: ComposerActions
  ) {
    this.send = h('button', { class: 'om-btn primary icon', type: 'button', 'aria-label': 'Send', title: 'Send', on: { click: () => this.submit() } }, icon('send'));
    this.stop = h('button', { class: 'om-btn stop', type: 'button', hidden: true, on: { click: () => this.pressedStop() } }, icon('stop'), 'Stop');
    this.attachments = new Attachments();
    this.field.addEventListener('keydown', event => this.onKey(event));
    this.field.addEventListener('input', () => this.changed());
    this.field.addEventListener('paste', event => this.onPaste(event));
    const box = h('div', { class: 'box' }, this.attachments.pick, this.field, this.send, this.stop);
    this.element = h('div', { class: 'om-composer' }, this.attachments.element, box, this.hint);
    this.draw(false, false);
  }

  /** Show whether an answer is coming, and whether there is a message that can be edited. */
  draw(busy: boolean, said: boolean): void {
    const key = `${busy}${said}`;
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.busy = busy;
    // A hidden button would let the focus fall to the page.
    const held = this.send === document.activeElement || this.stop === document.activeElement;
    this.send.hidden = busy;
    this.stop.hidden = !busy;
    if (held) {
      this.field.focus({ preventScroll: true });
    }
    const words = busy ? 'Your next message' : `Message ${this.name}`;
    this.field.placeholder = words;
    this.field.setAttribute('aria-label', words);
    this.hint.replaceChildren(...this.hints(busy, said));
  }

  focus(): void {
    this.field.focus({ preventScroll: true });
  }

  /** Give a message back that was not taken, unless another one has been begun. */
  restore(text: string, images: Picture[]): void {
    if (this.field.value === '' && this.attachments.pictures.length === 0) {
      this.field.value = text;
      this.attachments.set(images);
      this.changed();
    }
  }

  private hints(busy: boolean, said: boolean): HTMLElement[] {
    const keys: [string, string][] = busy ? [['Esc', 'stop; what is written stays']] : [['Enter', 'send'], ['Shift+Enter', 'new line']];
    if (!busy && said) {
      keys.push(['↑', 'edit last']);
    }
    const drawn = keys.map(([key, does]) => h('span', {}, h('kbd', { class: 'om-kbd' }, key), ` ${does}`));
    return busy ? drawn : [...drawn, h('span', { class: 'om-hide-s' }, 'Paste an image to attach it')];
  }

  private onKey(event: KeyboardEvent): void {
    // While an input method composes, its keys are its own. Source: UI Events, 5.3.2; Safari ends a composition with key code 229.
    if (event.isComposing || event.keyCode === 229) {
      event.stopPropagation();
      return;
    }
    const empty = this.field.value === '';
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      this.submit();
    } else if (event.key === 'ArrowUp' && empty && !this.busy && this.actions.editLast()) {
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key !== 'Escape' && !(event.altKey && empty) && !event.ctrlKey && !event.metaKey) {
      // What is typed is nobody else's; an Escape goes on, to the panel that stops an answer or to the notebook.
      event.stopPropagation();
    }
  }

  private onPaste(event: ClipboardEvent): void {
    // A copied cell of a table comes as text and as a picture of it: the text is meant.
    const data = event.clipboardData;
    if (!data?.types.includes('text/plain') && this.attachments.take(data)) {
      event.preventDefault();
    }
    event.stopPropagation();
  }

  private submit(): void {
    const [text, images] = [this.field.value, this.attachments.pictures];
    if (!this.busy && (text.trim() || images.length > 0)) {
      this.field.value = '';
      this.attachments.set([]);
      this.changed();
      this.actions.send(text, images);
    }
  }

  private pressedStop(): void {
    this.actions.stop();
    this.focus();
  }

  private changed(): void {
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight, TALLEST_PX)}px`;
  }
}
