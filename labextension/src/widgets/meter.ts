// How much of the model's context a conversation fills.
import { h, setAttribute, setText } from '../shared/dom';
import { contextWords } from './threadwords';

export class ContextMeter {
  readonly element: HTMLElement;
  private readonly bar = h('i');
  private readonly track = h('span', { class: 'bar' }, this.bar);
  private readonly words = h('span');

  constructor() {
    this.element = h('span', { class: 'om-ctx' }, h('span', { class: 'om-hide-s' }, 'Context'), this.track, this.words);
  }

  draw(used: number | null, size: number | null): void {
    this.element.hidden = used === null;
    if (used !== null) {
      const { figures, text, share, full } = contextWords(used, size);
      this.element.classList.toggle('warn', full);
      setText(this.words, text);
      setAttribute(this.element, 'title', `context used: ${figures}${size ? ' tokens' : ''}`);
      this.track.hidden = !size;
      this.bar.style.width = `${100 * share}%`;
    }
  }
}
