// One answer of a comparison: its words, what differs in them, its figures, what can be done with it.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import { MarkdownView } from '../../shared/markdown';
import { markWords, type Stretch, unmark } from './marks';

export interface CellState {
  state: 'waiting' | 'asked' | 'streaming' | 'done' | 'cut' | 'stopped' | 'error';
  answer: string;
  note: string;
  figures: string;
  error: string;
  hint: string;
  marks: Stretch[];
  differs: string;
  can_pick: boolean;
  can_retry: boolean;
  can_stop: boolean;
}

export interface CellActions {
  pick(): void;
  unpick(): void;
  retry(): void;
  stop(): void;
}

/** A radio that looks like a pill; pressing it again takes the choice back. */
export class Pick {
  readonly element: HTMLElement;
  private readonly input: HTMLInputElement;
  private readonly star = icon('trophy');
  private chosen = false;

  constructor(group: string, word: string, actions: { pick(): void; unpick(): void }) {
    this.input = h('input', { type: 'radio', name: group });
    this.input.addEventListener('change', () => actions.pick());
    this.input.addEventListener('click', () => this.chosen && actions.unpick());
    this.element = h('label', { class: 'om-pick' }, this.input, this.star, word);
  }

  draw(name: string, chosen: boolean, enabled: boolean): void {
    this.chosen = chosen;
    this.element.hidden = !enabled;
    this.element.classList.toggle('chosen', chosen);
    this.star.hidden = !chosen;
    this.input.checked = chosen;
    setAttribute(this.input, 'aria-label', name);
  }
}

export class CellView {
  readonly element: HTMLElement;
  private readonly name = h('span', { class: 'only-s', 'aria-hidden': 'true' });
  private readonly markdown = new MarkdownView();
  private readonly answer: HTMLElement;
  private readonly caret = h('span', { class: 'om-caret', 'aria-hidden': 'true' });
  private readonly note = h('span');
  private readonly noteBox: HTMLElement;
  private readonly differs = h('div', { class: 'om-differs' });
  private readonly reason = h('span', { dir: 'auto' });
  private readonly remedy = h('span', { class: 'om-muted', dir: 'auto' });
  private readonly fault: HTMLElement;
  private readonly figures = h('span');
  private readonly again: HTMLButtonElement;
  private readonly stop: HTMLButtonElement;
  private readonly foot: HTMLElement;
  private readonly best: Pick;
  private drawn: { answer: string; running: boolean; marks: string } | undefined;

  constructor(group: string, actions: CellActions) {
    this.again = h('button', { class: 'om-link om-small', type: 'button', on: { click: () => actions.retry() } }, 'Try again');
    this.stop = h('button', { class: 'om-btn icon', type: 'button', title: 'Stop this answer', on: { click: () => actions.stop() } }, icon('stop'));
    this.best = new Pick(group, 'Best', actions);
    this.answer = h('div', { class: 'om-ans' }, this.markdown.element);
    this.noteBox = h('div', { class: 'om-cnote' }, icon('clock'), this.note);
    this.fault = h('div', { class: 'om-notice err' }, icon('errc'), h('span', { class: 'om-grow' }, this.reason, ' ', this.remedy));
    this.foot = h('div', { class: 'om-cfoot' }, this.noteBox, this.figures, this.again, this.stop, this.best.element);
    this.element = h('div', { role: 'cell', class: 'om-acell' }, this.name, this.answer, this.fault, this.differs, this.foot);
  }

  draw(cell: CellState, name: string, { chosen, marking, judged }: { chosen: boolean; marking: boolean; judged: boolean }): void {
    const running = cell.state === 'asked' || cell.state === 'streaming';
    setText(this.name, name);
    setAttribute(this.element, 'aria-busy', running ? 'true' : null);
    this.drawAnswer(cell, running, marking);
    setText(this.note, cell.note);
    this.noteBox.hidden = cell.note === '';
    setText(this.differs, cell.differs);
    this.differs.hidden = !marking || cell.differs === '';
    setText(this.reason, cell.error);
    setText(this.remedy, cell.hint);
    this.fault.hidden = cell.error === '';
    setText(this.figures, cell.figures);
    this.again.hidden = !cell.can_retry;
    setAttribute(this.again, 'aria-label', `Try again: ${name}`);
    this.stop.hidden = !cell.can_stop;
    setAttribute(this.stop, 'aria-label', `Stop this answer: ${name}`);
    this.best.draw(`Best: ${name}`, chosen, cell.can_pick && judged);
    this.element.classList.toggle('waiting', cell.state === 'waiting');
    this.foot.hidden = cell.note === '' && cell.figures === '' && !cell.can_retry && !cell.can_stop && !(cell.can_pick && judged);
    this.element.classList.toggle('om-won', chosen);
  }

  private drawAnswer({ answer, marks }: CellState, running: boolean, marking: boolean): void {
    const shown = { answer, running, marks: marking && !running ? JSON.stringify(marks) : '' };
    if (this.drawn && this.drawn.answer === answer && this.drawn.running === running && this.drawn.marks === shown.marks) {
      return;
    }
    this.drawn = shown;
    this.caret.remove();
    unmark(this.markdown.element);
    this.answer.hidden = answer === '' && !running;
    this.markdown.update(answer, !running);
    if (running) {
      this.markdown.end.append(this.caret);
    } else if (marking) {
      markWords(this.markdown.element, answer, marks);
    }
  }
}
