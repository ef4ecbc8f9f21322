// One example: a handle, a role, a text, and a way out.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { Edit } from './edit';
import type { ExampleRow } from './state';
import { composes, fieldEdit, type Tuning } from './tuning';

export interface ExampleActions {
  move(by: number): void;
  moveTo(index: number): void;
  remove(): void;
  /** The elements of all rows, in their order. */
  places(): HTMLElement[];
}

const ROLES = ['system', 'user', 'assistant'] as const;
const TALLEST_PX = 140;

export class ExampleView {
  readonly element: HTMLElement;
  private readonly field: HTMLTextAreaElement;
  private readonly role: HTMLSelectElement;
  private readonly grip: HTMLButtonElement;
  private readonly removal: HTMLButtonElement;
  private readonly problem = h('div', { class: 'problem om-small om-warn', hidden: true });
  private readonly edit: Edit<string>;

  constructor(
    row: ExampleRow,
    tuning: Tuning,
    private readonly actions: ExampleActions
  ) {
    const { id } = row;
    this.edit = fieldEdit<string>(tuning, 'example', text => ({ id, text }));
    this.field = h('textarea', { class: 'om-in', rows: 1, dir: 'auto' });
    this.field.addEventListener('input', event => this.onInput(event as InputEvent));
    this.field.addEventListener('compositionend', () => this.edit.change(this.field.value, 'typing'));
    this.field.addEventListener('keydown', event => this.onFieldKey(event));
    this.role = h('select', { class: 'om-role' }, ...ROLES.map(role => h('option', { value: role }, role)));
    this.role.addEventListener('change', () => void tuning.ask('example', { id, role: this.role.value, how: 'release' }));
    this.grip = h('button', { class: 'grip', type: 'button', title: 'Drag, or Alt with an arrow key' }, icon('grip'));
    this.grip.addEventListener('pointerdown', event => this.beginDrag(event));
    this.removal = h('button', { class: 'om-btn icon', type: 'button', title: 'Remove', on: { click: () => actions.remove() } }, icon('x'));
    this.element = h('li', { class: 'om-shot', on: { keydown: event => this.onKey(event) } }, this.grip, this.role, this.field, this.removal, this.problem);
  }

  draw(row: ExampleRow, index: number, count: number): void {
    const place = `${row.role}, example ${index + 1} of ${count}`;
    this.element.classList.toggle('tried', row.state === 'tried');
    this.element.classList.toggle('pair', row.role === 'user' && index > 0);
    setAttribute(this.field, 'aria-label', row.state === 'tried' ? `${place}, tried` : place);
    setAttribute(this.role, 'aria-label', `Role of example ${index + 1}`);
    setAttribute(this.grip, 'aria-label', `Move ${place}`);
    setAttribute(this.removal, 'aria-label', `Remove ${place}`);
    setText(this.problem, row.problem);
    this.problem.hidden = row.problem === '';
    if (this.role !== document.activeElement) {
      this.role.value = row.role;
    }
    if (!this.edit.held && this.field.value !== row.text) {
      this.field.value = row.text;
    }
    this.fit();
  }

  focus(): void {
    this.field.focus();
  }

  private onInput(event: InputEvent): void {
    this.fit();
    if (!event.isComposing) {
      this.edit.change(this.field.value, 'typing');
    }
  }

  private fitted = '';

  private fit(): void {
    // Reading a height costs a layout; it changes with the text and the width only.
    const key = `${this.field.value}|${this.field.clientWidth}`;
    if (key !== this.fitted && this.field.clientWidth > 0) {
      this.fitted = key;
      this.field.style.height = 'auto';
      this.field.style.height = `${Math.min(TALLEST_PX, this.field.scrollHeight + 2)}px`;
    }
  }

  /** Enter acts, Shift+Enter is a new line. */
  private onFieldKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey && !composes(event)) {
      event.preventDefault();
      this.edit.change(this.field.value, 'enter');
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      this.actions.move(event.key === 'ArrowUp' ? -1 : 1);
    }
  }

  /** Follow the pointer from row to row; the row moves when it is let go. */
  private beginDrag(begun: PointerEvent): void {
    if (begun.button !== 0) {
      return;
    }
    const places = this.actions.places();
    let target = places.indexOf(this.element);
    const mark = (index: number): void => places.forEach((place, at) => place.classList.toggle('over', at === index && place !== this.element));
    const onMove = ({ clientY }: PointerEvent): void => {
      const under = places.findIndex(place => clientY < place.getBoundingClientRect().bottom);
      target = under < 0 ? places.length - 1 : under;
      mark(target);
    };
    const end = (event: PointerEvent | KeyboardEvent): void => {
      if (event instanceof KeyboardEvent && event.key !== 'Escape') {
        return;
      }
      mark(-1);
      this.element.classList.remove('dragged');
      this.grip.removeEventListener('pointermove', onMove);
      ['pointerup', 'pointercancel', 'keydown'].forEach(name => this.grip.removeEventListener(name, end as EventListener));
      if (event.type === 'pointerup') {
        this.actions.moveTo(target);
      } else {
        event.stopPropagation();
      }
    };
    this.grip.setPointerCapture(begun.pointerId);
    this.element.classList.add('dragged');
    this.grip.addEventListener('pointermove', onMove);
    ['pointerup', 'pointercancel', 'keydown'].forEach(name => this.grip.addEventListener(name, end as EventListener));
  }
}
