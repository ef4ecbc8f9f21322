// The answer as it comes, under the knobs of a panel that is too narrow to show the chat beside them.
import { h, icon, setText } from '../../shared/dom';
import { MarkdownView } from '../../shared/markdown';

export interface LastTurn {
  answer: string;
  state: string;
  stats: string;
}

export class Peek {
  readonly element: HTMLElement;
  private readonly markdown = new MarkdownView();
  private readonly caret = h('span', { class: 'om-caret', 'aria-hidden': 'true' });
  private readonly stats = h('span', { class: 'om-small om-muted om-grow om-ellipsis' });
  private readonly words = h('b', {}, 'Answer now');
  private readonly scroll: HTMLElement;
  private drawn = '';

  constructor(open: () => void) {
    const button = h('button', { class: 'om-btn quiet', type: 'button', on: { click: open } }, icon('chat'), 'Open');
    this.scroll = h('div', { class: 'scroll', dir: 'auto', tabindex: 0, role: 'region', 'aria-label': 'Answer now' }, this.markdown.element);
    // The thread says the answer to screen readers; this is a second picture of it.
    this.element = h('div', { class: 'om-peek' }, h('div', { class: 'om-row om-small' }, this.words, this.stats, button), this.scroll);
  }

  draw(turn: LastTurn | undefined): void {
    this.element.hidden = !turn;
    if (!turn) {
      return;
    }
    setText(this.stats, turn.stats);
    const running = turn.state === 'waiting' || turn.state === 'streaming';
    const key = `${running} ${turn.answer}`;
    // Under another tab, or in a wide panel, nothing of this is seen, and nothing is drawn.
    if (key === this.drawn || this.element.offsetParent === null) {
      return;
    }
    this.drawn = key;
    this.caret.remove();
    this.markdown.update(turn.answer, !running);
    if (running) {
      this.markdown.end.append(this.caret);
      this.scroll.scrollTop = this.scroll.scrollHeight;
    }
  }
}
