// The versions of the model that this notebook knows, newest first, each one press away.
import { h, icon } from '../../shared/dom';
import type { VersionRow } from './state';
import type { Tuning } from './tuning';

export class HistoryTab {
  readonly element: HTMLElement;
  private readonly list = h('ol', { class: 'om-versions', 'aria-label': 'Versions, newest first' });
  private readonly none = h('p', { class: 'om-small om-muted' }, 'No version is known yet. Each Create makes one.');
  private drawn = '';
  private restoring = false;

  constructor(private readonly tuning: Tuning) {
    this.element = h('div', { class: 'om-body' }, this.list, this.none);
  }

  draw(rows: VersionRow[], next: string, busy: boolean): void {
    const key = JSON.stringify([rows, next, busy]);
    if (key === this.drawn) {
      return;
    }
    this.drawn = key;
    this.none.hidden = rows.length > 0;
    const focused = document.activeElement instanceof HTMLElement && this.list.contains(document.activeElement) ? document.activeElement.dataset.version : undefined;
    this.list.replaceChildren(...rows.map(row => this.row(row, next, busy)));
    if (focused) {
      this.list.querySelector<HTMLElement>(`[data-version="${focused}"]`)?.focus();
    }
  }

  private row(row: VersionRow, next: string, busy: boolean): HTMLElement {
    const named = row.label && row.label !== `v${row.version}`;
    const title = h('span', { class: 'om-b' }, `v${row.version}`);
    const chip = row.on_server && h('span', { class: 'om-chip ok' }, icon('check'), 'on the server');
    const attributes = { class: 'om-btn', type: 'button', 'data-version': row.version, 'aria-disabled': busy ? 'true' : null, on: { click: () => void this.restore(row) } };
    const button = row.can_restore && h('button', attributes, icon('undo'), `Create ${next} from v${row.version}`);
    const first = h('div', { class: 'l1' }, title, named && h('span', { dir: 'auto' }, row.label), chip, h('span', { class: 'om-grow' }), h('time', {}, row.at));
    return h('li', { class: row.on_server ? 'cur' : undefined }, first, h('div', { class: 'l2', dir: 'auto' }, row.words), button);
  }

  private async restore({ version }: VersionRow): Promise<void> {
    if (this.restoring) {
      return;
    }
    this.restoring = true;
    // What is typed belongs to the text that is left.
    this.tuning.edits.drop();
    await this.tuning.ask('restore', { version });
    this.restoring = false;
  }
}
