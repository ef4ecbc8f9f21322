// A block of code: coloured, with Copy. It grows in place, so that a selection in it and its scroll bars survive.
import { copyText } from './clipboard';
import { h, icon } from './dom';
import { Highlighter, type Token } from './highlight';

export class CodeView {
  readonly element: HTMLElement;
  private readonly code = h('code');
  private readonly highlighter: Highlighter;
  private loose: Node[] = [];
  private text = '';

  constructor(readonly language: string) {
    this.highlighter = new Highlighter(language);
    const copy = h('button', { class: 'om-btn icon', type: 'button', 'aria-label': 'Copy code', title: 'Copy code' }, icon('copy'));
    copy.addEventListener('click', () => void copyText(this.text, copy));
    this.element = h('div', { class: 'om-pre' }, h('pre', { tabindex: '0', dir: 'ltr' }, this.code), copy);
  }

  update(text: string): void {
    if (text === this.text) {
      return;
    }
    this.text = text;
    const { kept, tokens, firm } = this.highlighter.update(text);
    if (kept === 0) {
      this.code.replaceChildren();
    } else {
      this.loose.forEach(node => this.code.removeChild(node));
    }
    const nodes = tokens.map(drawn);
    this.loose = nodes.slice(firm);
    this.code.append(...nodes);
  }
}

function drawn({ kind, text }: Token): Node {
  return h('span', { class: kind === 'plain' ? undefined : `om-tok ${kind}` }, text);
}
