// The wire between a view and its model: a channel, drawn at most once a frame.
import { h, icon, onceAFrame } from '../shared/dom';
import { Channel, type Json } from '../shared/protocol';
import type { Cleanup, WidgetModel } from './model';

/** A drawn panel. `draw` brings it up to the state of its port. */
export interface View {
  readonly element: HTMLElement;
  draw(): void;
  dispose?(): void;
}

/** A view that is still there so long after its panel has ended is on a page that the kernel's outputs do not reach, in milliseconds. */
const LEFT_BEHIND_MS = 400;

/** What a kernel is called whose memory is lost. Source: @jupyterlab/services 7, `Kernel.Status`. */
const GONE: ReadonlySet<string> = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

/** How long a cancel may go unheard before the kernel is interrupted, in milliseconds. */
const PATIENCE_MS = 500;

export class PanelPort {
  readonly channel: Channel;
  private redraw: () => void = () => undefined;
  private kept: string | undefined;
  /** Whether this page came when the panel had gone on already: its outputs are those of a file, and the kernel's updates do not find them. */
  private readonly joined: boolean;

  constructor(private readonly model: WidgetModel) {
    this.joined = ((model.get('live') as { seq?: number } | null)?.seq ?? 0) > 0;
    const port = { snapshot: (): unknown => model.get('live'), send: (message: Json): void => model.send(message) };
    this.channel = new Channel(port, () => this.redraw());
  }

  get state(): { [key: string]: Json } {
    return this.channel.state;
  }

  /** Draw `view` now and at every change, until the returned function is called. */
  start(view: View): Cleanup {
    const listeners = {
      'msg:custom': (message: unknown): void => this.channel.onMessage(message),
      'change:live': (): void => this.channel.onSnapshot(),
      'change:ended': (): void => this.onEnd(view.element)
    };
    const { kernel } = this.model.widget_manager;
    const onStatus = (_: unknown, status: string): void => {
      if (GONE.has(status)) {
        this.onKernelGone(view);
      }
    };
    kernel?.statusChanged?.connect(onStatus);
    Object.entries(listeners).forEach(([event, listener]) => this.model.on(event, listener));
    this.redraw = onceAFrame(() => view.draw());
    this.channel.onSnapshot();
    this.channel.begin();
    view.draw();
    this.onEnd(view.element);
    if (this.model.get('gone') === true) {
      this.onKernelGone(view);
    }
    return () => {
      this.redraw = () => undefined;
      this.channel.close();
      kernel?.statusChanged?.disconnect(onStatus);
      Object.entries(listeners).forEach(([event, listener]) => this.model.off(event, listener));
    };
  }

  /** Hand the saved form to the page, where the kernel's own update of the output has not come. */
  private onEnd(element: HTMLElement): void {
    if (this.model.get('ended') === true) {
      setTimeout(() => element.isConnected && this.announceSaved(element, true), LEFT_BEHIND_MS);
    }
  }

  /** Say that nothing will come any more, where no saved form takes the panel's place (pages without our JupyterLab extension). */
  private onKernelGone(view: View): void {
    if (view.element.classList.contains('om-gone')) {
      return;
    }
    this.channel.close();
    // JupyterLab draws its outputs again when the new kernel is there: what is known to this page stays with the model, the kernel is not told.
    this.model.set('live', this.channel.snapshot);
    this.model.set('gone', true);
    view.draw();
    view.element.classList.add('om-gone');
    const words = 'The kernel is gone. This is the last that came from it.';
    view.element.append(h('div', { class: 'om-notice warn om-gone-note', role: 'status' }, icon('warn'), h('span', { class: 'om-grow' }, words)));
    view.element.querySelectorAll<HTMLButtonElement | HTMLInputElement>('button:not(.om-pre button), input, select').forEach(control => (control.disabled = true));
    // A text that nobody takes any more can still be copied.
    view.element.querySelectorAll('textarea').forEach(field => (field.readOnly = true));
  }

  /** Bring the saved form to the notebook where the kernel cannot, whenever `key`, which stands for what it holds, is another one. */
  keepSaved(element: HTMLElement, key: string): void {
    if (this.joined && key !== this.kept) {
      this.kept = key;
      this.announceSaved(element);
    }
  }

  /**
   * Tell the output around `element` what the kernel would have it hold, with `ended` in the place of the panel. JupyterLab's extension of ours listens: after a page reload, updates
   * of an output that come from the kernel no longer find it.
   */
  announceSaved(element: HTMLElement, ended = false): void {
    this.channel.request('saved').then(
      forms => element.dispatchEvent(new CustomEvent('ollama-magics:saved', { bubbles: true, detail: { forms, ended } })),
      () => undefined
    );
  }

  /**
   * Ask for what is running to be stopped. A kernel that is busy with the cell may not read messages before the cell ends (VS Code; Lab with
   * subshells turned off): with `interrupt`, the kernel is interrupted as by its own button when it has not answered after a while. That
   * is for a panel whose own cell runs; it would hit another cell else.
   */
  cancel({ interrupt, running }: { interrupt: boolean; running: () => boolean }): void {
    let heard = false;
    this.channel.request('cancel').finally(() => (heard = true)).catch(() => undefined);
    if (interrupt) {
      setTimeout(() => {
        if (!heard && running()) {
          void this.model.widget_manager.kernel?.interrupt();
        }
      }, PATIENCE_MS);
    }
  }
}
