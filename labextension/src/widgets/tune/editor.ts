// The editor of the system prompt: a text field, with the changed words and the characters that would be lost marked under it.
import { h, icon, onceAFrame, setAttribute, setText } from '../../shared/dom';
import type { Edit } from './edit';
import { carried, carriedSpans, difference, joined } from './marks';
import { drawSeen, drawWhole, lineStarts } from './mirror';
import type { Problem, Span, SystemState } from './state';
import { fieldEdit, type Tuning } from './tuning';

/** From here on the text is not wrapped and only the seen part is drawn: a key must not cost the layout of a book. */
const LONG_LINES = 1000;
const LONG_TEXT = 60_000;
const LINE_HEIGHT_PX = 20;
const PROBLEMS_SHOWN = 3;

export class PromptEditor {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly layer = h('div', { class: 'layer', 'aria-hidden': 'true', dir: 'auto' });
  private readonly box: HTMLElement;
  private readonly mark = icon('dia');
  private readonly words = h('span');
  private readonly standing = h('span', { class: 'om-standing om-small' }, this.mark, this.words);
  private readonly count = h('span', { class: 'om-small om-muted', id: `om-count-${++editors}` });
  private readonly reset: HTMLButtonElement;
  private readonly findings = h('div', { class: 'om-finds', role: 'status' });
  private readonly edit: Edit<string>;
  private readonly paintSeen = onceAFrame(() => this.paintLong());
  private state: SystemState | undefined;
  private starts: number[] | undefined;
  private changed: Span[] = [];
  private dropped: Span[] = [];
  private painted = '';
  private paintedText: string | undefined;
  private found = '';
  private composing = false;

  constructor(private readonly tuning: Tuning) {
    this.edit = fieldEdit<string>(tuning, 'system', text => ({ text }));
    this.field = h('textarea', { rows: 1, dir: 'auto', spellcheck: 'false', autocomplete: 'off', 'aria-label': 'System prompt', 'aria-describedby': this.count.id, placeholder: 'No system prompt. What the model is, in a sentence or two.' });
    this.field.addEventListener('input', event => this.onInput(event as InputEvent));
    this.field.addEventListener('compositionstart', () => (this.composing = true));
    this.field.addEventListener('compositionend', () => {
      this.composing = false;
      this.take();
    });
    this.field.addEventListener('scroll', () => this.starts && this.paintSeen());
    this.reset = h('button', { class: 'om-btn icon', type: 'button', on: { click: () => this.stepBack() } }, icon('undo'));
    const head = h('div', { class: 'om-gh' }, h('h3', {}, 'System prompt'), this.standing, h('span', { class: 'om-grow' }), this.count, this.reset);
    this.box = h('div', { class: 'om-editor' }, h('div', { class: 'sheet' }, this.layer, this.field));
    this.element = h('div', { class: 'om-group system' }, head, this.box, this.findings);
  }

  draw(state: SystemState): void {
    this.state = state;
    // What an input method is composing is not sent yet: the state does not know of it and must not take it away.
    if (!this.edit.held && !this.composing) {
      this.show(state.text);
    }
    this.standing.hidden = state.state_words === '';
    this.standing.classList.toggle('om-warn', state.state === 'tried');
    setAttribute(this.mark, 'class', `om-i i-${state.state === 'tried' ? 'dia' : state.state === 'inherited' ? 'link' : 'ring'}`);
    setText(this.words, state.state_words);
    setText(this.count, state.tokens_words);
    setAttribute(this.reset, 'aria-label', `System prompt: ${state.reset_label}`);
    setAttribute(this.reset, 'title', state.reset_label);
    if (!state.can_reset && this.reset === document.activeElement) {
      this.field.focus();
    }
    this.reset.disabled = !state.can_reset;
    this.reset.classList.toggle('gone', !state.can_reset);
    this.drawFindings(state);
    this.paint();
  }

