// The layer under a text field that shows marks at the words above it. It holds the same text in the same type, and shows none of it.
import { h } from '../../shared/dom';
import { pieces, within } from './marks';
import type { Span } from './state';

export interface Marked {
  text: string;
  changed: Span[];
  dropped: Span[];
}

/** Lines above and below the seen ones that are drawn too. */
const MARGIN = 5;

/** Draw marks under a text of moderate length, all of it; the text wraps alike and makes the field as high as it is. */
export function drawWhole(layer: HTMLElement, { text, changed, dropped }: Marked): void {
  // A last line that is empty takes room in a field and none in an element.
  layer.replaceChildren(...spans(text, changed, dropped), '\u200b');
}

/** Draw marks under the part of a long text that is seen; its lines do not wrap. */
export function drawSeen(layer: HTMLElement, { text, changed, dropped }: Marked, starts: readonly number[], field: HTMLTextAreaElement, lineHeight: number): void {
  const first = Math.max(0, Math.floor(field.scrollTop / lineHeight) - MARGIN);
  const last = Math.min(starts.length, Math.ceil((field.scrollTop + field.clientHeight) / lineHeight) + MARGIN);
  const from = starts[first] ?? 0;
  const to = starts[last] ?? text.length;
  layer.replaceChildren(...spans(text.slice(from, to), within(changed, from, to), within(dropped, from, to)));
  layer.style.transform = `translate(${-field.scrollLeft}px, ${first * lineHeight - field.scrollTop}px)`;
}

function spans(text: string, changed: readonly Span[], dropped: readonly Span[]): (string | HTMLElement)[] {
  return pieces(text, changed, dropped).map(piece => {
    // Not through `h`'s text, which names characters that act: every character has to be as wide as in the field.
    if (!piece.changed && !piece.dropped) {
      return piece.text;
    }
    const mark = h(piece.changed ? 'ins' : 'span', { class: piece.dropped ? 'drop' : undefined });
    mark.textContent = piece.text;
    return mark;
  });
}

/** Where each line begins. */
export function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}
