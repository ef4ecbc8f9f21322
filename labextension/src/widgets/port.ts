// The wire between a view and its model: a channel, drawn at most once a frame.
import { onceAFrame } from '../shared/dom';
import { Channel, type Json } from '../shared/protocol';
import type { Cleanup, WidgetModel } from './model';

/** A drawn panel. `draw` brings it up to the state of its port. */
export interface View {
  readonly element: HTMLElement;
  draw(): void;
  dispose?(): void;
}

/** How long a cancel may go unheard before the kernel is interrupted, in milliseconds. */
const PATIENCE_MS = 500;

export class PanelPort {
  readonly channel: Channel;
  private redraw: () => void = () => undefined;

  constructor(private readonly model: WidgetModel) {
    const port = { snapshot: (): unknown => model.get('live'), send: (message: Json): void => model.send(message) };
    this.channel = new Channel(port, () => this.redraw());
  }

  get state(): { [key: string]: Json } {
    return this.channel.state;
  }

  /** Draw now and at every change, until the returned function is called. */
  start(draw: () => void): Cleanup {
    const onMessage = (message: unknown): void => this.channel.onMessage(message);
    const onSnapshot = (): void => this.channel.onSnapshot();
    this.model.on('msg:custom', onMessage);
    this.model.on('change:live', onSnapshot);
    this.redraw = onceAFrame(draw);
    this.channel.onSnapshot();
    this.channel.begin();
    draw();
    return () => {
      this.redraw = () => undefined;
      this.model.off('msg:custom', onMessage);
      this.model.off('change:live', onSnapshot);
    };
  }

  /**
   * Tell the output around `element` what the kernel would have it hold. JupyterLab's extension of ours listens: after a page reload, updates
   * of an output that come from the kernel no longer find it.
   */
  announceSaved(element: HTMLElement): void {
    this.channel.request('saved').then(
      detail => element.dispatchEvent(new CustomEvent('ollama-magics:saved', { bubbles: true, detail })),
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
