// ‹ 2/3 ›: walks the branches of a question or an answer.
import { h, setAttribute, setText } from '../shared/dom';
import { iconButton } from './parts';
import type { Branch } from './threadstate';

export type Step = -1 | 1;

export class BranchWalker {
  readonly element: HTMLElement;
  private readonly place = h('span');
  private readonly before: HTMLButtonElement;
  private readonly next: HTMLButtonElement;
  private at: Branch = [1, 1];

  constructor(
    private readonly what: 'question' | 'answer',
    private readonly walk: (step: Step) => void
  ) {
    const name = what === 'answer' ? 'Answer' : 'Question';
    this.before = iconButton('left', `${name} before`, () => this.go(-1));
    this.next = iconButton('right', `Next ${what}`, () => this.go(1));
    this.element = h('span', { class: 'om-branch', role: 'group', hidden: true }, this.before, this.place, this.next);
  }

  draw(branch: Branch | undefined, busy: boolean): void {
    this.at = branch ?? [1, 1];
    const [index, count] = this.at;
    this.element.hidden = count < 2;
    setAttribute(this.element, 'aria-label', `${this.what} ${index} of ${count}`);
    setText(this.place, `${index}/${count}`);
    // A disabled button would lose the focus of who walks with it.
    setAttribute(this.before, 'aria-disabled', String(busy || index <= 1));
    setAttribute(this.next, 'aria-disabled', String(busy || index >= count));
  }

  /** Walk a step, if there is a branch; says whether there was. */
  go(step: Step): boolean {
    const [index, count] = this.at;
    const there = index + step >= 1 && index + step <= count && (step < 0 ? this.before : this.next).getAttribute('aria-disabled') !== 'true';
    if (there) {
      this.walk(step);
    }
    return there;
  }
}
