// The last lines of a tuner: store, write back, discard; and in a narrow panel the choices that a wide one shows in its head.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import { TIMINGS } from './head';
import { Segmented } from './segmented';
import type { Mode, Timing, TunerState } from './state';

export interface FootActions {
  create(): void;
  writeBack(): void;
  discard(): void;
  mode(mode: Mode): void;
  answerAgainWhen(when: Timing): void;
}

const MODES: [Mode, string][] = [
  ['try', 'Try first'],
  ['create', 'Create on each change']
];

export class Foot {
  readonly element: HTMLElement;
  readonly writeBack: HTMLButtonElement;
  private readonly createWords = h('span');
  private readonly spinner = icon('spin');
  private readonly create: HTMLButtonElement;
  private readonly writeBackWords = h('span', { class: 'long' });
  private readonly discards: HTMLButtonElement[];
  private readonly sentence = h('span', { class: 'om-small om-muted om-sentence' });
  private readonly said = h('span', { class: 'om-small', role: 'status' });
  private readonly modes: Segmented<Mode>[];
  private readonly timing: Segmented<Timing>;
  private readonly more: HTMLButtonElement;
  private readonly choices: HTMLElement;

  constructor(private readonly actions: FootActions) {
    this.create = h('button', { class: 'om-btn primary', type: 'button', on: { click: () => actions.create() } }, this.spinner, this.createWords);
    const short = h('span', { class: 'short', 'aria-hidden': 'true' }, 'Write back');
    this.writeBack = h('button', { class: 'om-btn', type: 'button', on: { click: () => actions.writeBack() } }, icon('code'), this.writeBackWords, short);
    this.discards = ['om-btn quiet om-wide', 'om-btn'].map(look => h('button', { class: look, type: 'button', on: { click: () => this.discard() } }));
    this.modes = [0, 1].map(() => new Segmented('A change goes', MODES, mode => actions.mode(mode)));
    this.timing = new Segmented('Answer again', TIMINGS, when => actions.answerAgainWhen(when));
    this.more = h('button', { class: 'om-btn icon om-narrow', type: 'button', 'aria-label': 'More', title: 'More', 'aria-expanded': 'false', on: { click: () => this.toggle() } }, icon('more'));
    this.choices = h('div', { class: 'om-choices', hidden: true }, this.modes[1]?.element, h('span', { class: 'om-row om-wrap' }, h('span', { class: 'om-small om-muted', 'aria-hidden': 'true' }, 'Answer again'), this.timing.element), this.discards[1]);
    const mode = h('span', { class: 'om-wide' }, this.modes[0]?.element);
    const bar = h('div', { class: 'om-foot' }, this.create, this.writeBack, this.discards[0], h('span', { class: 'om-grow' }), this.said, this.sentence, mode, this.more);
    this.element = h('div', { class: 'om-bottom' }, this.choices, bar);
  }

  draw({ words, can_create: can, busy, mode, answer_again: when }: TunerState): void {
    const creating = busy === 'creating';
    setText(this.createWords, words.create);
    this.spinner.hidden = !creating;
    // Not `disabled`: the button that was pressed would lose the focus.
    setAttribute(this.create, 'aria-disabled', can && !creating ? null : 'true');
    setText(this.writeBackWords, words.write_back);
    setAttribute(this.writeBack, 'aria-label', words.write_back);
    for (const button of this.discards) {
      setText(button, words.discard);
      button.hidden = words.discard === '';
    }
    setText(this.sentence, words.foot);
    this.modes.forEach(choice => choice.draw(mode));
    this.timing.draw(when);
  }

  /** Say something in the place of the sentence; nothing gives the sentence back. */
  say(text: string): void {
    setText(this.said, text);
    this.said.hidden = text === '';
    this.sentence.hidden = text !== '';
  }

  private discard(): void {
    this.create.focus();
    this.actions.discard();
  }

  private toggle(): void {
    this.choices.hidden = !this.choices.hidden;
    setAttribute(this.more, 'aria-expanded', String(!this.choices.hidden));
  }
}
