// Edits of a text, by offsets in UTF-16 units.

export interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/** Return the one edit, as small as it can be, that makes `after` of `before`. It takes no surrogate pair apart: Yjs would lose both halves. */
export function difference(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) {
    start++;
  }
  let kept = 0;
  while (kept < shorter - start && before[before.length - 1 - kept] === after[after.length - 1 - kept]) {
    kept++;
  }
  if (isInPair(before, start) || isInPair(after, start)) {
    start--;
  }
  if (isInPair(before, before.length - kept) || isInPair(after, after.length - kept)) {
    kept--;
  }
  return { from: start, to: before.length - kept, text: after.slice(start, after.length - kept) };
}

function isInPair(text: string, at: number): boolean {
  return at > 0 && at < text.length && (text.codePointAt(at - 1) ?? 0) > 0xffff;
}

/** Return a text with edits made that do not overlap. */
export function applied(text: string, edits: readonly Edit[]): string {
  return [...edits].sort((a, b) => b.from - a.from || b.to - a.to).reduce((made, { from, to, text: put }) => made.slice(0, from) + put + made.slice(to), text);
}
