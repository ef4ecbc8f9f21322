// Writes what is tried into the person's cell: only what changed, never over an edit of theirs, and as text to copy where no cell can be had.
import { h, icon } from '../../shared/dom';
import { codeBlock } from '../../shared/markdown';
import { insertCell, readCell, showCell, writeCell } from '../cellbridge';
import type { Action, Conflict, Written } from './state';
import type { Tuning } from './tuning';

/** A cell that is typed in while we ask is asked about again, this often. */
const TRIES = 3;

export class WriteBack {
  readonly element = h('div', { class: 'om-dialog', role: 'dialog', hidden: true });
  private running = false;

  constructor(
    private readonly tuning: Tuning,
    /** The button that gets the focus back. */
    private readonly origin: () => HTMLElement
  ) {
    this.element.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !this.element.hidden) {
        event.stopPropagation();
        this.close();
      }
    });
  }

  /** Write back to the cell of `model`; a second press while it goes on does nothing. */
  async run(model: string, force?: { [key: string]: string }): Promise<void> {
    if (this.running) {
      return;
    }
    this.running = true;
    try {
      await this.tuning.edits.finish();
      await this.write(model, force ?? {});
    } finally {
      this.running = false;
    }
  }

  private async write(model: string, force: { [key: string]: string }): Promise<void> {
    for (let tries = 0; tries < TRIES; tries++) {
      const cell = await readCell(this.element, { model });
      const reply = (await this.tuning.ask('write_back', { ...force, source: cell?.source ?? null })) as unknown as Written | undefined;
      if (!reply) {
        return;
      }
      if ('title' in reply) {
        this.askFirst(model, reply);
        return;
      }
      if (!cell) {
        await this.insert(reply.source);
        return;
      }
      const written = await writeCell(this.element, { model, expects: cell.source, source: reply.source });
      if (written === 'written') {
        this.done(cell.source === reply.source ? 'Your cell says this already.' : reply.merged ? 'Both edits are in your cell.' : 'Written to your cell. Ctrl+Z there takes it back.');
        return;
      }
      if (written === 'absent') {
        this.offer(reply.source);
        return;
      }
    }
    this.tuning.say('Your cell is being changed. Nothing was written.');
  }

  private async insert(source: string): Promise<void> {
    if (await insertCell(this.element, { source })) {
      this.done('A new cell below has the Modelfile.');
    } else {
      this.offer(source);
    }
  }

  private done(words: string): void {
    this.close();
    this.tuning.say(words);
  }

  private close(): void {
    if (!this.element.hidden) {
      this.element.hidden = true;
      this.element.replaceChildren();
      this.origin().focus();
    }
  }

  /** The text to copy, where no cell can be written. */
  private offer(source: string): void {
    const close = h('button', { class: 'om-btn', type: 'button', on: { click: () => this.close() } }, 'Close');
    this.open('No cell can be written from here. Copy this into yours.', 'code', [codeBlock(source)], [close]);
  }

  /** Show what a merge would do, before anything is done. */
  private askFirst(model: string, { title, words, merged, actions }: Conflict): void {
    const lines = words.map(line => h('p', { dir: 'auto' }, ...quoted(line)));
    const fold = merged ? [h('details', { class: 'om-fold' }, h('summary', {}, 'With both edits'), codeBlock(merged))] : [];
    const buttons = actions.map((action, index) => {
      const press = (): void => void this.act(action, model);
      return h('button', { class: `om-btn ${index === 0 ? 'primary' : action.method === 'cancel' ? 'quiet' : ''}`, type: 'button', on: { click: press } }, action.label);
    });
    this.open(title, 'warn', [...lines, ...fold], buttons);
  }

  private async act({ method, params }: Action, model: string): Promise<void> {
    if (method === 'show_cell') {
      await showCell(this.element, { model });
    } else if (method === 'write_back') {
      const { source: _, ...force } = params as { [key: string]: string };
      await this.run(model, force);
    } else {
      this.close();
    }
  }

  private open(title: string, symbol: string, body: HTMLElement[], buttons: HTMLElement[]): void {
    const name = h('div', { class: 'om-name om-grow', id: `om-dialog-${++opened}` }, title);
    this.element.setAttribute('aria-labelledby', name.id);
    const head = h('div', { class: 'om-head' }, icon(symbol, symbol === 'warn' ? 'om-warn' : 'om-muted'), name);
    this.element.replaceChildren(head, h('div', { class: 'om-body om-small' }, ...body), h('div', { class: 'om-foot' }, ...buttons));
    this.element.hidden = false;
    this.element.scrollIntoView({ block: 'nearest' });
    (buttons[0] ?? this.element).focus();
  }
}

let opened = 0;

/** A sentence with its code in backquotes. */
function quoted(sentence: string): (string | HTMLElement)[] {
  return sentence.split(/(`[^`]*`)/).map(part => (part.length > 1 && part.startsWith('`') ? h('code', {}, part.slice(1, -1)) : part));
}
