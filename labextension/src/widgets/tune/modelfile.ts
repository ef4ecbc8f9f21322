// The Modelfile as it is tried, with its change marked.
import { readLine, type State } from '../../language/modelfile';
import type { Style, Token } from '../../language/line';
import { h, icon, setText } from '../../shared/dom';
import { copyText } from '../../shared/clipboard';
import { visible } from '../../shared/visible';
import { pieces } from './marks';
import type { Line, ModelfileState } from './state';
import type { Tuning } from './tuning';

const LOOKS: Record<Line['sign'], string> = { ' ': '', '-': 'del', '+': 'add', '…': 'hunk' };
const SIGNS: Record<Line['sign'], string> = { ' ': '', '-': '−', '+': '+', '…': '' };
/** Classes of the style sheet by what a span is. */
const COLOURS: Partial<Record<Style, string>> = { instruction: 'k', parameter: 'p', role: 'p', model: 'm', number: 'n', bool: 'n', setting: 'n', comment: 'c' };
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
      this.code.replaceChildren(...coloured(lines));
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

/** The lines of a diff; those that stay are coloured as in the person's cell. */
function coloured(lines: Line[]): HTMLElement[] {
  let state: State = { fresh: true };
  return lines.map(line => {
    if (line.sign === '-' || line.sign === '…') {
      return drawn(line, marked(line));
    }
    const { tokens, next } = readLine(line.text, state);
    state = next;
    // On the ground of a changed line colours would be too pale.
    return drawn(line, line.sign === '+' ? marked(line) : inColours(line.text, tokens));
  });
}

function marked({ text, sign, marks }: Line): (Node | string)[] {
  const tag = sign === '-' ? 'del' : 'ins';
  return pieces(text, marks, []).map(piece => (piece.changed ? h(tag, {}, piece.text) : visible(piece.text)));
}

/** Tokens, and what stands between them. */
function inColours(text: string, tokens: readonly Token[]): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const { from, to, style } of tokens) {
    const colour = COLOURS[style];
    parts.push(visible(text.slice(at, from)), colour ? h('span', { class: colour }, text.slice(from, to)) : visible(text.slice(from, to)));
    at = to;
  }
  return [...parts, visible(text.slice(at))];
}

function drawn({ number, sign }: Line, parts: (Node | string)[]): HTMLElement {
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
