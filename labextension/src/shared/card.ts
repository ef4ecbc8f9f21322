// What a card's output holds for the page beside its HTML; ollama_magics/magics/pagedata.py writes it.
import type { Edit } from './edits';
import { applied } from './edits';

/** The type of an output of ours; `ollama_magics/widgets/outputs.py` writes it. */
export const PANEL_TYPE = 'application/vnd.ollama-magics.panel+json';

/** A change of the cell, by offsets in its source as it was run. `pre` counts the card's `<pre>` elements: the button stands behind it. */
export interface Fix {
  readonly label: string;
  readonly edits: readonly (readonly [number, number, string])[];
  readonly pre?: number;
}

export interface CardData {
  /** `cell` is the checksum of the source that the offsets are meant for. */
  readonly fixes?: { readonly cell: number; readonly all: Fix | null; readonly each: readonly Fix[] };
  /** `kernel` names the process that answers them. */
  readonly opens?: { readonly kernel: string; readonly buttons: readonly OpenButton[] };
  readonly again?: boolean;
  readonly request?: boolean;
  /** What the button that opened this output asked for. */
  readonly opened?: string;
}

export interface OpenButton {
  readonly open: string;
  readonly label: string;
  readonly icon: string;
  readonly params: { readonly [name: string]: unknown };
}

/** Return the CRC-32 of a text's UTF-16 units, low byte first, as Python's zlib counts it. */
export function checksum(text: string): number {
  let crc = ~0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    crc = nextByte(nextByte(crc, unit & 0xff), unit >> 8);
  }
  return ~crc >>> 0;
}

function nextByte(crc: number, byte: number): number {
  crc ^= byte;
  for (let bit = 0; bit < 8; bit++) {
    crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return crc;
}

/** A cell while its fixes are made one by one: what it holds, and what it is to hold next. */
export class Mending {
  private original: string | undefined;
  private done = new Set<Fix>();
  /** What the cell is expected to hold. */
  private expected: string | undefined;

  constructor(private readonly fixes: NonNullable<CardData['fixes']>) {}

  /** Take what the cell holds now; return whether its fixes still fit it. */
  look(source: string): boolean {
    if (source === this.expected) {
      return true;
    }
    if (source === this.original || checksum(source) === this.fixes.cell) {
      this.original = this.expected = source;
      this.done = new Set();
      return true;
    }
    return false;
  }

  /** Whether something was mended and still is. */
  get isMended(): boolean {
    return this.done.size > 0;
  }

  isOpen(fix: Fix): boolean {
    return !this.done.has(fix) && !(this.fixes.all && this.done.has(this.fixes.all));
  }

  /** Return what the cell holds and what it holds with a fix made; `made` tells that it was done. */
  plan(fix: Fix): { expects: string; source: string; made: () => void } | undefined {
    const { original, expected } = this;
    if (original === undefined || expected === undefined) {
      return undefined;
    }
    const done = fix === this.fixes.all ? [fix] : [...this.done, fix];
    const edits = done.flatMap(each => each.edits.map(([from, to, text]): Edit => ({ from, to, text })));
    const source = applied(original, edits);
    return { expects: expected, source, made: () => ((this.done = new Set(done)), (this.expected = source)) };
  }
}
