// One output of ours: a card with its buttons, or a panel in two forms, the live one while its model is on the page, else the saved HTML of
// the same output. The widget manager's own renderer shows "model not found" in a reopened notebook even where the output holds HTML.
// Source: @jupyter-widgets/jupyterlab-manager 5.0, WidgetRenderer.renderModel.
import type { ISessionContext } from '@jupyterlab/apputils';
import { isCodeCellModel } from '@jupyterlab/cells';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';
import { PANEL_TYPE, type CardData, type OpenButton } from '../shared/card';
import { CardButtons } from './cardbuttons';
import { OutputCells } from './cells';
import { KernelLink, type OpenedOutput } from './kernellink';

const WIDGET_TYPE = 'application/vnd.jupyter.widget-view+json';
const HTML_TYPE = 'text/html';
const TEXT_TYPE = 'text/plain';
/** Before the widget view, whose rank is -10. */
const RANK = -20;
/** How often, and how many times, to look for the widget manager while a page is being built. */
const LOOK_MS = 250;
const LOOKS = 120;

/** Sent up from a view that has a newer saved form than the output may have; see `announceSaved` in src/widgets/port.ts. */
const SAVED_EVENT = 'ollama-magics:saved';

/** The forms of an output; a panel that has `ended` is not among them. */
interface Saved {
  forms: Record<string, unknown>;
  ended: boolean;
}

const GONE: ReadonlySet<string> = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

type MimeData = IRenderMime.IMimeModel['data'];

/** Which widget draws an output now. */
const drawnBy = new WeakMap<IRenderMime.IMimeModel, PanelOutput>();

/** Outputs that were opened by a button and are to have the focus once they are drawn. */
const awaited = new WeakSet<IRenderMime.IMimeModel>();

/** Let a notebook draw our panels; `bringToFront` shows the notebook where the output is seen beside it. */
export function addPanelRenderer(notebook: NotebookPanel, bringToFront: (notebook: NotebookPanel) => void): void {
  const { rendermime } = notebook.content;
  const createRenderer = (): PanelOutput => new PanelOutput(notebook, bringToFront);
  rendermime.addFactory({ safe: false, mimeTypes: [PANEL_TYPE], createRenderer }, RANK);
}

class PanelOutput extends Panel implements IRenderMime.IRenderer {
  private live: IRenderMime.IRenderer | undefined;
  private saved: IRenderMime.IRenderer | undefined;
  private shown: { id: string; by: unknown } | undefined;
  private looks = 0;
  private model: IRenderMime.IMimeModel | undefined;
  private buttons: CardButtons | undefined;
  private readonly observer = new MutationObserver(() => this.choose());
  private readonly cells: OutputCells;
  private readonly rendermime: IRenderMimeRegistry;
  private readonly session: ISessionContext;

  constructor(
    private readonly notebook: NotebookPanel,
    bringToFront: (notebook: NotebookPanel) => void
  ) {
    super();
    this.session = notebook.sessionContext;
    this.rendermime = notebook.content.rendermime;
    this.cells = new OutputCells(notebook, () => this.model, bringToFront, what => this.openBelow(what));
    this.cells.listen(this.node);
    this.session.statusChanged.connect(this.onStatus, this);
    this.session.kernelChanged.connect(this.onKernel, this);
    this.addClass('ollama-magics-output');
    this.node.addEventListener(SAVED_EVENT, event => this.keep((event as CustomEvent<Saved>).detail));
  }

  /** Draw an output, or bring it up to date: a live panel stays as it is, the saved form follows. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.model = model;
    drawnBy.set(model, this);
    await this.renderSaved(model);
    this.looks = 0;
    this.renderLive(model);
    this.choose();
    this.renderButtons(model.data[PANEL_TYPE] as CardData | undefined);
  }

  /** Go to the first field of the live panel, else to the first thing in it that takes the focus. */
  private takeFocus(): void {
    this.node.scrollIntoView({ block: 'nearest' });
    const find = (selector: string): HTMLElement | undefined =>
      [...(this.live?.node.querySelectorAll<HTMLElement>(selector) ?? [])].find(element => element.offsetParent);
    (find('textarea, input') ?? find('button, [tabindex="0"]'))?.focus();
  }

  /** After a reload of the page the kernel's updates of an output no longer find it: the view brings them. */
  private keep({ forms, ended }: Saved): void {
    const { data } = this.model ?? {};
    const { [HTML_TYPE]: html, [TEXT_TYPE]: text } = forms;
    if (data && typeof html === 'string' && typeof text === 'string' && (ended || data[HTML_TYPE] !== html)) {
      this.model?.setData({ data: (ended ? forms : { ...data, [HTML_TYPE]: html, [TEXT_TYPE]: text }) as MimeData });
    }
  }

  override dispose(): void {
    this.session.statusChanged.disconnect(this.onStatus, this);
    this.session.kernelChanged.disconnect(this.onKernel, this);
    this.observer.disconnect();
    this.buttons?.dispose();
    super.dispose();
  }

