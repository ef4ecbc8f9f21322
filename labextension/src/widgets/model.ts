/** What the views use of the model that the widget manager gives them. Source: anywidget's `AnyModel` interface, version 0.9. */
export interface WidgetModel {
  get(name: string): unknown;
  set(name: string, value: unknown): void;
  on(event: string, callback: (...args: never[]) => void): void;
  off(event: string, callback: (...args: never[]) => void): void;
  send(content: unknown): void;
  readonly widget_manager: WidgetManager;
}

export interface WidgetManager {
  get_model(id: string): Promise<WidgetModel> | undefined;
  /** Only JupyterLab's and Notebook's managers know their kernel. */
  readonly kernel?: Kernel | null;
}

export interface Kernel {
  interrupt(): Promise<void>;
  readonly statusChanged?: Signal<string>;
}

/** A signal of Lumino. */
interface Signal<T> {
  connect(slot: (sender: unknown, value: T) => void): boolean;
  disconnect(slot: (sender: unknown, value: T) => void): boolean;
}

export interface RenderContext {
  model: WidgetModel;
  el: HTMLElement;
}

/** Stops a view and its listeners. */
export type Cleanup = () => void;
