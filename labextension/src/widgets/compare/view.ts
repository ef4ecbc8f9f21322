// A comparison: prompts down, columns across; or, with names hidden, one prompt at a time.
import { h, icon, setAttribute, setText } from '../../shared/dom';
import type { PanelPort, View } from '../port';
import { CellView, type CellState, Pick } from './cell';

interface Row {
  row: number;
  prompt: string;
  place: string;
  pick: number;
  cells: CellState[];
}

interface CompareState {
  title: string;
  progress: string;
  running: boolean;
  failed: boolean;
  facts: string;
  blind: boolean;
  marking: boolean;
  corner: string[];
  columns: { name: string; about: string; wins: string }[];
  rows: Row[];
  judging: { words: string; ready: boolean; keys: boolean } | null;
  verdict: string;
  said: string;
}

/** Values of `pick`; ollama_magics/widgets/comparestate.py has the same. */
const NO_PICK = -1;
const SAME = -2;

/** From so many columns on they scroll sideways instead of getting narrower. */
const WIDE = 5;

const COPIED_MS = 2000;

/** Two grids on a page must not share their radio groups. */
let grids = 0;

class RowView {
  readonly element: HTMLElement;
  readonly cells: CellView[];
  private readonly prompt = h('div', { class: 'txt', dir: 'auto' });
  private readonly place = h('span', { class: 'om-small om-muted' });
  private readonly same: Pick;
  private readonly foot: HTMLElement;

  constructor(columns: number, pick: (place: number) => void, ask: (method: string, place: number) => void) {
    const group = `om-best-${(grids += 1)}`;
    this.cells = Array.from({ length: columns }, (_, at) => {
      const actions = { pick: () => pick(at), unpick: () => pick(NO_PICK), retry: () => ask('retry', at), stop: () => ask('stop', at) };
      return new CellView(group, actions);
    });
    this.same = new Pick(group, 'Same', { pick: () => pick(SAME), unpick: () => pick(NO_PICK) });
    this.foot = h('div', { class: 'om-cfoot' }, this.place, this.same.element);
    this.element = h('div', { role: 'row', class: 'om-r' }, h('div', { role: 'rowheader', class: 'rowh' }, this.prompt, this.foot), ...this.cells.map(cell => cell.element));
  }

  draw(row: Row, { columns, marking, judging }: CompareState): void {
    const judged = judging === null || (judging.ready && !judging.keys);
    setText(this.prompt, row.prompt);
    setText(this.place, judging ? '' : row.place);
    this.same.draw(`Same, ${row.place}`, row.pick === SAME, judged && row.cells.filter(cell => cell.can_pick).length > 1);
    this.foot.hidden = judging?.keys === true;
    row.cells.forEach((cell, at) => this.cells[at]?.draw(cell, columns[at]?.name ?? '', { chosen: row.pick === at, marking, judged }));
  }
}

export class CompareView implements View {
  readonly element: HTMLElement;
  private readonly mark = h('i', { 'aria-hidden': 'true' });
  private readonly title = h('span', { class: 'om-name' });
  private readonly progress = h('span', { class: 'om-ver' });
  private readonly marking: HTMLInputElement;
  private readonly hiding: HTMLInputElement;
  private readonly stop: HTMLButtonElement;
  private readonly grid = h('div', { class: 'om-grid', role: 'table' });
  private readonly judge = h('div', { class: 'om-row om-wrap', role: 'group', 'aria-label': 'Which is better?' });
  private readonly judges: HTMLButtonElement[];
  private readonly facts = h('span', { class: 'om-small om-muted' });
  private readonly verdict = h('span', { class: 'om-small' });
  private readonly copy: HTMLButtonElement;
  private readonly reveal: HTMLButtonElement;
  private readonly said = h('div', { class: 'om-said', role: 'status' });
  private rows: RowView[] = [];
  private shape = '';
  private announced = '';
  private problem = '';

  constructor(private readonly port: PanelPort) {
    const button = (word: string, look: string, does: () => void, image?: string): HTMLButtonElement =>
      h('button', { class: `om-btn ${look}`, type: 'button', on: { click: does } }, image && icon(image), h('span', {}, word));
    this.marking = h('input', { type: 'checkbox' });
    this.marking.addEventListener('change', () => this.ask('mark', { on: this.marking.checked }));
    this.hiding = h('input', { type: 'checkbox' });
    this.hiding.addEventListener('change', () => this.ask('blind', { on: this.hiding.checked }));
    this.stop = button('Stop', 'stop', () => this.cancel(), 'stop');
    this.reveal = button('Show names', 'quiet', () => this.ask('blind', { on: false }));
    this.copy = button('Copy as table', 'quiet', () => void this.copyTable(), 'copy');
    const judged = (word: string, key: string, place: number): HTMLButtonElement =>
      h('button', { class: 'om-btn', type: 'button', on: { click: () => this.pick(place) } }, word, ' ', h('kbd', { class: 'om-kbd' }, key));
    this.judges = [judged('A', '←', 0), judged('Same', '↓', SAME), judged('B', '→', 1)];
    this.judge.append(...this.judges);
    const title = h('span', { class: 'om-grow om-ellipsis' }, this.title, ' ', this.progress);
    const switches = [h('label', { class: 'om-check om-hide-s' }, this.marking, 'Mark differences'), h('label', { class: 'om-check' }, this.hiding, 'Blind')];
    const head = h('div', { class: 'om-head' }, this.mark, title, ...switches, this.stop);
    const foot = h('div', { class: 'om-foot' }, this.judge, this.verdict, this.facts, h('span', { class: 'om-grow' }), this.reveal, this.copy);
    const attributes = { class: 'om om-panel om-compare', tabindex: '-1', 'data-lm-suppress-shortcuts': 'true', on: { keydown: (event: KeyboardEvent) => this.onKey(event) } };
    this.element = h('section', attributes, head, this.grid, foot, this.said);
  }