  private onStatus(_: ISessionContext, status: string): void {
    if (GONE.has(status)) {
      this.drop();
    }
  }

  private onKernel(_: ISessionContext, { oldValue }: { oldValue: unknown }): void {
    if (oldValue) {
      this.drop();
    }
  }

  /** Give the live panel up: the kernel that it spoke to is gone. */
  private drop(): void {
    const { lost } = (this.model?.data[PANEL_TYPE] ?? {}) as { lost?: Record<string, unknown> };
    if (lost) {
      this.keep({ forms: lost, ended: true });
    }
    this.live?.dispose();
    this.live = undefined;
    this.looks = LOOKS;
    this.choose();
  }

  private async renderSaved(model: IRenderMime.IMimeModel): Promise<void> {
    if (typeof model.data[HTML_TYPE] !== 'string') {
      return;
    }
    if (!this.saved) {
      this.saved = this.rendermime.createRenderer(HTML_TYPE);
      this.addWidget(this.saved);
    }
    await this.saved.renderModel(model);
  }

  private renderButtons(data: CardData | undefined): void {
    this.buttons?.dispose();
    this.buttons = undefined;
    if (this.saved && !this.isDisposed && (data?.fixes || data?.opens || data?.again)) {
      const { content, sessionContext } = this.notebook;
      this.buttons = new CardButtons(data, {
        saved: this.saved.node,
        cells: this.cells,
        link: KernelLink.of(this.session),
        run: cell => void NotebookActions.runCells(content, [cell], sessionContext),
        open: button => this.openBelow(button)
      });
    }
  }

  private async openBelow({ open, params }: Pick<OpenButton, 'open' | 'params'>): Promise<void> {
    const { model } = this.cells.own ?? {};
    const outputs = model && isCodeCellModel(model) ? model.outputs : undefined;
    if (!model || !outputs) {
      throw new Error('The cell is not there any more.');
    }
    // A chat with another version is another panel.
    const what = `${open} ${String(params.name)}`;
    const at = Array.from({ length: outputs.length }, (_, index) => outputs.get(index)).findIndex(
      ({ data }) => (data[PANEL_TYPE] as CardData | undefined)?.opened === what
    );
    if (at >= 0 && drawnBy.get(outputs.get(at))?.mounted) {
      awaited.add(outputs.get(at));
      drawnBy.get(outputs.get(at))?.choose();
      return;
    }
    const link = KernelLink.of(this.session);
    await link.connect();
    const { outputs: [made] = [], cell } = await link.open(open, params, model.id);
    if (cell !== undefined) {
      this.cells.insert({ source: cell });
    }
    if (!made) {
      return;
    }
    const marked = (data: OpenedOutput['data']): MimeData =>
      ({ ...data, [PANEL_TYPE]: { ...(data[PANEL_TYPE] as object | undefined), opened: what } }) as MimeData;
    const output = { output_type: 'display_data', data: marked(made.data), metadata: made.metadata } as Parameters<typeof outputs.add>[0];
    if (at >= 0) {
      outputs.set(at, output);
    } else {
      outputs.add(output);
    }
    const held = outputs.get(at >= 0 ? at : outputs.length - 1);
    link.follow(made.name, data => held.setData({ data: marked(data) }));
    awaited.add(held);
  }

  /**
   * Draw the live panel with the notebook's own renderer of widgets. While a page is being built that is a placeholder without a manager,
   * which the manager replaces later and hands itself to; it finds placeholders that stand in an output themselves, not this one's.
   * Source: @jupyter-widgets/jupyterlab-manager 5.0, registerWidgetManager.
   */
  private renderLive(model: IRenderMime.IMimeModel): void {
    const id = (model.data[WIDGET_TYPE] as { model_id?: string } | undefined)?.model_id;
    const by = this.rendermime.getFactory(WIDGET_TYPE);
    if (this.isDisposed || !id || (this.shown?.id === id && this.mounted)) {
      return;
    }
    if (by && (this.shown?.id !== id || this.shown.by !== by)) {
      this.shown = { id, by };
      this.live?.dispose();
      this.live = this.rendermime.createRenderer(WIDGET_TYPE);
      this.live.hide();
      this.insertWidget(0, this.live);
      this.observer.disconnect();
      this.observer.observe(this.live.node, { childList: true, subtree: true });
      void this.live.renderModel(model).then(() => this.choose());
    }
    if (this.looks++ < LOOKS) {
      setTimeout(() => this.renderLive(model), LOOK_MS);
    }
  }

  private get mounted(): boolean {
    return this.live?.isDisposed === false && this.live.node.querySelector('.om') !== null;
  }

  /** Show the live panel once a view is mounted in it; before, and when the view or its kernel is gone, the saved form. */
  private choose(): void {
    const mounted = this.mounted;
    this.live?.setHidden(!mounted);
    this.saved?.setHidden(mounted);
    if (mounted && this.model && awaited.delete(this.model)) {
      this.takeFocus();
    }
  }
}
