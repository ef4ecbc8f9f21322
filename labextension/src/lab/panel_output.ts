// One output, two forms: the live panel while its model is on the page, else the saved HTML of the same output. The widget manager's own
// renderer shows "model not found" in a reopened notebook even where the output holds HTML.
// Source: @jupyter-widgets/jupyterlab-manager 5.0, WidgetRenderer.renderModel.
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';

/** The type of an output that holds a panel; `ollama_magics/widgets/outputs.py` writes it. */
export const PANEL_TYPE = 'application/vnd.ollama-magics.panel+json';
const WIDGET_TYPE = 'application/vnd.jupyter.widget-view+json';
const HTML_TYPE = 'text/html';
/** Before the widget view, whose rank is -10. */
const RANK = -20;

export function addPanelRenderer(rendermime: IRenderMimeRegistry): void {
  rendermime.addFactory({ safe: false, mimeTypes: [PANEL_TYPE], createRenderer: () => new PanelOutput(rendermime) }, RANK);
}

class PanelOutput extends Panel implements IRenderMime.IRenderer {
  private live: IRenderMime.IRenderer | undefined;
  private saved: IRenderMime.IRenderer | undefined;
  private shownModel = '';
  private readonly observer = new MutationObserver(() => this.choose());

  constructor(private readonly rendermime: IRenderMimeRegistry) {
    super();
    this.addClass('ollama-magics-output');
  }

  /** Draw an output, or bring it up to date: a live panel stays as it is, the saved form follows. */
  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const view = model.data[WIDGET_TYPE] as { model_id?: string } | undefined;
    await this.renderSaved(model);
    if (view?.model_id && view.model_id !== this.shownModel && this.rendermime.mimeTypes.includes(WIDGET_TYPE)) {
      this.shownModel = view.model_id;
      await this.renderLive(model);
    }
    this.choose();
  }

  override dispose(): void {
    this.observer.disconnect();
    super.dispose();
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

  private async renderLive(model: IRenderMime.IMimeModel): Promise<void> {
    this.live?.dispose();
    this.live = this.rendermime.createRenderer(WIDGET_TYPE);
    this.live.hide();
    this.insertWidget(0, this.live);
    this.observer.disconnect();
    this.observer.observe(this.live.node, { childList: true, subtree: true });
    // Settles only when the widget manager knows whether the model is there, which can be after the kernel has answered.
    void this.live.renderModel(model).then(() => this.choose());
  }

  /** Show the live panel once a view is mounted in it; before, and when it is gone, the saved form. */
  private choose(): void {
    const mounted = this.live !== undefined && !this.live.isDisposed && this.live.node.querySelector('.om') !== null;
    this.live?.setHidden(!mounted);
    this.saved?.setHidden(mounted);
  }
}
