// The panel of a conversation: who is talked to, how full the context is, and the thread.
import { copyText } from '../shared/clipboard';
import { h, icon, setAttribute, setText } from '../shared/dom';
import { MenuButton } from './menu';
import { ContextMeter } from './meter';
import type { PanelPort, View } from './port';
import { ThreadView } from './thread';
import type { ThreadState } from './threadstate';
import { conversationText } from './threadwords';

export class ChatView implements View {
  readonly element: HTMLElement;
  private readonly name = h('span', { class: 'om-name', dir: 'auto' });
  private readonly version = h('span', { class: 'om-ver' });
  private readonly server = h('span', { class: 'om-ver om-hide-s' });
  private readonly meter = new ContextMeter();
  private readonly menu: MenuButton;
  private readonly stopButton: HTMLButtonElement;
  private readonly thread: ThreadView;
  /** Whether this page drew the conversation in its middle: after a reload, or where an earlier one is gone on with. */
  private joined: boolean | undefined;
  private announced = '';

  constructor(private readonly port: PanelPort) {
    this.thread = new ThreadView(port);
    this.stopButton = h('button', { class: 'om-btn stop', type: 'button', on: { click: () => this.thread.stop() } }, icon('stop'), 'Stop');
    this.menu = new MenuButton('More', () => [
      { label: 'New conversation', enabled: !this.thread.busy && this.state.turns.length > 0, run: () => this.thread.reset() },
      { label: 'Copy the conversation', enabled: this.state.turns.length > 0, run: () => void copyText(conversationText(this.state), this.menu.button) }
    ]);
    const title = h('span', { class: 'om-grow om-ellipsis' }, this.name, ' ', this.version, this.server);
    const head = h('div', { class: 'om-head' }, icon('chat', 'om-muted'), title, this.meter.element, this.menu.element, this.stopButton);
    this.element = h('section', { class: 'om om-panel', 'data-lm-suppress-shortcuts': 'true' }, head, this.thread.element);
    // Escape stops the answer from the head too.
    head.addEventListener('keydown', event => this.onKey(event));
  }

  draw(): void {
    const { state } = this;
    this.joined ??= state.turns.length > 0;
    setText(this.name, state.model);
    setText(this.version, state.version);
    setText(this.server, state.server && ` · ${state.server}`);
    setAttribute(this.element, 'aria-label', `Chat with ${state.model}`);
    this.meter.draw(state.context_used, state.context_size);
    this.thread.draw();
    this.menu.element.hidden = !state.composer;
    this.stopButton.hidden = !this.thread.busy || state.composer;
    this.announce(state);
  }

  private get state(): ThreadState {
    return this.port.state as unknown as ThreadState;
  }

  /** Tell the output what the kernel would have it hold, whenever the open branch has changed and is whole. */
  private announce(state: ThreadState): void {
    const shown = state.turns.map(turn => `${turn.id}/${turn.answer_branch?.join()}/${turn.answer.length}`).join();
    if (this.joined && state.composer && !this.thread.busy && this.announced !== shown) {
      this.announced = shown;
      this.port.announceSaved(this.element);
    }
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.thread.busy) {
      event.stopPropagation();
      this.thread.stop();
    }
  }
}
