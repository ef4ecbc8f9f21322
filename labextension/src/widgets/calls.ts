// The tools a model wants to use: what it would call, leave for it, what came back.
import { h, icon } from '../shared/dom';
import { visible } from '../shared/visible';
import { button } from './parts';
import type { ToolCall } from './threadstate';
import { callWords } from './threadwords';

export type Leave = 'once' | 'chat' | 'refuse';

const SHORT = 80;

export class CallsView {
  readonly element = h('div', { class: 'om-calls' });
  private drawn = new Map<string, { key: string; element: HTMLElement }>();

  constructor(private readonly allow: (call: string, how: Leave) => void) {}

  draw(calls: ToolCall[] | undefined): void {
    for (const call of calls ?? []) {
      const key = JSON.stringify(call);
      const before = this.drawn.get(call.id);
      if (before?.key !== key) {
        const element = this.row(call);
        const held = before?.element.contains(document.activeElement);
        before ? before.element.replaceWith(element) : this.element.append(element);
        this.drawn.set(call.id, { key, element });
        if (held) {
          // The button that was pressed is gone; what it did stands in its place.
          element.tabIndex = -1;
          element.focus({ preventScroll: true });
        }
      }
    }
    const kept = new Set((calls ?? []).map(call => call.id));
    [...this.drawn].filter(([id]) => !kept.has(id)).forEach(([id, { element }]) => (element.remove(), this.drawn.delete(id)));
  }

  private row(call: ToolCall): HTMLElement {
    const what = h('span', { class: 'om-mono om-grow om-call', dir: 'auto' }, callWords(call));
    const head = h('div', {}, icon('tool', 'om-muted'), what, state(call));
    return h('div', { class: 'om-toolcall', role: 'group', 'aria-label': `tool ${call.name}` }, head, call.state === 'asks' && this.question(call), result(call));
  }

  private question(call: ToolCall): HTMLElement {
    // Deltas change a state's entries where they stand: consent is for the call that was read.
    const { id } = call;
    const ask = (how: Leave) => () => this.allow(id, how);
    const buttons = [button('Allow once', ask('once')), button('Allow in this chat', ask('chat')), button('Refuse', ask('refuse'), 'stop')];
    return h('div', { class: 'om-wrap' }, h('span', { class: 'om-grow' }, `Allow ${call.name}(…)?`), ...buttons);
  }
}

function state(call: ToolCall): HTMLElement | null {
  switch (call.state) {
    case 'asks':
      return h('span', { class: 'om-chip warn' }, call.words);
    case 'running':
      return h('span', { class: 'om-chip' }, icon('spin'), call.words);
    case 'allowed':
      return h('span', { class: 'om-chip ok' }, icon('check'), call.words);
    case 'refused':
      return h('span', { class: 'om-chip' }, icon('ban'), call.words);
    case 'failed':
      return h('span', { class: 'om-chip err' }, icon('x'), call.words);
  }
}

function result(call: ToolCall): HTMLElement | null {
  const text = call.result;
  if (text === '') {
    return null;
  }
  const time = call.seconds && h('span', { class: 'om-muted' }, call.seconds);
  if (text.length <= SHORT && !text.includes('\n')) {
    return h('div', {}, h('span', { class: 'om-muted' }, 'Result'), h('span', { class: 'om-mono om-grow om-call', dir: 'auto' }, text), time);
  }
  const first = h('span', { class: 'om-mono om-ellipsis om-grow', dir: 'auto' }, visible(text.slice(0, SHORT)).replace(/\s+/g, ' '));
  const fold = h('details', { class: 'om-fold om-grow' }, h('summary', {}, 'Result', first, time), h('pre', { class: 'om-log', tabindex: '0', dir: 'auto' }, text));
  return h('div', {}, fold);
}
