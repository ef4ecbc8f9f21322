// What the person said, its images, and its edit in place.
import { h, setText } from '../shared/dom';
import { BranchWalker } from './branch';
import { button, iconButton } from './parts';
import { thumbnail } from './pictures';
import type { Turn } from './threadstate';

export interface QuestionActions {
  edit(text: string): Promise<boolean>;
  walk(step: -1 | 1): void;
  /** Where the focus belongs when the edit is over and was not begun by the button. */
  leave(): void;
}

export class QuestionView {
  readonly element: HTMLElement;
  readonly walker: BranchWalker;
  private readonly text = h('p');
  private readonly body: HTMLElement;
  private readonly pictures = h('div', { class: 'om-thumbs', hidden: true });
  private readonly editButton: HTMLButtonElement;
  private editor: HTMLElement | null = null;
  private shownPictures = '';
  private turn: Turn;
  private busy = false;

  constructor(
    turn: Turn,
    private readonly actions: QuestionActions
  ) {
    this.turn = turn;
    this.walker = new BranchWalker('question', step => actions.walk(step));
    this.editButton = iconButton('edit', 'Edit and ask again', () => this.edit());
    const who = h('div', { class: 'om-who' }, h('span', {}, 'You'), this.walker.element, h('span', { class: 'acts' }, this.editButton));
    this.body = h('div', { class: 'txt om-md', dir: 'auto' }, this.text);
    this.element = h('article', { class: 'om-msg user', 'aria-label': 'You' }, who, this.pictures, this.body);
  }

  draw(turn: Turn, busy: boolean, changeable: boolean): void {
    this.turn = turn;
    this.busy = busy;
    setText(this.text, turn.question);
    this.body.hidden = this.editor !== null || turn.question === '';
    this.editButton.hidden = !changeable || this.editor !== null;
    this.walker.draw(turn.question_branch, busy || !changeable);
    this.drawPictures();
  }

  /** Open the message for change; says whether it can be. */
  edit(): boolean {
    if (this.busy || this.editButton.hidden) {
      return false;
    }
    const byButton = document.activeElement === this.editButton;
    const field = h('textarea', { class: 'om-in om-edit', rows: 2, dir: 'auto', 'aria-label': 'Edit message' });
    field.value = this.turn.question;
    const close = (): void => {
      this.close();
      byButton ? this.editButton.focus({ preventScroll: true }) : this.actions.leave();
    };
    const send = (): void => {
      if (!this.busy && field.value.trim()) {
        void this.actions.edit(field.value).then(taken => taken && this.editor?.contains(field) && (this.close(), this.actions.leave()));
      }
    };
    field.addEventListener('keydown', event => onEditKey(event, send, close));
    const words = h('span', { class: 'om-small om-muted om-hide-s' }, this.turn.branch_note ?? '');
    const row = h('div', { class: 'om-row om-wrap' }, button('Ask again', send, 'primary'), button('Cancel', close), words);
    this.editor = h('div', { class: 'om-editing' }, field, row);
    this.element.append(this.editor);
    this.draw(this.turn, this.busy, true);
    field.style.height = `${Math.min(field.scrollHeight + 2, 320)}px`;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
    return true;
  }

  get editing(): boolean {
    return this.editor !== null;
  }

  private close(): void {
    this.editor?.remove();
    this.editor = null;
    this.draw(this.turn, this.busy, true);
  }

  private drawPictures(): void {
    const images = this.turn.images ?? [];
    // The same images are not drawn again: their addresses are as long as they are.
    const key = images.map(({ name, url }) => `${name} ${url.length} ${url.slice(-32)}`).join('\n');
    if (key !== this.shownPictures) {
      this.shownPictures = key;
      this.pictures.hidden = images.length === 0;
      this.pictures.replaceChildren(...images.map(thumbnail));
    }
  }
}

function onEditKey(event: KeyboardEvent, send: () => void, close: () => void): void {
  if (event.isComposing || event.keyCode === 229) {
    return event.stopPropagation();
  }
  const plain = !event.shiftKey && !event.ctrlKey && !event.metaKey && !event.altKey;
  if (event.key === 'Enter' && plain) {
    event.preventDefault();
    send();
  } else if (event.key === 'Escape') {
    close();
  }
  if (!event.ctrlKey && !event.metaKey) {
    event.stopPropagation();
  }
}
