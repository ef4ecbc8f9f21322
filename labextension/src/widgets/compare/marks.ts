// Marks words of a drawn answer that differ from another one. The kernel says where they stand in the answer's source; here they are found
// again among the words on the page, where Markdown has taken marks and addresses away.

/** Where a stretch begins and ends, in UTF-16 units of the source. */
export type Stretch = [number, number];

const WORD = /[\p{L}\p{N}\p{M}_]+(?:[.,'’-][\p{L}\p{N}\p{M}_]+)*/gu;
/** How many words of the source may be missing from the page in one place: an address, a fence. */
const GAP = 40;

interface Word {
  text: string;
  marked: boolean;
}

/** Wrap what `marks` covers of `source` into <mark> elements in `root`, which shows that source. */
export function markWords(root: HTMLElement, source: string, marks: Stretch[]): void {
  if (marks.length === 0) {
    return;
  }
  const words = wordsOf(source, marks);
  const texts: Text[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    texts.push(node as Text);
  }
  let next = 0;
  for (const text of texts) {
    const ranges: Stretch[] = [];
    let last = -2;
    for (const found of text.data.matchAll(WORD)) {
      const at = find(words, found[0], next);
      if (at < 0) {
        continue;
      }
      next = at + 1;
      const end = found.index + found[0].length;
      const range = ranges[ranges.length - 1];
      if (words[at]?.marked && range && last === at - 1) {
        range[1] = end;
        last = at;
      } else if (words[at]?.marked) {
        ranges.push([found.index, end]);
        last = at;
      }
    }
    wrap(text, ranges);
  }
}

/** Take the marks away again. */
export function unmark(root: HTMLElement): void {
  const marks = root.querySelectorAll('mark');
  marks.forEach(mark => mark.replaceWith(...mark.childNodes));
  if (marks.length > 0) {
    root.normalize();
  }
}

function wordsOf(source: string, marks: Stretch[]): Word[] {
  let mark = 0;
  return [...source.matchAll(WORD)].map(found => {
    const start = found.index;
    while (mark < marks.length && (marks[mark]?.[1] ?? 0) <= start) {
      mark += 1;
    }
    return { text: found[0], marked: (marks[mark]?.[0] ?? Infinity) < start + found[0].length };
  });
}

function find(words: Word[], text: string, from: number): number {
  for (let at = from; at < Math.min(words.length, from + GAP); at += 1) {
    if (words[at]?.text === text) {
      return at;
    }
  }
  return -1;
}

function wrap(text: Text, ranges: Stretch[]): void {
  for (const [start, end] of ranges.reverse()) {
    const marked = text.splitText(start);
    marked.splitText(end - start);
    const mark = document.createElement('mark');
    marked.replaceWith(mark);
    mark.append(marked);
  }
}
