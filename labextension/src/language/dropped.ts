// The characters that Ollama's parser drops from a value, wherever they stand.
import { RUNS } from './tables';

/** What stands between the brackets of a regular expression (flag u) that matches exactly the dropped characters. */
export const DROPPED = droppedRanges();

const RUN = new RegExp(`[${DROPPED}]+`, 'gu');
const KEPT_BY_ALL = /^[\t -~]*$/;

/** Return where the dropped characters of a line stand, as pairs of offsets. */
export function droppedIn(line: string): readonly (readonly [number, number])[] {
  return KEPT_BY_ALL.test(line) ? [] : Array.from(line.matchAll(RUN), ({ index, 0: run }) => [index, index + run.length] as const);
}

/** Return `text` without the characters that Ollama drops. */
export function kept(text: string): string {
  return KEPT_BY_ALL.test(text) ? text : text.replace(RUN, '');
}

/** TAB, CR and LF are in the table, as the parser keeps them on another path. */
function droppedRanges(): string {
  const ranges: [number, number][] = [];
  let at = 0;
  RUNS.split(' ').forEach((length, place) => {
    const count = parseInt(length, 36) + (place % 2);
    if (place % 2 === 0 && count > 0) {
      ranges.push([at, at + count - 1]);
    }
    at += count;
  });
  if (at <= 0x10ffff) {
    ranges.push([at, 0x10ffff]);
  }
  return ranges
    .flatMap(([first, last]) => (first === 0 ? [[0, 8], [11, 12], [14, last]] : [[first, last]]))
    .map(([first, last]) => `\\u{${first!.toString(16)}}-\\u{${last!.toString(16)}}`)
    .join('');
}