  draw(): void {
    const state = this.state;
    setAttribute(this.element, 'aria-label', state.title);
    setAttribute(this.grid, 'aria-label', state.title);
    this.drawHead(state);
    this.drawGrid(state);
    this.drawFoot(state);
    setText(this.said, this.problem || state.said);
    this.said.classList.toggle('om-seen', this.problem !== '');
    const saved = state.running ? '' : JSON.stringify([state.blind, state.rows.map(row => [row.pick, row.cells.map(cell => cell.state)])]);
    if (saved !== this.announced) {
      this.announced = saved;
      this.port.announceSaved(this.element);
    }
  }

  private get state(): CompareState {
    return this.port.state as unknown as CompareState;
  }

  private drawHead({ title, progress, running, failed, judging, blind, marking }: CompareState): void {
    const image = judging ? 'eye om-muted' : running ? 'spin' : failed ? 'warn om-warn' : 'okc om-ok';
    setAttribute(this.mark, 'class', `om-i i-${image}`);
    setText(this.title, title);
    setText(this.progress, progress);
    setAttribute(this.progress, 'title', progress);
    this.stop.hidden = !running;
    this.marking.checked = marking;
    this.hiding.checked = blind;
  }

  private drawGrid(state: CompareState): void {
    const { columns, rows, corner, blind } = state;
    const shape = JSON.stringify([blind, columns, corner, rows.map(row => row.row)]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.build(state);
    }
    rows.forEach((row, at) => this.rows[at]?.draw(row, state));
  }

  private build({ columns, rows, corner, blind }: CompareState): void {
    const head = h('div', { role: 'columnheader', class: 'corner' }, h('b', {}, corner[0]), h('span', { class: 'om-small om-muted' }, corner[1]));
    const heads = columns.map(({ name, about, wins }) => {
      const chip = wins && h('span', { class: 'om-chip ok' }, icon('trophy'), h('span', { class: 'om-only-read' }, 'best in '), wins);
      return h('div', { role: 'columnheader', class: 'colh' }, h('b', { dir: 'auto' }, name, chip), about && h('span', { class: 'om-small om-muted', dir: 'auto' }, about));
    });
    if (this.rows.length !== rows.length || this.rows[0]?.cells.length !== columns.length || blind) {
      this.rows = rows.map(({ row }) => new RowView(columns.length, place => this.pick(place, row), (method, cell) => this.ask(method, { row, cell })));
    }
    this.grid.classList.toggle('blind', blind);
    this.grid.classList.toggle('wide', columns.length >= WIDE);
    this.grid.style.setProperty('--om-columns', String(columns.length));
    this.grid.replaceChildren(h('div', { role: 'row', class: 'om-r' }, !blind && head, ...heads), ...this.rows.map(view => view.element));
  }

  private drawFoot({ judging, verdict, facts, blind, running }: CompareState): void {
    this.judge.hidden = !judging?.keys;
    this.judges.forEach(button => (button.disabled = !judging?.ready));
    setText(this.verdict, verdict);
    this.verdict.hidden = verdict === '';
    setText(this.facts, blind ? '' : facts);
    this.facts.hidden = blind || facts === '';
    this.reveal.hidden = !blind;
    this.copy.hidden = blind || running;
  }

  private pick(cell: number, row = this.state.rows[0]?.row ?? 0): void {
    this.ask('pick', { row, cell });
  }

  private ask(method: string, params: { [name: string]: number | boolean }): void {
    this.problem = '';
    this.port.channel.request(method, params).catch((error: Error) => {
      this.problem = error.message;
      this.draw();
    });
  }

  private cancel(): void {
    this.port.cancel({ interrupt: true, running: () => this.state.running });
  }

  private async copyTable(): Promise<void> {
    const word = this.copy.querySelector('span') ?? this.copy;
    try {
      await navigator.clipboard.writeText(String(await this.port.channel.request('table')));
      setText(word, 'Copied');
    } catch {
      setText(word, 'Not copied: the page may not use the clipboard');
    }
    setTimeout(() => setText(word, 'Copy as table'), COPIED_MS);
  }

  private onKey(event: KeyboardEvent): void {
    const { running, judging } = this.state;
    const places: Record<string, number> = { ArrowLeft: 0, ArrowDown: SAME, ArrowRight: 1 };
    const place = places[event.key];
    if (event.key === 'Escape' && running) {
      event.stopPropagation();
      this.cancel();
    } else if (place !== undefined && judging?.keys && judging.ready && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      this.pick(place);
    }
  }
}
