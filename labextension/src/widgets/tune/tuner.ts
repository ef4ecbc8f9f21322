// The tuner: knobs, the chat that answers to them, and what is stored.
import { h } from '../../shared/dom';
import type { Json } from '../../shared/protocol';
import { RequestFailed } from '../../shared/protocol';
import { readCell } from '../cellbridge';
import { ContextMeter } from '../meter';
import type { PanelPort, View } from '../port';
import { ThreadView } from '../thread';
import type { ThreadState } from '../threadstate';
import { Edits } from './edit';
import { PromptEditor } from './editor';
import { Examples } from './examples';
import { Foot } from './foot';
import { Head } from './head';
import { HistoryTab } from './historytab';
import { Layout } from './layout';
import { ModelfileTab } from './modelfile';
import { Notices } from './notices';
import { ParamList } from './paramlist';
import { Peek } from './peek';
import type { TunerState } from './state';
import type { Tuning } from './tuning';
import { WriteBack } from './writeback';

export class TunerView implements View, Tuning {
  readonly element: HTMLElement;
  readonly edits = new Edits();
  private readonly head = new Head(when => void this.ask('answer_again_when', { when }));
  private readonly system = new PromptEditor(this);
  private readonly examples = new Examples(this);
  private readonly params = new ParamList(this);
  private readonly modelfile = new ModelfileTab(this);
  private readonly history = new HistoryTab(this);
  private readonly meter = new ContextMeter();
  private readonly thread: ThreadView;
  private readonly peek = new Peek(() => this.layout.open('chat'));
  private readonly layout: Layout;
  private readonly foot: Foot;
  private readonly writeBack = new WriteBack(this, () => this.foot.writeBack);
  private readonly notices = new Notices(action => void this.ask(action.method, action.params));
  private readonly seen: IntersectionObserver;
  private wasCreating = '';
  private creating = false;
  private introduced = false;
  private wasSeen = true;

  constructor(private readonly port: PanelPort) {
    this.thread = new ThreadView(port, ['chat']);
    this.foot = new Foot({
      create: () => void this.create(),
      writeBack: () => void this.writeBack.run(this.state.model),
      discard: () => this.discard(),
      mode: mode => void this.ask('mode', { mode }),
      answerAgainWhen: when => void this.ask('answer_again_when', { when })
    });
    const parts = { system: this.system, examples: this.examples, params: this.params, modelfile: this.modelfile, history: this.history };
    const elements = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.element])) as Record<keyof typeof parts, HTMLElement>;
    const others = { told: this.params.told, peek: this.peek.element, thread: this.thread.element, meter: this.meter.element };
    this.layout = new Layout({ ...elements, ...others }, () => void this.answerAgain(), () => this.redraw());
    const attributes = { class: 'om om-panel om-tuner', 'data-lm-suppress-shortcuts': 'true', on: { keydown: (event: KeyboardEvent) => this.onKey(event) } };
    this.element = h('section', attributes, this.head.element, this.layout.tabs.element, this.notices.element, this.layout.element, this.writeBack.element, this.foot.element);
    this.seen = new IntersectionObserver(entries => this.onSeen(entries.some(entry => entry.isIntersecting)));
    this.seen.observe(this.element);
  }

  draw(): void {
    const { state } = this;
    if (state.model === undefined) {
      // The snapshot is on its way.
      return;
    }
    this.element.setAttribute('aria-label', `Tune ${state.model}`);
    this.head.draw(state);
    this.notices.draw(state);
    this.drawLeft(state);
    this.layout.test(state);
    const chat = this.port.state.chat as unknown as ThreadState;
    this.meter.draw(chat.context_used, chat.context_size);
    this.thread.draw();
    this.peek.draw(chat.turns[chat.turns.length - 1]);
    this.foot.draw(state);
    this.announce(state);
    if (!this.thread.busy && state.busy === '') {
      this.port.keepSaved(this.element, [state.version, state.changes, this.port.channel.stamp(chat.turns)].join());
    }
    if (!this.introduced) {
      this.introduced = true;
      void this.introduce(state.model);
    }
  }

  private drawLeft(state: TunerState): void {
    const { tabs, shown } = this.layout;
    this.system.draw(state.system);
    this.examples.draw(state.examples);
    this.params.draw(state.params);
    tabs.count('modelfile', state.modelfile.words);
    tabs.count('history', state.history.length > 0 ? String(state.history.length) : '');
    if (shown === 'modelfile') {
      this.modelfile.draw(state.modelfile);
    } else if (shown === 'history') {
      this.history.draw(state.history, state.next_version, state.busy !== '');
    }
  }

  dispose(): void {
    this.seen.disconnect();
    this.layout.dispose();
    void this.edits.finish();
  }

  async ask(method: string, params: { [key: string]: Json } = {}): Promise<Json | undefined> {
    try {
      const reply = await this.port.channel.request(method, params);
      this.foot.say('');
      return reply;
    } catch (error) {
      const { message, hint = '' } = error as RequestFailed;
      this.foot.say([message, hint].filter(Boolean).join(' · '));
      return undefined;
    }
  }

  redraw(): void {
    this.draw();
  }

  explain(text: string, name: string): void {
    this.params.explain(text, name);
  }

  say(text: string): void {
    this.foot.say(text);
  }

  private get state(): TunerState {
    return this.port.state as unknown as TunerState;
  }

  /** Tell the kernel of the person's cell, so that its text is the one that is tuned. */
  private async introduce(model: string): Promise<void> {
    const cell = await readCell(this.element, { model });
    await this.ask('cell', { source: cell?.source ?? null });
  }

  /** The model may have been changed elsewhere while nobody looked at this panel. */
  private onSeen(seen: boolean): void {
    if (seen && !this.wasSeen) {
      void this.ask('look');
    }
    this.wasSeen = seen;
  }

  private async create(): Promise<void> {
    const { can_create: can, busy } = this.state;
    if (this.creating || busy === 'creating') {
      return;
    }
    this.creating = true;
    try {
      await this.edits.finish();
      if (can || this.state.can_create) {
        await this.ask('create');
      }
    } finally {
      this.creating = false;
    }
  }

  private async answerAgain(): Promise<void> {
    await this.edits.finish();
    await this.ask('answer_again');
  }

  private discard(): void {
    this.edits.drop();
    void this.ask('discard');
  }

  private announce({ busy, version, alert }: TunerState): void {
    if (busy === 'creating') {
      this.wasCreating ||= version || 'nothing';
    } else if (this.wasCreating) {
      if (!alert && version !== this.wasCreating) {
        this.foot.say(`Created ${version}`);
      }
      this.wasCreating = '';
    }
  }

  private onKey(event: KeyboardEvent): void {
    const command = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    if (command && event.key === 'Enter') {
      event.preventDefault();
      void this.answerAgain();
    } else if (command && event.key.toLowerCase() === 's') {
      event.preventDefault();
      void this.create();
    } else if (event.key === 'Escape' && this.state.busy === 'answering') {
      this.thread.stop();
    } else if (event.key === 'Escape') {
      // The notebook may have a use for it.
      return;
    }
    event.stopPropagation();
  }
}
