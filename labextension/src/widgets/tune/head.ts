// The first line of a tuner: whose knobs these are, what is not stored, when an answer is made again.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import { Segmented } from './segmented';
import type { Timing, TunerState } from './state';

export const TIMINGS: [Timing, string][] = [
  ['pause', 'after a pause'],
  ['enter', 'on Enter'],
  ['button', 'by button']
];

export class Head {
  readonly element: HTMLElement;
  private readonly symbol = icon('tune', 'om-muted');
  private readonly name = h('bdi', { class: 'om-name' });
  private readonly version = h('span', { class: 'om-ver' });
  private readonly server = h('span', { class: 'om-ver om-server' });
  private readonly teaching = h('span', { class: 'om-chip om-hide-s' }, 'teaching model');
  private readonly dirtyLong = h('span', { class: 'long' });
  private readonly dirtyShort = h('span', { class: 'short' });
  private readonly dirty = h('span', { class: 'om-dirty' }, icon('dia'), this.dirtyLong, this.dirtyShort);
  private readonly timing: Segmented<Timing>;

  constructor(choose: (when: Timing) => void) {
    this.timing = new Segmented('Answer again', TIMINGS, choose);
    const title = h('span', { class: 'om-title om-ellipsis' }, this.name, ' ', this.version, this.server);
    const wish = h('span', { class: 'om-wide om-row' }, h('span', { class: 'om-small om-muted', 'aria-hidden': 'true' }, 'Answer again'), this.timing.element);
    this.element = h('div', { class: 'om-head' }, this.symbol, title, this.teaching, this.dirty, h('span', { class: 'om-grow' }), wish);
  }

  draw({ model, version, server, teaching, words, answer_again: when, busy }: TunerState): void {
    setText(this.name, model);
    setAttribute(this.name, 'title', model);
    setText(this.version, version);
    setText(this.server, server && ` · ${server}`);
    this.teaching.hidden = !teaching;
    this.dirty.hidden = words.dirty === '';
    setText(this.dirtyLong, words.dirty);
    setText(this.dirtyShort, words.dirty_short);
    setAttribute(this.symbol, 'class', busy === 'creating' ? 'om-i i-spin' : 'om-i i-tune om-muted');
    this.timing.draw(when);
  }
}
