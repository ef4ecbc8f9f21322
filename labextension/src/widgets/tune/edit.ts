// A field that a person is changing: what it shows is theirs until the kernel has it.
import type { How } from './state';

export type Later = (action: () => void, ms: number) => () => void;

/** Changes go out at most this often. */
const PACE_MS = 100;
/** Of a text this long only the last change of a burst goes out. */
const LONG_VALUE = 20_000;
const LONG_PAUSE_MS = 500;
/** How long a field stays the person's after the kernel has answered: its state follows in that time, and a word may go on. */
const GRACE_MS = 250;
const TYPING_GRACE_MS = 600;

export interface Wiring<T> {
  send(value: T, how: How): Promise<unknown>;
  /** Draw again: the kernel's value counts now. */
  released(): void;
  later?: Later;
}

interface Change<T> {
  value: T;
  how: How;
}

/** The changes of one field on their way to the kernel: one request is under way at a time, and the last value wins. */
export class Edit<T> {
  local: T | undefined;
  private waiting: Change<T> | undefined;
  private underWay: Promise<void> | undefined;
  private pacing: (() => void) | undefined;
  private grace: (() => void) | undefined;
  private forgotten = false;
  private readonly later: Later;

  constructor(private readonly wiring: Wiring<T>) {
    this.later = wiring.later ?? laterInPage;
  }

  /** Whether what the field shows is the person's own. */
  get held(): boolean {
    return !this.forgotten && (this.waiting !== undefined || this.underWay !== undefined || this.grace !== undefined);
  }

  change(value: T, how: How): void {
    this.grace?.();
    this.grace = undefined;
    this.local = value;
    this.forgotten = false;
    this.waiting = { value, how };
    const soon = how === 'release' || how === 'enter';
    const long = typeof value === 'string' && value.length > LONG_VALUE;
    if (soon || (long && this.pacing)) {
      this.stopPacing();
    }
    if (soon || (!long && !this.pacing)) {
      this.push();
    }
    this.pacing ??= this.later(() => {
      this.pacing = undefined;
      this.push();
    }, long ? LONG_PAUSE_MS : PACE_MS);
  }

  /** Hand over what waits; the promise ends when the kernel has everything. */
  async finish(): Promise<void> {
    this.stopPacing();
    this.push();
    while (this.underWay) {
      await this.underWay;
    }
  }

  /** Forget the person's value: something else is put in its place. */
  drop(): void {
    this.stopPacing();
    this.grace?.();
    this.grace = undefined;
    this.waiting = undefined;
    this.forgotten = true;
  }

  private push(): void {
    const change = this.waiting;
    if (!change || this.underWay) {
      return;
    }
    this.waiting = undefined;
    this.underWay = this.wiring.send(change.value, change.how).then(
      () => this.answered(change.how),
      () => this.answered(change.how)
    );
  }

  private answered(how: How): void {
    this.underWay = undefined;
    if (this.waiting) {
      if (!this.pacing) {
        this.push();
      }
      return;
    }
    this.grace?.();
    this.grace = this.later(
      () => {
        this.grace = undefined;
        this.wiring.released();
      },
      how === 'typing' ? TYPING_GRACE_MS : GRACE_MS
    );
  }

  private stopPacing(): void {
    this.pacing?.();
    this.pacing = undefined;
  }
}

function laterInPage(action: () => void, ms: number): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** All fields of a panel. */
export class Edits {
  private readonly all: { drop(): void; finish(): Promise<void> }[] = [];

  add<T>(edit: Edit<T>): Edit<T> {
    this.all.push(edit);
    return edit;
  }

  /** Wait until the kernel has everything. */
  async finish(): Promise<void> {
    await Promise.all(this.all.map(edit => edit.finish()));
  }

  drop(): void {
    this.all.forEach(edit => edit.drop());
  }
}
