import { visible } from './visible';

export type Child = Node | string | null | undefined | false;

export interface Attributes {
  class?: string | undefined;
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
  [name: string]: unknown;
}

/** Make an element. Strings become text nodes, never markup. */
export function h<K extends keyof HTMLElementTagNameMap>(tag: K, attributes: Attributes = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'on') {
      Object.entries(value as object).forEach(([event, listener]) => element.addEventListener(event, listener as EventListener));
    } else if (value !== undefined && value !== null && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children.filter((child): child is Node | string => Boolean(child)).map(asNode));
  return element;
}

function asNode(child: Node | string): Node {
  return typeof child === 'string' ? document.createTextNode(visible(child)) : child;
}

export function icon(name: string, extra = ''): HTMLElement {
  return h('i', { class: `om-i i-${name} ${extra}`.trim(), 'aria-hidden': 'true' });
}

/** Write text into an element, touching the page only where it differs. */
export function setText(element: Element, text: string): void {
  const shown = visible(text);
  if (element.textContent !== shown) {
    element.textContent = shown;
  }
}

export function setAttribute(element: Element, name: string, value: string | null): void {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** A draw that took long is followed by a pause of so many times its time: a page that reads and types goes on beside a stream. */
const BREATH = 3;

/** Run `draw` at most once a frame, however often it is asked for. */
export function onceAFrame(draw: () => void): () => void {
  let free = 0;
  let fallback: ReturnType<typeof setTimeout> | undefined;
  const run = (): void => {
    if (fallback !== undefined) {
      clearTimeout(fallback);
      fallback = undefined;
      const began = performance.now();
      draw();
      const ended = performance.now();
      free = ended + BREATH * (ended - began);
    }
  };
  return () => {
    if (fallback === undefined) {
      const wait = Math.max(0, free - performance.now());
      // A page in the background gets no frames, and must not fall behind without bound.
      fallback = setTimeout(run, wait + 500);
      setTimeout(() => requestAnimationFrame(run), wait);
    }
  };
}
