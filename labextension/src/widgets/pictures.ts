// Images of a question: read from a paste, a drop or a file, shown small.
import { h } from '../shared/dom';
import type { Picture } from './threadstate';

/** What one message may hold: in base64 it stays below the 10 MiB that Jupyter's websocket takes. Source: tornado.websocket, `websocket_max_message_size`. */
export const MOST_BYTES = 7_000_000;

export const KINDS = ['image/png', 'image/jpeg', 'image/webp', 'image/gif'];
const SHOWN = /^data:image\/(?:png|jpeg|webp|gif);base64,[a-z\d+/=]+$/i;

/** Return the address if it is an image in itself, and nothing that would have to be fetched or could run. */
export function ownAddress(url: string): string | null {
  return SHOWN.test(url) ? url : null;
}

/** How many bytes the image of a `data:` address has. */
export function byteCount(url: string): number {
  const data = url.slice(url.indexOf(',') + 1);
  return Math.floor((data.length * 3) / 4) - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0);
}

/** 3.2 MB, 45 kB, 70 B: decimal units, as Ollama prints. */
export function bytesWords(bytes: number): string {
  if (bytes < 1000) {
    return `${bytes} B`;
  }
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1e3)} kB`;
}

/** Why a file cannot be attached beside `held` bytes, in a sentence; empty if it can. */
export function refusal(file: { name: string; type: string; size: number }, held: number): string {
  if (!KINDS.includes(file.type)) {
    return `${file.name} is not attached: images are PNG, JPEG, WebP or GIF.`;
  }
  if (held + file.size > MOST_BYTES) {
    return `${file.name} (${bytesWords(file.size)}) is not attached: a message holds ${bytesWords(MOST_BYTES)} of images.`;
  }
  return '';
}

export function read(file: File): Promise<Picture> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve({ name: file.name || 'image', url: String(reader.result) });
    reader.onerror = () => reject(new Error(`${file.name} cannot be read.`));
    reader.readAsDataURL(file);
  });
}

/** A small image; pressed, it is shown as wide as there is room. */
export function thumbnail({ name, url }: Picture): HTMLElement {
  const address = ownAddress(url);
  if (!address) {
    return h('span', { class: 'om-chip' }, name);
  }
  const image = h('img', { alt: name, src: address });
  const press = (): void => {
    const wide = frame.classList.toggle('wide');
    frame.setAttribute('aria-pressed', String(wide));
  };
  const frame = h('button', { class: 'om-thumb', type: 'button', title: name, 'aria-label': `Enlarge ${name}`, 'aria-pressed': 'false', on: { click: press } }, image);
  return frame;
}
