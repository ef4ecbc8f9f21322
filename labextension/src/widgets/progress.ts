// What a create shows while it runs: stages, one bar a transfer, the log folded, Cancel.
import { h, icon, setAttribute, setText } from '../shared/dom';
import { clock } from '../shared/figures';
import type { PanelPort, View } from './port';

interface Stage {
  label: string;
  state: 'done' | 'now' | 'todo' | 'off';
}

interface Bar {
  label: string;
  detail: string;
  amount: string;
  done: boolean;
  share: number | null;
}

interface ProgressState {
  title: string;
  server: string;
  state: 'running' | 'cancelling' | 'ended';
  elapsed_s: number;
  stages: Stage[];
  bars: Bar[];
  log: string[];
}

const STAGE_ICONS = { done: 'check', now: 'dot', todo: 'ring', off: 'x' } as const;

export class ProgressView implements View {
  readonly element: HTMLElement;
  private readonly title = h('span', { class: 'om-name' });
  private readonly server = h('span', { class: 'om-ver om-hide-s' });
  private readonly time = h('span', { class: 'om-ver' });
  private readonly cancelWord = h('span', {}, 'Cancel');
  private readonly cancel: HTMLButtonElement;
  private readonly steps = h('ol', { class: 'om-steps' });
  private readonly bars = h('div', { class: 'om-stack om-bars' });
  private readonly logLine = h('span', { class: 'om-mono om-ellipsis' });
  private readonly logCount = h('span');
  private readonly log = h('pre', { class: 'om-log', tabindex: '0' });
  private readonly fold: HTMLDetailsElement;
  private readonly said = h('div', { class: 'om-said', role: 'status' });
  private readonly ticker: ReturnType<typeof setInterval>;
  private elapsed = { seconds: 0, at: performance.now() };

  constructor(private readonly port: PanelPort) {
    this.cancel = h('button', { class: 'om-btn stop', type: 'button', on: { click: () => this.stop() } }, icon('x'), this.cancelWord);
    const name = h('span', { class: 'om-grow om-ellipsis' }, this.title, ' ', this.server);
    const head = h('div', { class: 'om-head' }, icon('spin'), name, this.time, this.cancel);
    this.fold = h('details', { class: 'om-fold', on: { toggle: () => this.draw() } }, h('summary', {}, this.logCount, this.logLine), this.log);
    const body = h('div', { class: 'om-body' }, this.steps, this.bars, this.fold);
    const attributes = { class: 'om om-panel', 'data-lm-suppress-shortcuts': 'true', on: { keydown: (event: KeyboardEvent) => this.onKey(event) } };
    this.element = h('section', attributes, head, body, this.said);
    this.ticker = setInterval(() => this.tick(), 250);
  }

  draw(): void {
    const state = this.port.state as unknown as ProgressState;
    if (state.elapsed_s !== this.elapsed.seconds) {
      this.elapsed = { seconds: state.elapsed_s, at: performance.now() };
    }
    setText(this.title, state.title);
    setText(this.server, state.server && `on ${state.server}`);
    setAttribute(this.element, 'aria-label', state.title);
    this.element.classList.toggle('om-ended', state.state === 'ended');
    setText(this.cancelWord, state.state === 'cancelling' ? 'Cancelling' : 'Cancel');
    this.cancel.disabled = state.state !== 'running';
    this.drawStages(state.stages);
    this.drawBars(state.bars);
    this.drawLog(state.log);
    this.tick();
    this.holdHeight();
  }

  dispose(): void {
    clearInterval(this.ticker);
  }

  private get running(): boolean {
    return (this.port.state as unknown as ProgressState).state !== 'ended';
  }

  private stop(): void {
    this.cancel.disabled = true;
    setText(this.cancelWord, 'Cancelling');
    this.port.cancel({ interrupt: true, running: () => this.running });
  }

  private onKey(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.running && !this.cancel.disabled) {
      event.stopPropagation();
      this.stop();
    }
  }

  private tick(): void {
    const seconds = this.elapsed.seconds + (this.running ? (performance.now() - this.elapsed.at) / 1000 : 0);
    setText(this.time, seconds >= 1 ? clock(seconds) : '');
  }

  private drawStages(stages: Stage[]): void {
    const drawn = stages.map(stage => {
      const item = h('li', { class: stage.state, 'aria-current': stage.state === 'now' && 'step' });
      item.append(icon(STAGE_ICONS[stage.state], stage.state === 'now' ? 'om-brand' : ''), h('span', {}, stage.label));
      return item;
    });
    const key = JSON.stringify(stages);
    if (this.steps.dataset.key !== key) {
      this.steps.dataset.key = key;
      this.steps.replaceChildren(...drawn);
      setText(this.said, stages.find(stage => stage.state === 'now')?.label ?? '');
    }
  }

  private drawBars(bars: Bar[]): void {
    while (this.bars.children.length < bars.length) {
      const bar = h('div', { class: 'bar', role: 'progressbar' }, h('i'));
      this.bars.append(h('div', { class: 'om-prog' }, h('span', { class: 'om-ellipsis' }, h('span'), ' ', h('span', { class: 'om-muted om-mono' })), h('span', { class: 'om-muted' }), bar));
    }
    bars.forEach((bar, index) => drawBar(this.bars.children[index] as HTMLElement, bar));
  }

  private drawLog(lines: string[]): void {
    this.fold.hidden = lines.length === 0;
    setText(this.logCount, `Log · ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}`);
    setText(this.logLine, lines.length ? `· ${lines[lines.length - 1]}` : '');
    if (this.fold.open) {
      const atEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 4;
      setText(this.log, lines.join('\n'));
      this.log.scrollTop = atEnd ? this.log.scrollHeight : this.log.scrollTop;
    }
  }

  /** The panel never gets lower while it runs, so that nothing below it jumps. */
  private holdHeight(): void {
    const height = this.element.offsetHeight;
    if (height > (parseFloat(this.element.style.minHeight) || 0) && !this.fold.open) {
      this.element.style.minHeight = `${height}px`;
    }
  }
}

function drawBar(row: HTMLElement, bar: Bar): void {
  const [name, amount, line] = [...row.children] as [HTMLElement, HTMLElement, HTMLElement];
  row.classList.toggle('done', bar.done);
  setText(name.children[0] as Element, bar.label);
  setText(name.children[1] as Element, bar.detail);
  setText(amount, bar.amount);
  setAttribute(line, 'aria-label', bar.label);
  setAttribute(line, 'aria-valuenow', bar.share === null ? null : String(Math.round(100 * bar.share)));
  (line.firstElementChild as HTMLElement).style.width = `${100 * (bar.share ?? 0)}%`;
  line.classList.toggle('unknown', bar.share === null && !bar.done);
}
