// Marks on a text that a person goes on to change before the kernel has seen it.
import type { Span } from './state';

export interface Change {
  /** Where the texts begin to differ. */
  start: number;
  /** Where the difference ends in the old text. */
  oldEnd: number;
  /** Where it ends in the new one. */
  newEnd: number;
}

/** The one stretch in which two texts differ, never in the middle of a surrogate pair; null where they are the same. */
export function difference(old: string, now: string): Change | null {
  if (old === now) {
    return null;
  }
  const shorter = Math.min(old.length, now.length);
  let start = 0;
  while (start < shorter && old.charCodeAt(start) === now.charCodeAt(start)) {
    start++;
  }
  let end = 0;
  while (end < shorter - start && old.charCodeAt(old.length - 1 - end) === now.charCodeAt(now.length - 1 - end)) {
    end++;
  }
  if (isHigh(old, start - 1)) {
    start--;
  }
  if (end > 0 && isLow(old, old.length - end)) {
    end--;
  }
  return { start, oldEnd: old.length - end, newEnd: now.length - end };
}

function isHigh(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xd800;
}

function isLow(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00;
}

/** Where a place of the old text is in the new one; a place inside the change goes to its end. */
export function carried(place: number, change: Change | null): number {
  if (!change || place <= change.start) {
    return place;
  }
  return place >= change.oldEnd ? place + change.newEnd - change.oldEnd : change.newEnd;
}

/** The marks of the old text on the new one. Marks that the change touches grow or shrink with it; empty ones are gone. */
export function carriedSpans(spans: readonly Span[], change: Change | null): Span[] {
  if (!change) {
    return spans.map(([start, end]) => [start, end]);
  }
  const moved = spans.map(([start, end]): Span => {
    // What is written right before a mark is not of it.
    const from = start >= change.oldEnd ? start + change.newEnd - change.oldEnd : Math.min(start, change.start);
    return [from, end <= change.start ? end : carried(end, change)];
  });
  return moved.filter(([start, end]) => end > start);
}

/** `spans` with one more, sorted, those that meet joined. */
export function joined(spans: readonly Span[], more: Span): Span[] {
  const result: Span[] = [];
  for (const [start, end] of [...spans, more].filter(([from, to]) => to > from).sort((a, b) => a[0] - b[0])) {
    const last = result[result.length - 1];
    if (last && start <= last[1]) {
      last[1] = Math.max(last[1], end);
    } else {
      result.push([start, end]);
    }
  }
  return result;
}

export interface Piece {
  text: string;
  changed: boolean;
  dropped: boolean;
}

/** The text in pieces that look alike. */
export function pieces(text: string, changed: readonly Span[], dropped: readonly Span[]): Piece[] {
  const edges = new Set([0, text.length]);
  [...changed, ...dropped].forEach(span => span.forEach(edge => edges.add(Math.min(edge, text.length))));
  const places = [...edges].sort((a, b) => a - b);
  return places.slice(0, -1).map((start, index) => ({
    text: text.slice(start, places[index + 1]),
    changed: covers(changed, start),
    dropped: covers(dropped, start)
  }));
}

function covers(spans: readonly Span[], place: number): boolean {
  return spans.some(([start, end]) => start <= place && place < end);
}

/** The marks within `start` to `end`, counted from `start`. */
export function within(spans: readonly Span[], start: number, end: number): Span[] {
  return spans.map(([from, to]): Span => [Math.max(from, start) - start, Math.min(to, end) - start]).filter(([from, to]) => to > from);
}
