// Where the parts of a tuner stand: knobs beside the chat in a wide panel, one tab at a time in a narrow one.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { TunerState } from './state';
import { Tabs } from './tabs';

export type TabName = 'prompt' | 'knobs' | 'modelfile' | 'history' | 'chat';

/** As in the style sheet's container query. */
const NARROW_PX = 560;

export interface Parts {
  system: HTMLElement;
  examples: HTMLElement;
  params: HTMLElement;
  told: HTMLElement;
  modelfile: HTMLElement;
  history: HTMLElement;
  peek: HTMLElement;
  thread: HTMLElement;
  meter: HTMLElement;
}

export class Layout {
  readonly tabs: Tabs;
  readonly element: HTMLElement;
  private readonly knobs: HTMLElement;
  private readonly chat: HTMLElement;
  private readonly testing = h('b', { class: 'om-ellipsis' });
  private readonly hint = h('div', { class: 'om-hint' });
  private tab: TabName = 'knobs';
  private narrow = false;
  private readonly watcher: ResizeObserver;

  constructor(
    parts: Parts,
    answerAgain: () => void,
    private readonly changed: () => void
  ) {
    const tabs = [
      { name: 'prompt', label: 'Prompt', narrow: true },
      { name: 'knobs', label: 'Knobs' },
      { name: 'modelfile', label: 'Modelfile' },
      { name: 'history', label: 'History' },
      { name: 'chat', label: 'Chat', narrow: true }
    ];
    this.tabs = new Tabs(tabs, 'Parts of the tuner', name => this.open(name as TabName));
    this.knobs = h('div', { class: 'pane knobs', role: 'tabpanel' }, h('div', { class: 'scroll' }, h('div', { class: 'prompt' }, parts.system, parts.examples), parts.params), parts.told);
    const again = { class: 'om-btn quiet again', type: 'button', 'aria-label': 'Answer again', title: 'Answer again (Ctrl+Enter)', on: { click: answerAgain } };
    const head = h('div', { class: 'om-head' }, h('span', { class: 'om-grow om-small om-ellipsis' }, 'Testing ', this.testing), parts.meter, h('button', again, icon('redo'), h('span', { class: 'words', 'aria-hidden': 'true' }, 'Answer again')));
    this.chat = h('div', { class: 'chat' }, head, parts.thread, this.hint);
    const left = h('div', { class: 'left' }, this.knobs, this.pane(parts.modelfile, 'modelfile'), this.pane(parts.history, 'history'), parts.peek);
    this.element = h('div', { class: 'om-tune' }, left, this.chat);
    this.tabs.controls('prompt', this.knobs);
    this.tabs.controls('knobs', this.knobs);
    this.tabs.controls('chat', this.chat);
    this.watcher = new ResizeObserver(entries => this.onResize(entries[0]?.contentRect.width ?? 0));
    this.watcher.observe(this.element);
    this.arrange();
  }

  get shown(): TabName {
    return this.tab;
  }

  open(tab: TabName): void {
    this.tab = tab;
    this.arrange();
    this.changed();
  }

  /** Say what answers, and offer to answer by hand in words where nothing else does it. */
  test({ testing, changes, answer_again: when, words }: TunerState): void {
    setText(this.hint, words.hint);
    this.chat.classList.toggle('byhand', when !== 'pause');
    setText(this.testing, testing);
    this.testing.classList.toggle('om-warn', changes > 0);
  }

  dispose(): void {
    this.watcher.disconnect();
  }

  private pane(content: HTMLElement, name: TabName): HTMLElement {
    const pane = h('div', { class: `pane ${name}`, role: 'tabpanel' }, content);
    this.tabs.controls(name, pane);
    pane.setAttribute('aria-labelledby', this.tabs.identOf(name));
    return pane;
  }

  private onResize(width: number): void {
    const narrow = width > 0 && width < NARROW_PX;
    if (narrow !== this.narrow) {
      this.narrow = narrow;
      this.arrange();
      this.changed();
    }
  }

  private arrange(): void {
    // A wide panel shows the prompt above the knobs and the chat beside them: those tabs are not there.
    const tab = !this.narrow && (this.tab === 'prompt' || this.tab === 'chat') ? 'knobs' : this.tab;
    setAttribute(this.element, 'data-tab', this.tab);
    this.tabs.select(tab);
    setAttribute(this.knobs, 'aria-labelledby', this.tabs.identOf(tab === 'prompt' ? 'prompt' : 'knobs'));
    setAttribute(this.chat, 'role', this.narrow ? 'tabpanel' : 'region');
    setAttribute(this.chat, 'aria-label', this.narrow ? null : 'Chat');
    setAttribute(this.chat, 'aria-labelledby', this.narrow ? this.tabs.identOf('chat') : null);
  }
}
