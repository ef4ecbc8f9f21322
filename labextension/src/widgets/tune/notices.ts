// What has to be read before going on: a create that failed, another panel at the same model.
import { h, icon, setText } from '../../shared/dom';
import type { Action, TunerState } from './state';

export class Notices {
  readonly element: HTMLElement;
  private readonly elsewhereWords = h('span', { class: 'om-grow', dir: 'auto' });
  private readonly elsewhere = h('div', { class: 'om-notice warn', role: 'status', hidden: true }, icon('warn'), this.elsewhereWords);
  private readonly alert = h('div', { class: 'om-alert' });
  private drawn = '';

  constructor(private readonly act: (action: Action) => void) {
    this.element = h('div', { class: 'om-notices' }, this.elsewhere, this.alert);
  }

  draw({ alert, elsewhere }: TunerState): void {
    this.elsewhere.hidden = elsewhere === '';
    setText(this.elsewhereWords, elsewhere);
    const key = JSON.stringify(alert);
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.alert.replaceChildren(...(alert ? [this.box(alert)] : []));
  }

  private box({ text, detail, actions }: NonNullable<TunerState['alert']>): HTMLElement {
    const words = h('div', { class: 'om-grow' }, h('p', { dir: 'auto' }, text), detail && h('pre', { class: 'om-detail', dir: 'auto' }, detail));
    const buttons = actions.map(action => h('button', { class: 'om-btn', type: 'button', on: { click: () => this.act(action) } }, action.label));
    const away = { class: 'om-btn icon', type: 'button', 'aria-label': 'Close', title: 'Close', on: { click: () => this.act({ label: '', method: 'alert', params: {} }) } };
    return h('div', { class: 'om-notice err', role: 'alert' }, icon('errc'), words, ...buttons, h('button', away, icon('x')));
  }
}
