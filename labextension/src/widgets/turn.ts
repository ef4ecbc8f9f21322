// One question and its answer.
import { h, icon, setText } from '../shared/dom';
import { clock } from '../shared/figures';
import { copyText, MarkdownView } from '../shared/markdown';

export interface Turn {
  question: string;
  answer: string;
  thinking: string;
  thought_s: number | null;
  state: 'waiting' | 'streaming' | 'done' | 'stopped' | 'cut' | 'error';
  stats: string;
  note: string;
}

export class TurnView {
  readonly element: HTMLElement;
  private readonly markdown = new MarkdownView();
  private readonly caret = h('span', { class: 'om-caret', 'aria-hidden': 'true' });
  private readonly chip = h('span', { class: 'om-chip' });
  private readonly stats = h('span');
  private readonly notice = h('span', { class: 'om-grow' });
  private readonly noticeBox: HTMLElement;
  private readonly thoughts = h('div', { class: 'in', dir: 'auto' });
  private readonly thoughtWord = h('span');
  private readonly fold: HTMLDetailsElement;
  private readonly actions: HTMLElement;
  private readonly bot: HTMLElement;
  private touchedFold = false;
  private began = performance.now();
  private turn: Turn | undefined;

  constructor(name: string, version: string, turn: Turn, showQuestion: boolean) {
    const user = h('div', { class: 'om-msg user' }, h('div', { class: 'om-who' }, 'You'), h('div', { class: 'txt om-md', dir: 'auto' }, h('p', {}, turn.question)));
    this.fold = h('details', { class: 'om-fold om-think' }, h('summary', { on: { click: () => (this.touchedFold = true) } }, this.thoughtWord), this.thoughts);
    this.noticeBox = h('div', { class: 'om-notice' }, icon('warn'), this.notice);
    const copy = h('button', { class: 'om-btn icon', type: 'button', 'aria-label': 'Copy', title: 'Copy' }, icon('copy'));
    copy.addEventListener('click', () => void copyText(this.turn?.answer ?? '', copy));
    this.actions = h('span', { class: 'acts' }, copy);
    const stat = h('div', { class: 'om-stat' }, this.stats, this.actions);
    const who = h('div', { class: 'om-who' }, h('span', {}, name), version && h('span', { class: 'om-ver' }, version), this.chip);
    this.bot = h('div', { class: 'om-msg bot' }, who, this.fold, this.markdown.element, this.noticeBox, stat);
    this.element = h('div', {}, showQuestion && user, this.bot);
    this.draw(turn);
  }

  draw(turn: Turn): void {
    this.turn = turn;
    const running = turn.state === 'waiting' || turn.state === 'streaming';
    this.caret.remove();
    this.markdown.update(turn.answer, !running);
    if (running) {
      this.markdown.end.append(this.caret);
    }
    this.drawThinking(turn, running);
    this.drawEnding(turn);
    setText(this.stats, turn.stats);
    this.actions.hidden = running || turn.answer === '';
    this.bot.setAttribute('aria-busy', String(running));
  }

  private drawThinking(turn: Turn, running: boolean): void {
    this.fold.hidden = turn.thinking === '';
    if (turn.thinking === '') {
      return;
    }
    setText(this.thoughts, turn.thinking);
    const thinks = running && turn.answer === '';
    const seconds = turn.thought_s ?? (performance.now() - this.began) / 1000;
    setText(this.thoughtWord, thinks ? `Thinking · ${clock(seconds)}` : `Thought for ${seconds < 10 ? seconds.toFixed(1) + ' s' : clock(seconds)}`);
    if (!this.touchedFold) {
      this.fold.open = thinks;
    }
  }

  private drawEnding(turn: Turn): void {
    const words = { stopped: 'stopped', error: 'not whole', cut: 'not finished' } as const;
    const word: string = turn.state in words ? words[turn.state as keyof typeof words] : '';
    this.chip.hidden = word === '';
    this.chip.className = `om-chip ${turn.state === 'error' ? 'err' : turn.state === 'cut' ? 'warn' : ''}`;
    setText(this.chip, word);
    this.noticeBox.hidden = turn.note === '';
    this.noticeBox.className = `om-notice ${turn.state === 'error' ? 'err' : 'warn'}`;
    if (turn.state === 'error') {
      this.noticeBox.setAttribute('role', 'alert');
    }
    setText(this.notice, turn.note);
  }
}
