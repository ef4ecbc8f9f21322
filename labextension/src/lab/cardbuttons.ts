// The buttons on a card: they mend the cell, run it again, open a panel below, show the request. The card itself is saved HTML without any.
import type { CodeCell } from '@jupyterlab/cells';
import { Mending, type CardData, type Fix, type OpenButton } from '../shared/card';
import { h, icon } from '../shared/dom';
import type { OutputCells } from './cells';
import type { KernelLink } from './kernellink';

/** What a card is drawn into, and what its buttons act on. */
export interface CardPlace {
  /** The card's HTML. */
  readonly saved: HTMLElement;
  readonly cells: OutputCells;
  readonly link: KernelLink;
  run(cell: CodeCell): void;
  /** Open a panel below, or go to it where it is open. */
  open(button: OpenButton): Promise<void>;
}

const AFTER = 'Run the cell again afterwards.';
const FIXED = 'Fixed. Run the cell again.';
const CHANGED = 'The cell has changed since. Run it again.';
const ABSENT = 'The cell cannot be edited.';

export class CardButtons {
  private readonly buttons = h('span', { class: 'om-card-buttons' });
  private readonly said = h('span', { class: 'om-muted', role: 'status' });
  private readonly foot = h('div', { class: 'om om-card-foot', 'data-lm-suppress-shortcuts': 'true' }, this.buttons, this.said);
  private readonly rows = new Map<Fix, HTMLElement>();
  private readonly mending: Mending | undefined;
  private readonly stop: (() => void)[] = [];
  private cell: CodeCell | undefined;
  private problem = '';

  constructor(
    private readonly data: CardData,
    private readonly place: CardPlace
  ) {
    this.mending = data.fixes && new Mending(data.fixes);
    this.setPlaces();
    if (data.opens) {
      this.stop.push(place.link.onChange(() => this.draw()));
      void place.link.connect();
    }
    this.draw();
    // An output is drawn before its cell stands in a notebook that is being opened.
    requestAnimationFrame(() => this.draw());
  }

  dispose(): void {
    this.stop.splice(0).forEach(stop => stop());
    [this.foot, ...this.rows.values()].forEach(element => element.remove());
  }

  /** A fix stands below its finding, the others at the foot of the card. */
  private setPlaces(): void {
    const { saved } = this.place;
    (saved.querySelector('td') ?? saved).append(this.foot);
    const frames = saved.querySelectorAll('pre');
    for (const fix of this.data.fixes?.each ?? []) {
      const row = h('div', { class: 'om om-card-fixes', 'data-lm-suppress-shortcuts': 'true' });
      this.rows.set(fix, row);
      const frame = frames[fix.pre ?? -1];
      if (frame) {
        frame.after(row);
      } else {
        this.foot.before(row);
      }
    }
  }

  /** Draw the buttons that can be pressed now; the one with the focus keeps it, or hands it to the first that is left. */
  private draw(): void {
    const held = this.focused;
    const fits = this.fits();
    this.rows.forEach((row, fix) => row.replaceChildren(...(fits && this.mending?.isOpen(fix) ? [this.fixButton(fix, 'fix')] : [])));
    this.buttons.replaceChildren(...this.mendingButtons(fits), ...this.openButtons(), ...this.requestButtons());
    this.said.textContent = this.problem || this.words(fits);
    this.foot.hidden = !this.buttons.childElementCount && !this.said.textContent;
    if (held) {
      const left = [...this.place.saved.querySelectorAll<HTMLButtonElement>('.om-card-fixes button, .om-card-foot button')];
      (left.find(button => button.textContent === held) ?? this.buttons.querySelector('button') ?? left[0])?.focus();
    }
  }

  private get focused(): string | undefined {
    const active = document.activeElement;
    return active && [this.foot, ...this.rows.values()].some(row => row.contains(active)) ? (active.textContent ?? '') : undefined;
  }

