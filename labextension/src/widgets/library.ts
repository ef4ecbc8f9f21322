// The views of all panels, loaded once a page.
import { ChatView } from './chat';
import { CompareView } from './compare/view';
import { HistoryView } from './history/view';
import { PanelPort, type View } from './port';
import type { Cleanup, RenderContext } from './model';
import { ProgressView } from './progress';
import { TunerView } from './tune/tuner';
import sheet from './styles/index.css';

const VIEWS: Record<string, new (port: PanelPort) => View> = {
  progress: ProgressView,
  chat: ChatView,
  tuner: TunerView,
  compare: CompareView,
  history: HistoryView
};

/** Draw the panel of `model` into `el`. */
export function mount({ model, el }: RenderContext): Cleanup {
  const kind = String(model.get('kind'));
  const Draw = VIEWS[kind];
  if (!Draw) {
    throw new Error(`there is no panel of the kind ${kind}`);
  }
  addStyles(el.ownerDocument);
  const port = new PanelPort(model);
  const view = new Draw(port);
  el.append(view.element);
  const stop = port.start(view);
  return () => {
    stop();
    view.dispose?.();
    view.element.remove();
  };
}

function addStyles(page: Document): void {
  const name = 'data-ollama-magics-styles';
  if (!page.head.querySelector(`style[${name}]`)) {
    const style = page.createElement('style');
    style.setAttribute(name, '');
    style.textContent = sheet;
    page.head.append(style);
  }
}
