// The panel of a model's history: the timeline, one version against another, and what is asked before something is done.
import { isSameModel } from '../../language/cell';
import { PANEL_TYPE } from '../../shared/card';
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { Json } from '../../shared/protocol';
import { insertCell, openBelow, readCell, readOutputs, writeCell, type CellText } from '../cellbridge';
import { button, iconButton, NoticeView } from '../parts';
import type { PanelPort, View } from '../port';
import { DetailView } from './detail';
import type { Action, Asks, HistoryState } from './state';
import { Timeline } from './timeline';

/** How often a panel that is looked at asks for news, in milliseconds. */
const FRESH_MS = 5_000;
const TYPING_MS = 150;

export class HistoryView implements View {
  readonly element: HTMLElement;
  private readonly name = h('span', { class: 'om-name', dir: 'auto' });
  private readonly count = h('span', { class: 'om-ver' });
  private readonly field = h('input', { class: 'om-in', type: 'search', 'aria-label': 'Search in the versions', placeholder: 'Search', hidden: true });
  private readonly search = button('Search', () => this.openSearch(), 'quiet');
  private readonly timeline = new Timeline({ select: (key, also) => this.send('select', { key, also }), rename: key => this.rename(key) });
  private readonly detail = new DetailView({ view: whole => this.send('view', { whole }), act: action => void this.act(action) });
  private readonly none = h('p', { class: 'om-body om-muted' });
  private readonly notices = h('div', { class: 'om-body om-notices' });
  private readonly notice = new NoticeView(undefined, () => this.send('dismiss'));
  private readonly outside = new NoticeView(({ params }) => this.send('select', params as { [name: string]: Json }));
  private readonly asks = h('div', { class: 'om-asks', role: 'group', hidden: true });
  private asked = '';
  private announced = '';
  private cell: CellText | null = null;
  private token = '';
  private said: HistoryState['notice'] = null;
  private isRead = false;
  private fresh = 0;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly port: PanelPort) {
    this.search.prepend(icon('search'));
    const title = h('span', { class: 'om-grow om-ellipsis' }, this.name, ' ', this.count);
    const head = h('div', { class: 'om-head' }, icon('clock', 'om-muted'), title, this.field, this.search);
    this.notices.append(this.outside.element, this.notice.element);
    const right = h('div', { class: 'om-right' }, this.asks, this.detail.element);
    const body = h('div', { class: 'om-hist' }, this.timeline.element, right);
    const on = { focusin: () => this.refresh(), pointerenter: () => this.refresh() };
    this.element = h('section', { class: 'om om-panel om-history', 'data-lm-suppress-shortcuts': 'true', on }, head, this.notices, this.none, body);
    this.field.addEventListener('input', () => this.onTyping());
    this.field.addEventListener('keydown', event => event.key === 'Escape' && this.closeSearch(event));
  }

  draw(): void {
    const state = this.state;
    setText(this.name, state.model);
    setText(this.count, [state.count, state.server].filter(Boolean).join(' · '));
    setAttribute(this.element, 'aria-label', `History of ${state.model}`);
    setAttribute(this.element, 'aria-busy', String(state.busy !== ''));
    setText(this.none, state.none);
    this.none.hidden = !state.none;
    const { outside } = state;
    const actions = outside?.label ? [{ label: outside.label, method: 'select', params: { keys: outside.select } }] : [];
    this.outside.draw(outside && { kind: 'warn', text: outside.text, actions });
    this.notice.draw(state.busy ? { kind: 'brand', text: state.busy } : (state.notice ?? this.said));
    this.notices.hidden = this.outside.element.hidden && this.notice.element.hidden;
    this.timeline.draw(state.timeline, state.selected);
    this.detail.draw(state.detail);
    this.drawAsks(state.asks);
    this.write(state);
    this.announce(state);
    if (!this.isRead) {
      this.isRead = true;
      // The view is not on the page before this drawing has ended.
      setTimeout(() => void this.readNotebook(state.model));
    }
  }

  /** Hand the output what it would hold now: after a reload of the page the kernel's own updates do not find it. */
  private announce({ timeline, wanted, busy }: HistoryState): void {
    const rows = JSON.stringify(timeline);
    if (wanted || busy || rows === this.announced) {
      return;
    }
    if (this.announced) {
      this.port.announceSaved(this.element);
    }
    this.announced = rows;
  }

  private get state(): HistoryState {
    return this.port.state as unknown as HistoryState;
  }

  private send(method: string, params: { [name: string]: Json } = {}): void {
    this.said = null;
    this.port.channel.request(method, params).catch((error: Error) => this.say('err', error.message));
  }

  private say(kind: 'ok' | 'err' | 'warn', text: string): void {
    this.said = { kind, text };
    this.draw();
  }

  private refresh(): void {
    const now = Date.now();
    if (now - this.fresh > FRESH_MS && !this.state.busy) {
      this.fresh = now;
      this.port.channel.request('refresh').catch(() => undefined);
    }
  }

  /** The cards of this notebook keep the versions that they made, also those of another machine. */
  private async readNotebook(model: string): Promise<void> {
    this.fresh = Date.now();
    const cards = (await readOutputs(this.element, PANEL_TYPE)) as { version?: { model?: unknown } }[];
    const ours = cards.filter(card => isSameModel(String(card?.version?.model ?? ''), model));
    if (ours.length) {
      this.send('hold', { cards: ours.map(({ version }) => ({ version }) as unknown as Json) });
    }
  }

  private async act(action: Action): Promise<void> {
    const { params } = action;
    const key = String(params.key ?? '');
    if (action.do === 'rename') {
      this.rename(key);
    } else if (action.do === 'copy') {
      await this.copy(key);
    } else if (action.do === 'open') {
      const opened = await openBelow(this.element, { open: String(params.open), params: params.params as { [name: string]: Json } });
      if (opened !== 'opened') {
        this.say('warn', opened || `Type %${String(params.open)} ${this.state.model} in a cell.`);
      }
    } else {
      this.cell = action.do === 'restore' ? await readCell(this.element, { model: this.state.model }) : null;
      this.send('ask', { what: action.do, key });
    }
  }

  private async copy(key: string): Promise<void> {
    const { source } = (await this.port.channel.request('copy', { key })) as { source: string };
    if (!(await insertCell(this.element, { source }))) {
      await navigator.clipboard.writeText(source);
      this.say('ok', 'Copied. Paste it into a cell.');
    }
  }

  private openSearch(): void {
    this.field.hidden = false;
    this.search.hidden = true;
    this.field.focus();
  }

  private closeSearch(event: KeyboardEvent): void {
    event.stopPropagation();
    clearTimeout(this.typing);
    this.field.value = '';
    this.field.hidden = true;
    this.search.hidden = false;
    this.search.focus();
    this.send('search', { text: '' });
  }

  private onTyping(): void {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.send('search', { text: this.field.value }), TYPING_MS);
  }

  /** Ask for a name where the question before a restore stands. */
  private rename(key: string): void {
    const row = this.state.timeline.find(each => each.key === key);
    if (!row || key.startsWith('n')) {
      return;
    }
    const field = h('input', { class: 'om-in', type: 'text', value: row.name, maxlength: '60', 'aria-label': `Name of ${row.label}`, dir: 'auto' });
    const problem = h('p', { class: 'om-err om-small', role: 'alert' });
    const end = (): void => {
      this.asks.hidden = true;
      this.asks.replaceChildren();
      this.asked = '';
      this.timeline.focus(key);
    };
    const save = (): void => {
      const saved = this.port.channel.request('name', { key, label: field.value });
      void saved.then(end, (error: Error) => setText(problem, error.message));
    };
    const hint = h('p', { class: 'om-small om-muted' }, 'Then ', h('code', { dir: 'auto' }, `%modelfile ${this.state.model}@NAME`), ' works.');
    const form = h('div', { class: 'om-row om-naming' }, h('b', {}, row.label), field, button('Save', save, 'primary'), iconButton('x', 'Cancel', end));
    form.addEventListener('keydown', event => {
      if (event.key === 'Escape' || (event.key === 'Enter' && event.target === field && !event.isComposing)) {
        event.preventDefault();
        event.stopPropagation();
        (event.key === 'Enter' ? save : end)();
      }
    });
    this.asks.replaceChildren(h('div', { class: 'om-body' }, form, hint, problem));
    setAttribute(this.asks, 'aria-label', `Name ${row.label}`);
    this.asks.hidden = false;
    this.asked = 'name';
    field.focus();
    field.select();
  }

  private drawAsks(asks: Asks | null): void {
    const asked = asks ? JSON.stringify(asks) : '';
    if (asked === this.asked || (!asks && this.asked === 'name')) {
      return;
    }
    const left = !asks && this.asks.contains(document.activeElement);
    this.asked = asked;
    this.asks.hidden = !asks;
    if (asks) {
      this.askFor(asks);
      return;
    }
    this.asks.replaceChildren();
    if (left) {
      this.timeline.focus(this.state.selected.at(-1) ?? '');
    }
  }

  private askFor(asks: Asks): void {
    const { cell } = this;
    const box = h('input', { type: 'checkbox', checked: true });
    const where = cell?.number ? `cell [${cell.number}]` : 'its cell';
    const choice = asks.cell && cell && h('label', { class: 'om-row' }, box, `Write it to ${where} too`);
    const confirm = (): void => {
      this.token = crypto.randomUUID();
      this.send('confirm', { token: this.token, cell: choice && box.checked && cell ? cell.source : null });
    };
    const yes = button(asks.button, confirm, 'primary');
    const head = h('div', { class: 'om-head' }, icon(asks.what === 'remove' ? 'x' : 'undo', 'om-muted'), h('span', { class: 'om-grow om-name', dir: 'auto' }, asks.title));
    const foot = h('div', { class: 'om-foot' }, yes, button('Cancel', () => this.send('dismiss')));
    const words = h('div', { class: 'om-body om-small' }, h('p', {}, asks.text), choice);
    this.asks.replaceChildren(head, words, foot);
    this.asks.onkeydown = event => {
      if (event.key === 'Escape') {
        event.stopPropagation();
        this.send('dismiss');
      }
    };
    setAttribute(this.asks, 'aria-label', asks.title);
    yes.focus();
  }

  /** Write a version that was brought back to the cell, in the view that asked for it. */
  private write({ made }: HistoryState): void {
    const { cell } = this;
    if (!made || !cell || made.token !== this.token) {
      return;
    }
    this.token = '';
    const change = { model: this.state.model, expects: cell.source, source: made.source };
    void writeCell(this.element, change).then(written => {
      if (written !== 'written') {
        this.say('warn', 'The cell has changed meanwhile and was left as it is.');
      }
    });
  }
}
