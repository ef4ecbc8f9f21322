// What the model said: thinking, tools, text, how it ended, its figures and what can be done with it.
import { copyText } from '../shared/clipboard';
import { h, icon, setAttribute, setText } from '../shared/dom';
import { GrowingText } from '../shared/growing';
import { MarkdownView } from '../shared/markdown';
import { BranchWalker } from './branch';
import { CallsView, type Leave } from './calls';
import { button, iconButton, NoticeView, type Shown } from './parts';
import { isRunning, type Turn } from './threadstate';
import { thinkingWords } from './threadwords';

export interface AnswerActions {
  regenerate(): void;
  goOn(): void;
  retry(): void;
  teach(): void;
  allow(call: string, how: Leave): void;
  walk(step: -1 | 1): void;
}

/** What may be done with an answer: nothing in an answer of a cell, nothing new while another one comes. */
export interface Freedom {
  busy: boolean;
  changeable: boolean;
}

export class AnswerView {
  readonly element: HTMLElement;
  readonly walker: BranchWalker;
  private readonly version = h('span', { class: 'om-ver' });
  private readonly outdated = h('span', { class: 'om-chip' });
  private readonly ending = h('span', { class: 'om-chip' });
  private readonly taught = h('span', { class: 'om-chip brand' }, icon('teach'), 'taught');
  private readonly thinking = new ThinkingView();
  private readonly calls: CallsView;
  private readonly markdown = new MarkdownView();
  private readonly caret = h('span', { class: 'om-caret', 'aria-hidden': 'true' });
  private readonly before = new BeforeView();
  private readonly ended = new NoticeView(({ method }) => (method === 'retry' ? this.actions.retry() : this.actions.goOn()));
  private readonly stats = h('span');
  private readonly copy: HTMLButtonElement;
  private readonly again: HTMLButtonElement;
  private readonly teach: HTMLButtonElement;
  private turn: Turn | undefined;

  constructor(
    name: string,
    private readonly actions: AnswerActions
  ) {
    this.walker = new BranchWalker('answer', step => actions.walk(step));
    this.calls = new CallsView((call, how) => actions.allow(call, how));
    this.copy = iconButton('copy', 'Copy', () => void copyText(this.turn?.answer ?? '', this.copy));
    this.again = iconButton('redo', 'Regenerate', () => this.again.getAttribute('aria-disabled') !== 'true' && actions.regenerate());
    this.teach = button('Teach', () => actions.teach(), 'quiet');
    this.teach.prepend(icon('teach'));
    this.teach.title = 'Add this exchange to the Modelfile as MESSAGE lines';
    const who = h('div', { class: 'om-who' }, h('span', { dir: 'auto' }, name), this.version, this.outdated, this.ending, this.taught);
    const stat = h('div', { class: 'om-stat' }, this.walker.element, this.stats, h('span', { class: 'acts' }, this.copy, this.again, this.teach));
    const parts = [who, this.thinking.element, this.calls.element, this.markdown.element, this.before.element, this.ended.element, stat];
    this.element = h('article', { class: 'om-msg bot', 'aria-label': name }, ...parts);
  }

  draw(turn: Turn, version: string, { busy, changeable }: Freedom): void {
    this.turn = turn;
    const running = isRunning(turn);
    this.thinking.draw(turn, running);
    this.calls.draw(turn.calls);
    this.caret.remove();
    this.markdown.update(turn.answer, !running);
    if (running) {
      this.markdown.end.append(this.caret);
    }
    this.drawMarks(turn, version);
    this.before.draw(turn.before);
    this.ended.draw(ending(turn, busy || !changeable));
    this.walker.draw(turn.answer_branch, busy || !changeable);
    setText(this.stats, turn.stats);
    this.drawActions(turn, running, busy, changeable);
    setAttribute(this.element, 'aria-busy', String(running));
    this.keepFocus();
  }

  /** A button that goes away leaves the focus to its message, not to the page. */
  private keepFocus(): void {
    const held = document.activeElement;
    if (held && held !== this.element && this.element.contains(held) && !held.checkVisibility({ visibilityProperty: true })) {
      this.element.focus({ preventScroll: true });
    }
  }