  /** Whether the cell is there and holds what its fixes are meant for, some of them made perhaps. */
  private fits(): boolean {
    if (this.mending && !this.cell) {
      const cell = (this.cell = this.place.cells.own);
      const redraw = (): void => {
        this.problem = '';
        this.draw();
      };
      // The cell may go before its output does, and has no model then.
      const content = cell?.model.contentChanged;
      content?.connect(redraw);
      this.stop.push(() => content?.disconnect(redraw));
    }
    return this.cell !== undefined && this.mending?.look(this.cell.model.sharedModel.getSource()) === true;
  }

  private words(fits: boolean): string {
    return !fits || !this.mending ? '' : this.mending.isMended ? FIXED : this.data.fixes?.all ? AFTER : '';
  }

  private mendingButtons(fits: boolean): HTMLElement[] {
    const all = fits ? this.data.fixes?.all : undefined;
    const mended = fits && this.mending?.isMended;
    const again = this.data.again || mended;
    return [
      ...(all && this.mending?.isOpen(all) && !this.isDoneBut(all) ? [this.fixButton(all, 'primary')] : []),
      ...(again ? [button('Run again', { icon: 'redo', look: mended ? 'primary' : '' }, () => this.runAgain())] : [])
    ];
  }

  /** Whether each fix was made alone, so that nothing is left for the one that makes all. */
  private isDoneBut(all: Fix): boolean {
    return this.mending?.isMended === true && this.data.fixes?.each.some(fix => fix !== all && this.mending?.isOpen(fix)) === false;
  }

  private fixButton(fix: Fix, look: string): HTMLElement {
    return button(fix.label, { look }, () => {
      this.fits();
      const plan = this.mending?.plan(fix);
      const written = plan ? this.place.cells.write({ expects: plan.expects, source: plan.source }) : 'changed';
      if (written === 'written') {
        plan?.made();
      }
      this.problem = { written: '', changed: CHANGED, absent: ABSENT }[written];
      this.draw();
    });
  }

  private runAgain(): void {
    const cell = this.place.cells.own;
    if (cell) {
      this.place.run(cell);
    }
  }

  private get answers(): boolean {
    return this.data.opens !== undefined && this.data.opens.kernel === this.place.link.kernel;
  }

  private openButtons(): HTMLElement[] {
    // What is written on the card for those without buttons would say the same again.
    const commands = [...this.place.saved.querySelectorAll('p')].at(-1);
    if (commands?.querySelector('code') && this.data.opens) {
      commands.hidden = this.answers;
    }
    return !this.answers ? [] : this.data.opens!.buttons.map((open, at) => this.openButton(open, at === 0 ? 'primary' : ''));
  }

  private openButton(open: OpenButton, look: string): HTMLElement {
    const element = button(open.label, { icon: open.icon, look }, () => {
      element.setAttribute('aria-disabled', 'true');
      this.place
        .open(open)
        .then(
          () => (this.problem = ''),
          (error: Error) => (this.problem = error.message)
        )
        .finally(() => this.draw());
    });
    return element;
  }

  /** The request stands in the card's last fold, which closes with the button. */
  private requestButtons(): HTMLElement[] {
    const fold = [...this.place.saved.querySelectorAll('details')].at(-1);
    if (!this.data.request || !fold) {
      return [];
    }
    fold.hidden = this.answers && !fold.open;
    const toggle = (): void => {
      fold.open = !fold.open;
      this.draw();
    };
    const element = button(fold.open ? 'Hide request' : 'Show request', { icon: 'code', look: 'quiet' }, toggle);
    element.setAttribute('aria-expanded', String(fold.open));
    return this.answers ? [element] : [];
  }
}

function button(label: string, { icon: name, look }: { icon?: string; look: string }, press: () => void): HTMLButtonElement {
  const click = (): void => {
    if (element.getAttribute('aria-disabled') !== 'true') {
      press();
    }
  };
  const element = h('button', { class: `om-btn ${look}`.trim(), type: 'button', on: { click } }, name && icon(name), label);
  return element;
}
