// A conversation: turns, the context meter, and (unless it is one answer of a cell) a composer.
import { h, icon, setAttribute, setText } from '../shared/dom';
import { shortCount } from '../shared/figures';
import { Composer } from './composer';
import type { PanelPort, View } from './port';
import { type Turn, TurnView } from './turn';

interface ChatState {
  model: string;
  version: string;
  server: string;
  composer: boolean;
  context_used: number | null;
  context_size: number | null;
  turns: Turn[];
}

const NEARLY_FULL = 0.9;

export class ChatView implements View {
  readonly element: HTMLElement;
  private readonly name = h('span', { class: 'om-name' });
  private readonly version = h('span', { class: 'om-ver' });
  private readonly server = h('span', { class: 'om-ver om-hide-s' });
  private readonly meterBar = h('i');
  private readonly meterText = h('span');
  private readonly meter: HTMLElement;
  private readonly stopButton: HTMLButtonElement;
  private readonly messages = h('div', { class: 'om-msgs', role: 'log', 'aria-live': 'polite' });
  private readonly said = h('div', { class: 'om-said', role: 'status' });
  private readonly empty = h('div', { class: 'om-empty' });
  private turns: TurnView[] = [];
  private composer: Composer | undefined;
  private wasBusy = false;
  /** Whether this page drew the conversation in its middle: after a reload, or where an earlier one is gone on with. */
  private joined: boolean | undefined;
  private announced = -1;

  constructor(private readonly port: PanelPort) {
    this.meter = h('span', { class: 'om-ctx' }, h('span', { class: 'om-hide-s' }, 'Context'), h('span', { class: 'bar' }, this.meterBar), this.meterText);
    this.stopButton = h('button', { class: 'om-btn stop', type: 'button', on: { click: () => this.stop() } }, icon('stop'), 'Stop');
    const title = h('span', { class: 'om-grow om-ellipsis' }, this.name, ' ', this.version, this.server);
    const head = h('div', { class: 'om-head' }, icon('chat', 'om-muted'), title, this.meter, this.stopButton);
    const attributes = { class: 'om om-panel', 'data-lm-suppress-shortcuts': 'true', on: { keydown: (event: KeyboardEvent) => this.onKey(event) } };
    this.element = h('section', attributes, head, this.empty, this.messages, this.said);
  }

  draw(): void {
    const state = this.chat;
    this.joined ??= state.turns.length > 0;
    setText(this.name, state.model);
    setText(this.version, state.version);
    setText(this.server, state.server && ` · ${state.server}`);
    setAttribute(this.element, 'aria-label', `Chat with ${state.model}`);
    this.drawMeter(state);
    this.drawTurns(state);
    this.drawComposer(state);
    const busy = this.busy;
    this.stopButton.hidden = !busy || state.composer;
    setAttribute(this.messages, 'aria-busy', String(busy));
    if (this.wasBusy && !busy) {
      const last = state.turns[state.turns.length - 1];
      setText(this.said, last?.state === 'stopped' ? 'Answer stopped' : 'Answer complete');
    }
    if (this.joined && state.composer && !busy && this.announced !== state.turns.length) {
      this.announced = state.turns.length;
      this.port.announceSaved(this.element);
    }
    this.wasBusy = busy;
  }

  private get chat(): ChatState {
    return this.port.state as unknown as ChatState;
  }

  private get busy(): boolean {
    const last = this.chat.turns[this.chat.turns.length - 1];
    return last?.state === 'waiting' || last?.state === 'streaming';
  }

  private drawMeter({ context_used: used, context_size: size }: ChatState): void {
    this.meter.hidden = used === null;
    if (used === null) {
      return;
    }
    const share = size ? used / size : 0;
    const text = size ? `${shortCount(used)} of ${shortCount(size)}` : `${shortCount(used)} tokens`;
    this.meter.classList.toggle('warn', share >= NEARLY_FULL);
    setText(this.meterText, share >= NEARLY_FULL ? `${text}, nearly full` : text);
    setAttribute(this.meter, 'title', `context used: ${text}${size ? ' tokens' : ''}`);
    this.meterBar.style.width = `${Math.min(100, 100 * share)}%`;
  }

  private drawTurns({ turns, model, version, composer }: ChatState): void {
    this.empty.hidden = turns.length > 0;
    if (turns.length === 0) {
      this.empty.replaceChildren(h('div', { class: 'om-empty-title' }, `Talk to ${model}`));
    }
    this.turns.splice(turns.length).forEach(view => view.element.remove());
    turns.forEach((turn, index) => {
      const view = this.turns[index];
      if (view) {
        view.draw(turn);
      } else {
        const added = new TurnView(model, version, turn, composer);
        this.turns[index] = added;
        this.messages.append(added.element);
      }
    });
  }

  private drawComposer({ composer, model }: ChatState): void {
    if (composer && !this.composer) {
      this.composer = new Composer(model, { send: text => this.ask(text), stop: () => this.stop() });
      this.element.append(this.composer.element);
    }
    this.composer?.setBusy(this.busy);
  }

  private ask(text: string): void {
    this.port.channel.request('ask', { text }).catch((error: Error) => {
      this.composer?.restore(text);
      setText(this.said, error.message);
      this.said.classList.add('om-seen');
    });
  }

  private stop(): void {
    this.port.cancel({ interrupt: !this.chat.composer, running: () => this.busy });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.busy) {
      event.stopPropagation();
      this.stop();
    }
  }
}
