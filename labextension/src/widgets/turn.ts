// One question and its answer.
import { h } from '../shared/dom';
import { AnswerView, type Freedom } from './answer';
import type { Leave } from './calls';
import { QuestionView } from './question';
import type { Turn } from './threadstate';

/** What the thread does for its turns; `id` is the turn's. */
export interface TurnActions {
  edit(id: string, text: string): Promise<boolean>;
  regenerate(id: string): void;
  goOn(id: string): void;
  retry(id: string): void;
  teach(id: string): void;
  allow(id: string, call: string, how: Leave): void;
  walk(id: string, which: 'question' | 'answer', step: -1 | 1): void;
  leave(): void;
}

export class TurnView {
  readonly element: HTMLElement;
  readonly question: QuestionView | null;
  readonly answer: AnswerView;
  private id = '';
  private drawn = '';

  constructor(name: string, turn: Turn, showQuestion: boolean, actions: TurnActions) {
    this.question = showQuestion
      ? new QuestionView(turn, {
          edit: text => actions.edit(this.id, text),
          walk: step => actions.walk(this.id, 'question', step),
          leave: () => actions.leave()
        })
      : null;
    this.answer = new AnswerView(name, {
      regenerate: () => actions.regenerate(this.id),
      goOn: () => actions.goOn(this.id),
      retry: () => actions.retry(this.id),
      teach: () => actions.teach(this.id),
      allow: (call, how) => actions.allow(this.id, call, how),
      walk: step => actions.walk(this.id, 'answer', step)
    });
    this.element = h('div', { class: 'om-turn' }, this.question?.element, this.answer.element);
  }

  /** Draw the turn, unless it is as it was: `stamp` is another one whenever anything in it has changed. */
  draw(turn: Turn, stamp: number, version: string, freedom: Freedom): void {
    const key = [stamp, version, freedom.busy, freedom.changeable].join(' ');
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.id = turn.id ?? '';
    this.question?.draw(turn, freedom.busy, freedom.changeable && turn.id !== undefined);
    this.answer.draw(turn, version, freedom);
  }

  /** Walk the branches of the half that `target` is in; says whether there was one to go to. */
  walk(target: Node, step: -1 | 1): boolean {
    const half = this.question?.element.contains(target) ? this.question : this.answer;
    return half.walker.go(step);
  }
}
