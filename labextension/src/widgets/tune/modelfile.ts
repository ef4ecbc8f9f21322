// The Modelfile as it is tried, with its change marked.
import { h, icon, setText } from '../../shared/dom';
import { copyText } from '../../shared/clipboard';
import { visible } from '../../shared/visible';
import { pieces } from './marks';
import type { Line, ModelfileState } from './state';
import type { Tuning } from './tuning';

const LOOKS: Record<Line['sign'], string> = { ' ': '', '-': 'del', '+': 'add', '…': 'hunk' };
const SIGNS: Record<Line['sign'], string> = { ' ': '', '-': '−', '+': '+', '…': '' };
const SAID: Partial<Record<Line['sign'], string>> = { '-': 'removed: ', '+': 'added: ' };

export class ModelfileTab {
  readonly element: HTMLElement;
  private readonly code = h('div', { class: 'om-code om-diff wrap', role: 'region', 'aria-label': 'Modelfile as it is tried', tabindex: 0 });
  private readonly note = h('p', { class: 'om-small om-muted' });
  private drawn = '';

  constructor(private readonly tuning: Tuning) {
    const copy = h('button', { class: 'om-btn quiet', type: 'button' }, icon('copy'), 'Copy');
    copy.addEventListener('click', () => void this.copy(copy));
    this.element = h('div', { class: 'om-body' }, this.code, h('div', { class: 'om-row' }, this.note, h('span', { class: 'om-grow' }), copy));
  }

  draw({ lines, note }: ModelfileState): void {
    setText(this.note, note);
    const key = JSON.stringify(lines);
    if (key !== this.drawn) {
      this.drawn = key;
      this.code.replaceChildren(...lines.map(line));
    }
  }

  private async copy(button: HTMLElement): Promise<void> {
    const reply = await this.tuning.ask('text');
    if (reply && typeof reply === 'object' && !Array.isArray(reply)) {
      await copyText(String(reply.text ?? ''), button);
      this.tuning.say('Modelfile copied');
    }
  }
}

/** One line of a diff. */
export function line({ number, sign, text, marks }: Line): HTMLElement {
  const tag = sign === '-' ? 'del' : 'ins';
  const parts = pieces(text, marks, []).map(piece => (piece.changed ? h(tag, {}, piece.text) : visible(piece.text)));
  const said = SAID[sign];
  return h(
    'div',
    { class: LOOKS[sign] || undefined },
    h('span', { class: 'ln', 'aria-hidden': 'true' }, number ? String(number) : ''),
    h('span', { class: 'sg', 'aria-hidden': 'true' }, SIGNS[sign]),
    said && h('span', { class: 'om-said' }, said),
    h('span', { class: 'tx', dir: 'auto' }, ...parts)
  );
}
