// A conversation as part of a panel: the messages, what can be done with them, and (unless it is one answer of a cell) a composer.
// The chat panel shows one, the tuner shows one beside its knobs.
import { h, icon, setAttribute, setText } from '../shared/dom';
import type { Json, Path } from '../shared/protocol';
import { Composer } from './composer';
import { EmptyView } from './empty';
import { NoticeView } from './parts';
import type { PanelPort, View } from './port';
import { Rover } from './rove';
import { Sticky } from './stick';
import { changeCell } from './teach';
import { type Action, isBusy, type Picture, type ThreadState } from './threadstate';
import { endWords } from './threadwords';
import { type TurnActions, TurnView } from './turn';
import { type Parameters, Part } from './wire';

export interface ThreadOptions {
  /** What Stop and Escape do; the panel's cancel unless given. */
  stop?(): void;
}

export class ThreadView implements View {
  readonly element: HTMLElement;
  private readonly part: Part<ThreadState>;
  private readonly messages = h('div', { class: 'om-msgs', role: 'log', 'aria-live': 'off', 'aria-label': 'Messages' });
  private readonly empty = new EmptyView(text => void this.ask(text, []));
  private readonly cut = h('div', { class: 'om-divide' });
  private readonly notice = new NoticeView(action => void this.act(action), () => void this.send('dismiss'));
  private readonly problem = new NoticeView(undefined, () => this.problem.draw(null));
  private readonly lines = new NoticeView(undefined, () => this.lines.draw(null));
  private readonly said = h('div', { class: 'om-said', role: 'status' });
  private readonly sticky: Sticky;
  private readonly rover: Rover;
  private turns: TurnView[] = [];
  private composer: Composer | undefined;
  private wasBusy: boolean | undefined;
  private callsAsked = '';
  private starting = false;

  constructor(
    port: PanelPort,
    path: Path = [],
    private readonly options: ThreadOptions = {}
  ) {
    this.part = new Part<ThreadState>(port, path);
    this.sticky = new Sticky(this.messages);
    this.rover = new Rover(this.messages);
    const list = h('div', { class: 'om-list' }, this.messages, this.sticky.chip);
    this.element = h('div', { class: 'om-thread' }, this.empty.element, list, this.lines.element, this.problem.element, this.said);
    this.element.addEventListener('keydown', event => this.onKey(event));
    this.element.addEventListener('dragover', event => this.onDrag(event));
    this.element.addEventListener('dragleave', () => this.element.classList.remove('om-drop'));
    this.element.addEventListener('drop', event => this.onDrop(event));
  }

  get busy(): boolean {
    return isBusy(this.state);
  }

  draw(): void {
    const state = this.state;
    const busy = this.busy;
    this.element.classList.toggle('om-whole', state.composer);
    this.empty.draw(state);
    this.drawTurns(state, busy);
    this.drawCut(state);
    this.drawNotice(state);
    this.drawComposer(state, busy);
    setAttribute(this.messages, 'aria-busy', String(busy));
    this.sticky.drawn();
    this.say(state, busy);
    this.wasBusy = busy;
  }

  /** Put the focus into the composer. */
  focus(): void {
    this.composer?.focus();
  }

  /** Begin a new conversation; the old one stays a branch. */
  reset(): void {
    void this.send('reset');
    this.focus();
  }

  stop(): void {
    if (this.options.stop) {
      this.options.stop();
    } else {
      this.part.port.cancel({ interrupt: !this.state.composer, running: () => this.busy });
    }
  }

  private get state(): ThreadState {
    return this.part.state;
  }

  private drawTurns({ turns, model, version, composer }: ThreadState, busy: boolean): void {
    const before = this.turns.length;
    this.turns.splice(turns.length).forEach(view => view.element.remove());
    turns.forEach((turn, index) => {
      let view = this.turns[index];
      if (!view) {
        view = new TurnView(model, turn, composer, this.actions);
        this.turns[index] = view;
        this.messages.append(view.element);
      }
      view.draw(turn, this.part.port.channel.stamp(turn), version, { busy, changeable: composer });
    });
    if (!busy || this.wasBusy !== busy || before !== turns.length) {
      this.rover.update();
    }
  }

  private drawCut({ cut }: ThreadState): void {
    const below = cut && cut.turns > 0 ? this.turns[cut.turns]?.element : undefined;
    if (!cut || !below) {
      this.cut.remove();
      return;
    }
    if (this.cut.textContent !== cut.text) {
      this.cut.replaceChildren(icon('warn'), h('span', {}, cut.text));
    }
    if (below.previousElementSibling !== this.cut) {
      below.before(this.cut);
    }
  }

  /** A notice stands below the turn it is about, else below all. */
  private drawNotice({ notice, turns }: ThreadState): void {
    this.notice.draw(notice && { icon: 'teach', ...notice });
    const index = turns.findIndex(turn => notice?.id && turn.id === notice.id);
    const place = this.turns[index]?.answer.element ?? this.messages;
    if (notice && this.notice.element.parentElement !== place) {
      place.append(this.notice.element);
    } else if (notice && place === this.messages && place.lastElementChild !== this.notice.element) {
      place.append(this.notice.element);
    }
  }

