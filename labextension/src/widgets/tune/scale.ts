// Where a value stands on a slider, and which value stands at a place of it.

export interface Range {
  scale: 'linear' | 'log2' | null;
  low: number;
  high: number;
  step: number;
}

/** The positions of a slider: values themselves where it is linear, exponents of 2 where it is logarithmic. */
export class Scale {
  readonly min: number;
  readonly max: number;
  /** What an `<input type=range>` takes as its step. */
  readonly grain: string;
  private readonly logarithmic: boolean;

  constructor(private readonly range: Range) {
    this.logarithmic = range.scale === 'log2' && range.low > 0;
    this.min = this.position(range.low);
    this.max = this.position(range.high);
    this.grain = this.logarithmic ? 'any' : String(range.step);
  }

  position(value: number): number {
    return this.logarithmic ? Math.log2(Math.max(value, Number.MIN_VALUE)) : value;
  }

  /** The nearest value that the slider stops at. */
  value(position: number): number {
    const { low, high, step } = this.range;
    // Steps of a linear slider are counted from 0, so that a range that begins at 1 still stops at round numbers.
    const from = this.logarithmic ? this.min : 0;
    const stop = from + Math.round((position - from) / step) * step;
    return Math.min(high, Math.max(low, this.logarithmic ? rounded(2 ** stop) : Number(stop.toFixed(decimalsOf(step)))));
  }

  /** How far along `value` stands, 0 to 1. */
  share(value: number): number {
    const span = this.max - this.min;
    return span > 0 ? Math.min(1, Math.max(0, (this.position(value) - this.min) / span)) : 0;
  }

  holds(value: number): boolean {
    return value >= this.range.low && value <= this.range.high;
  }

  /** The value that many key presses from `value`; it stops at the ends. A first press from between two stops goes to the next one. */
  moved(value: number, presses: number): number {
    const { low, high, step } = this.range;
    const from = this.logarithmic ? this.min : 0;
    const place = (this.position(Math.min(high, Math.max(low, value))) - from) / step;
    const stop = Math.round(place);
    const between = this.value(from + stop * step) !== value && value > low && value < high;
    const start = between ? (presses > 0 ? Math.floor(place) : Math.ceil(place)) : stop;
    return this.value(from + (start + presses) * step);
  }
}

/** 3072 rather than 2896: a value between two powers of 2 in quarters of the lower one. */
function rounded(value: number): number {
  const quarter = 2 ** (Math.floor(Math.log2(value) + 1e-9) - 2);
  return quarter < 1 && value >= 4 ? Math.round(value) : Math.round(value / quarter) * quarter;
}

function decimalsOf(step: number): number {
  return Math.min(12, String(step).split('.')[1]?.length ?? 0);
}

/** The number that a person has typed so far, or null. The kernel decides what is taken; this is where the thumb stands meanwhile. */
export function readNumber(text: string): number | null {
  const trimmed = text.trim().replace(',', '.');
  const value = Number(trimmed);
  return trimmed !== '' && Number.isFinite(value) ? value : null;
}