  private drawFindings({ problems, problem_words: words }: SystemState): void {
    const key = JSON.stringify(problems);
    if (key === this.found) {
      return;
    }
    this.found = key;
    const one = problems.length === 1;
    const lines = problems.slice(0, PROBLEMS_SHOWN).map((problem, index) => {
      const text = one && words ? words : `Line ${problem.line}: ${problem.text}.`;
      const show = h('button', { class: 'om-words om-grow', type: 'button', title: 'Show it', on: { click: () => this.select(problem) } }, text);
      const fix = problem.fix_label && h('button', { class: 'om-btn fix', type: 'button', on: { click: () => void this.fix(index) } }, problem.fix_label);
      return h('div', { class: 'om-row om-small om-warn' }, icon('warn'), show, fix);
    });
    const all = problems.length > 1 && words ? [h('div', { class: 'om-small om-warn om-b' }, words)] : [];
    this.findings.replaceChildren(...all, ...lines);
  }

  private select({ start, end }: Problem): void {
    const change = difference(this.state?.text ?? '', this.field.value);
    this.field.focus();
    this.field.setSelectionRange(carried(start, change), carried(end, change));
  }

  private async fix(index: number): Promise<void> {
    this.field.focus();
    // What is typed has to be there first: the finding may have moved.
    await this.edit.finish();
    this.edit.drop();
    await this.tuning.ask('fix_system', { index });
  }

  private stepBack(): void {
    this.edit.drop();
    void this.tuning.ask('reset', { name: 'system' });
  }

  private onInput(event: InputEvent): void {
    // The text of an input method is not the person's before it is chosen; it is drawn all the same.
    this.paint();
    if (!event.isComposing) {
      this.take();
    }
  }

  private take(): void {
    this.edit.change(this.field.value, 'typing');
  }

  /** Put `text` in the field so that the caret stays at its words and undo goes on working. */
  private show(text: string): void {
    const change = difference(this.field.value, text);
    if (!change) {
      return;
    }
    const { field } = this;
    if (field !== document.activeElement) {
      field.value = text;
      return;
    }
    const [start, end] = [carried(field.selectionStart, change), carried(field.selectionEnd, change)];
    field.setSelectionRange(change.start, change.oldEnd);
    // The only way to write into a field as one step that its own undo knows.
    const put = text.slice(change.start, change.newEnd);
    const done = document.execCommand(put ? 'insertText' : 'delete', false, put);
    if (!done || field.value !== text) {
      field.value = text;
    }
    // The writing came as the person's own input.
    this.edit.drop();
    field.setSelectionRange(start, end);
  }

  private paint(): void {
    const text = this.field.value;
    const change = difference(this.state?.text ?? '', text);
    const spans = carriedSpans(this.state?.changed ?? [], change);
    this.changed = change && this.state ? joined(spans, [change.start, change.newEnd]) : spans;
    this.dropped = carriedSpans((this.state?.problems ?? []).map(({ start, end }): Span => [start, end]), change);
    const key = JSON.stringify([this.changed, this.dropped]);
    if (text === this.paintedText && key === this.painted) {
      return;
    }
    if (text !== this.paintedText) {
      this.measure(text);
    }
    this.painted = key;
    this.paintedText = text;
    if (this.starts) {
      this.paintLong();
    } else {
      this.layer.style.transform = '';
      drawWhole(this.layer, { text, changed: this.changed, dropped: this.dropped });
    }
  }

  private paintLong(): void {
    if (this.starts) {
      drawSeen(this.layer, { text: this.field.value, changed: this.changed, dropped: this.dropped }, this.starts, this.field, LINE_HEIGHT_PX);
    }
  }

  private measure(text: string): void {
    const starts = lineStarts(text);
    const long = starts.length > LONG_LINES || text.length > LONG_TEXT;
    this.starts = long ? starts : undefined;
    this.box.classList.toggle('long', long);
    setAttribute(this.field, 'wrap', long ? 'off' : 'soft');
  }
}

let editors = 0;