  private drawComposer({ composer, model, turns }: ThreadState, busy: boolean): void {
    if (composer && !this.composer) {
      const actions = { send: (text: string, images: Picture[]) => void this.ask(text, images), stop: () => this.stop(), editLast: () => this.editLast() };
      this.composer = new Composer(model, actions);
      this.element.append(this.composer.element);
    }
    this.composer?.draw(busy, turns[turns.length - 1]?.id !== undefined);
  }

  /** Tell a screen reader once how an answer ended, and that a tool asks; the words that stream are not read as they come. */
  private say(state: ThreadState, busy: boolean): void {
    if (this.wasBusy && !busy) {
      setText(this.said, endWords(state));
    } else if (!this.wasBusy && busy) {
      setText(this.said, '');
    }
    const asking = state.turns.flatMap(turn => turn.calls ?? []).filter(call => call.state === 'asks');
    const asked = asking.map(call => call.id).join();
    if (asked !== this.callsAsked) {
      this.callsAsked = asked;
      setText(this.said, asking.map(call => `Allow ${call.name}?`).join(' '));
    }
  }

  private readonly actions: TurnActions = {
    edit: (id, text) => this.start('edit', { id, text }),
    regenerate: id => void this.sendToEnd('regenerate', { id }),
    goOn: id => void this.sendToEnd('go_on', { id }),
    retry: id => void this.sendToEnd('retry', { id }),
    teach: id => void this.act({ label: 'Teach', method: 'teach', params: { id }, cell: true }),
    allow: (id, call, how) => void this.send('allow', { id, call, how }),
    walk: (id, which, step) => {
      if (document.activeElement && this.messages.contains(document.activeElement)) {
        this.sticky.hold(document.activeElement);
      }
      void this.send('walk', { id, which, step });
    },
    leave: () => this.focus()
  };

  private async ask(text: string, images: Picture[]): Promise<void> {
    this.sticky.toEnd();
    this.focus();
    if (!(await this.start('ask', { text, images: images.map(({ name, url }) => ({ name, data: url })) }))) {
      this.composer?.restore(text, images);
    }
  }

  private sendToEnd(method: string, params: Parameters): Promise<boolean> {
    const last = this.state.turns[this.state.turns.length - 1];
    if (last?.id === params.id) {
      this.sticky.toEnd();
    }
    return this.start(method, params);
  }

  /** Ask for an answer; what is asked by a second press of the same button, while the first is on its way, is not asked again. */
  private async start(method: string, params: Parameters): Promise<boolean> {
    if (this.starting) {
      return true;
    }
    this.starting = true;
    try {
      return await this.send(method, params);
    } finally {
      this.starting = false;
    }
  }

  private send(method: string, params: Parameters = {}): Promise<boolean> {
    return this.attempt(this.part.request(method, params));
  }

  /** Wait for a request; where it is refused, say why and what to do. */
  private async attempt(request: Promise<Json | void>): Promise<boolean> {
    try {
      await request;
      this.problem.draw(null);
      return true;
    } catch (error) {
      const { message, hint = '' } = error as Error & { hint?: string };
      this.problem.draw({ kind: 'err', text: [message, hint].filter(Boolean).map(sentence).join(' ') });
      return false;
    }
  }

  /** Do what a button of the kernel asks for; one about the cell takes the cell's text along and writes it back. */
  private act({ method, params = {}, cell }: Action): Promise<boolean> {
    if (!cell) {
      return this.send(method, params);
    }
    this.lines.draw(null);
    const ask = (name: string, given: Parameters): Promise<Json> => this.part.request(name, given);
    return this.attempt(
      changeCell(this.element, this.state.model, ask, method, params).then(({ lines }) => {
        if (lines !== undefined) {
          this.lines.draw({ text: 'The cell of this model cannot be reached from here. These lines teach it:', lines, icon: 'teach' });
        }
      })
    );
  }

  private editLast(): boolean {
    const last = this.turns[this.turns.length - 1];
    return last?.question?.edit() ?? false;
  }

  private onKey(event: KeyboardEvent): void {
    if (event.isComposing) {
      return;
    }
    const step = ({ ArrowLeft: -1, ArrowRight: 1 } as const)[event.key as 'ArrowLeft'];
    if (event.key === 'Escape' && this.busy) {
      event.preventDefault();
      event.stopPropagation();
      this.stop();
    } else if (event.altKey && step && !event.ctrlKey && !event.metaKey && this.walkAt(event.target as Node, step)) {
      // Else the browser goes back a page.
      event.preventDefault();
      event.stopPropagation();
    }
  }

  private walkAt(target: Node, step: -1 | 1): boolean {
    const view = this.turns.find(turn => turn.element.contains(target)) ?? this.turns[this.turns.length - 1];
    view?.walk(target, step);
    return view !== undefined;
  }

  private onDrag(event: DragEvent): void {
    if (this.composer && event.dataTransfer?.types.includes('Files')) {
      event.preventDefault();
      event.stopPropagation();
      this.element.classList.add('om-drop');
    }
  }

  private onDrop(event: DragEvent): void {
    this.element.classList.remove('om-drop');
    if (this.composer?.attachments.take(event.dataTransfer)) {
      event.preventDefault();
      event.stopPropagation();
      this.focus();
    }
  }
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}${/[.!?…]$/.test(text) ? '' : '.'}`;
}