  private drawMarks(turn: Turn, version: string): void {
    const made = turn.made_by ?? version;
    const outdated = turn.outdated ?? '';
    setText(this.version, outdated.startsWith(`${made},`) ? '' : made);
    this.outdated.hidden = outdated === '';
    setText(this.outdated, outdated);
    setAttribute(this.outdated, 'title', outdated.includes(', now ') ? 'The model has changed since this answer' : null);
    const words = { stopped: 'stopped', error: 'not whole', cut: 'not finished' } as const;
    const word = turn.state in words ? words[turn.state as keyof typeof words] : '';
    this.ending.hidden = word === '';
    this.ending.className = `om-chip ${turn.state === 'error' ? 'err' : turn.state === 'cut' ? 'warn' : ''}`.trim();
    setText(this.ending, word);
    this.taught.hidden = !turn.taught;
    this.markdown.element.classList.toggle('om-partial', turn.state === 'error');
  }

  private drawActions(turn: Turn, running: boolean, busy: boolean, changeable: boolean): void {
    // Hidden by visibility: their room is kept, so that nothing moves when the answer ends.
    const kept = changeable && turn.id !== undefined;
    this.copy.classList.toggle('om-unseen', running || turn.answer === '');
    this.again.hidden = !kept;
    this.again.classList.toggle('om-unseen', running);
    setAttribute(this.again, 'aria-disabled', String(busy));
    this.teach.hidden = !kept || turn.taught === true || !(running || turn.state === 'done');
    this.teach.classList.toggle('om-unseen', running);
  }
}

/** How an answer ended that is not whole, and what can be done about it unless the thread is `fixed`. */
function ending(turn: Turn, fixed: boolean): Shown | null {
  const broken = turn.state === 'error';
  const goesOn = turn.can_go_on === true && !fixed;
  if (!turn.note && !goesOn) {
    return null;
  }
  const retries = broken && !fixed && turn.id !== undefined;
  const actions = [...(retries ? [{ label: 'Try again', method: 'retry' }] : []), ...(goesOn ? [{ label: 'Go on', method: 'go_on' }] : [])];
  const text = turn.note || (turn.state === 'stopped' ? 'You stopped the answer.' : 'The answer is not finished.');
  return { text, quote: turn.error ?? '', kind: broken ? 'err' : turn.state === 'stopped' ? 'brand' : 'warn', actions };
}

/** What the model thought before it answered, folded when the answer begins unless the person has touched the fold. */
class ThinkingView {
  readonly element: HTMLDetailsElement;
  private readonly words = h('span');
  private readonly text = new GrowingText('in');
  private began = 0;
  private seconds = 0;
  private touched = false;
  private shown = '';

  constructor() {
    const summary = h('summary', { on: { click: () => (this.touched = true) } }, this.words);
    this.element = h('details', { class: 'om-fold om-think', hidden: true }, summary, this.text.element);
  }

  draw(turn: Turn, running: boolean): void {
    this.element.hidden = turn.thinking === '';
    if (turn.thinking === '') {
      return;
    }
    const which = `${turn.id}/${turn.answer_branch?.[0]}`;
    if (which !== this.shown) {
      this.shown = which;
      this.began = performance.now();
      this.touched = false;
      this.seconds = 0;
    }
    this.text.update(turn.thinking);
    const thinks = running && turn.answer === '';
    // The kernel says how long it took when the answer is there; until then it is as long as it was seen.
    this.seconds = thinks ? (performance.now() - this.began) / 1000 : this.seconds;
    setText(this.words, thinkingWords(turn, turn.thought_s ?? this.seconds, thinks));
    if (!this.touched) {
      this.element.open = thinks;
    }
  }
}

/** The answer that stood here before a change, beside the new one until the person folds it. */
class BeforeView {
  readonly element: HTMLDetailsElement;
  private readonly title = h('span');
  private markdown: MarkdownView | undefined;

  constructor() {
    this.element = h('details', { class: 'om-fold om-before', hidden: true, open: true }, h('summary', {}, this.title));
  }

  draw(before: Turn['before']): void {
    this.element.hidden = !before;
    if (before) {
      if (!this.markdown) {
        this.markdown = new MarkdownView();
        this.element.append(this.markdown.element);
      }
      setText(this.title, before.title);
      this.markdown.update(before.answer, true);
    }
  }
}
