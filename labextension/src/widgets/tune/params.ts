// The parameters as rows: what it is called and where its value comes from, its control, the typed value, a step back.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { Json } from '../../shared/protocol';
import { controlOf, type Control } from './controls';
import type { Edit } from './edit';
import { readNumber } from './scale';
import type { How, Param } from './state';
import { composes, fieldEdit, type Tuning } from './tuning';

const MARKS: Record<Param['state'], string> = { unset: 'ring', inherited: 'link', set: 'dot', same: 'check', tried: 'dia' };
const LOOKS: Record<Param['state'], string> = { unset: 'unset', inherited: 'inh', set: 'set', same: 'set same', tried: 'tried' };

let rows = 0;

export class ParamRow {
  readonly element: HTMLElement;
  readonly kind: Param['kind'];
  private readonly ident = `om-param-${++rows}`;
  private readonly mark = icon('ring');
  private readonly words = h('span', { class: 'om-ellipsis' });
  private readonly state: HTMLElement;
  private readonly problem = h('div', { class: 'problem om-small om-err', id: `${this.ident}-problem`, hidden: true });
  private readonly field: HTMLInputElement | undefined;
  private readonly reset: HTMLButtonElement;
  private readonly control: Control;
  private readonly edit: Edit<Json>;
  private param: Param;

  constructor(
    param: Param,
    private readonly tuning: Tuning
  ) {
    this.param = param;
    this.kind = param.kind;
    this.edit = fieldEdit<Json>(tuning, 'param', value => ({ name: param.name, value }));
    this.control = controlOf(param, {
      changed: value => this.change(value, 'release'),
      moved: (value, held) => this.change(value, held ? 'drag' : 'release'),
      released: () => this.change(this.edit.held ? (this.edit.local ?? null) : this.param.value, 'release'),
      enter: () => this.enter(),
      newSeed: () => this.newSeed()
    });
    this.field = ['float', 'int', 'seed', 'text'].includes(param.kind) ? this.typed() : undefined;
    this.reset = h('button', { class: 'om-btn icon', type: 'button', on: { click: () => this.stepBack() } }, icon('undo'));
    this.state = h('div', { class: 'st', id: `${this.ident}-state` }, this.mark, this.words);
    const name = h('div', { class: 'nm' }, param.name);
    const meaning = h('span', { hidden: true, id: `${this.ident}-meaning` }, `${param.meaning} ${param.effect}`);
    const wide = this.field ? '' : ' wide';
    const explain = (): void => tuning.explain([this.param.meaning, this.param.effect, this.param.tip].filter(Boolean).join(' '), param.name);
    this.element = h(
      'div',
      { class: `om-param${wide}`, role: 'group', 'aria-label': param.name, on: { focusin: explain, pointerenter: explain } },
      h('div', { class: 'what' }, name, this.state, meaning),
      h('div', { class: 'ctl' }, this.control.element),
      this.field,
      this.reset,
      this.problem
    );
    this.draw(param);
  }

  draw(param: Param): void {
    this.param = param;
    const value = this.edit.held ? (this.edit.local ?? null) : param.value;
    const state = this.shownState;
    setAttribute(this.element, 'class', `om-param ${LOOKS[state]}${this.field ? '' : ' wide'}`);
    setAttribute(this.mark, 'class', `om-i i-${MARKS[state]}`);
    const words = param.waits ? `${param.state_words} · Enter reloads the model` : param.state_words;
    setText(this.words, words);
    setAttribute(this.words, 'title', words);
    const problem = this.edit.held ? '' : param.problem;
    setText(this.problem, problem);
    this.problem.hidden = problem === '';
    this.drawField(value, problem);
    this.drawReset(param);
    this.control.draw(param, value, `${this.ident}-meaning`);
  }

  focus(): void {
    const field = this.field;
    if (field) {
      field.focus();
      field.select();
    } else {
      this.control.focus();
    }
  }

  /** The state as it will be when the kernel has the person's value. */
  private get shownState(): Param['state'] {
    const { edit, param } = this;
    return edit.held && edit.local !== null && !same(edit.local, param.value) ? 'tried' : param.state;
  }

  private drawField(value: Json, problem: string): void {
    const { field, param } = this;
    if (!field) {
      return;
    }
    setAttribute(field, 'aria-invalid', problem ? 'true' : null);
    setAttribute(field, 'aria-describedby', `${this.ident}-meaning ${this.ident}-state${problem ? ` ${this.problem.id}` : ''}`);
    setAttribute(field, 'placeholder', param.default === null ? 'auto' : String(param.default));
    setAttribute(field, 'title', [param.value_words, param.default_words].filter(Boolean).join(', '));
    const text = this.edit.held ? (value === null ? '' : String(value)) : param.state === 'unset' && !problem ? '' : param.text;
    // What is being typed is not touched: 0.60 stays 0.60 while its field has the focus.
    const typing = field === document.activeElement && (this.edit.held || same(readNumber(field.value), value));
    if (!typing && field.value !== text) {
      field.value = text;
    }
  }

  private drawReset({ can_reset: can, reset_label: words, name }: Param): void {
    if (!can && this.reset === document.activeElement) {
      // The button goes with what it undid.
      this.focus();
    }
    this.reset.classList.toggle('gone', !can);
    this.reset.disabled = !can;
    setAttribute(this.reset, 'aria-label', `${name}: ${words}`);
    setAttribute(this.reset, 'title', words);
  }

  private typed(): HTMLInputElement {
    const number = this.kind !== 'text';
    const field = h('input', {
      class: `om-in mono${number ? ' num' : ''}`,
      type: 'text',
      inputmode: number ? 'decimal' : undefined,
      autocomplete: 'off',
      spellcheck: 'false',
      'aria-label': this.param.name,
      dir: 'auto'
    });
    field.addEventListener('input', () => this.onInput(field));
    field.addEventListener('keydown', event => this.onKey(event, field));
    return field;
  }

  private onInput(field: HTMLInputElement): void {
    const text = field.value;
    this.change(text.trim() === '' ? null : text, 'typing');
  }

  private change(value: Json, how: How): void {
    this.edit.change(value, how);
    this.draw(this.param);
  }

  private onKey(event: KeyboardEvent, field: HTMLInputElement): void {
    if (composes(event) || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      this.enter();
    } else if ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && this.control.stepped) {
      event.preventDefault();
      const from = readNumber(field.value) ?? Number(this.param.default ?? 0);
      const value = this.control.stepped(from, (event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? 10 : 1));
      field.value = String(value);
      this.change(value, 'release');
    }
  }

  /** Act on the value as it stands. */
  private enter(): void {
    const shown = this.edit.held ? (this.edit.local ?? null) : this.param.problem ? this.param.text : this.param.value;
    this.change(this.param.state === 'unset' && !this.edit.held && !this.param.problem ? null : shown, 'enter');
  }

  private newSeed(): void {
    this.edit.drop();
    void this.tuning.ask('new_seed');
  }

  /** One step: tried, stored, not set. */
  private stepBack(): void {
    this.edit.drop();
    void this.tuning.ask('reset', { name: this.param.name });
  }
}

function same(a: Json | undefined, b: Json): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
