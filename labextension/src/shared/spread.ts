// A long answer comes in few messages, each with the words of a good part of a second. They are shown as they were written: bit by bit, ten
// times a second, until the next message may come.
import type { Op, Path } from './ops';

/** Run an action after a time in milliseconds; the returned function keeps it from running. */
export type Later = (ms: number, action: () => void) => () => void;

const STEP_MS = 100;

interface Held {
  p: Path;
  o: number;
  d: string;
}

const timer: Later = (ms, action) => {
  const id = setTimeout(action, ms);
  return () => clearTimeout(id);
};

export class Spread {
  private held: Held[] = [];
  private steps = 0;
  private stop: () => void = () => undefined;

  constructor(
    private readonly make: (op: Op) => void,
    private readonly shown: () => void,
    private readonly later: Later = timer
  ) {}

  /** Make the changes of a delta; texts that grow take up to `seconds`. */
  apply(ops: Op[], seconds: number): void {
    this.steps = isQuiet(ops) ? Math.floor((seconds * 1000) / STEP_MS) : 0;
    if (this.steps < 2) {
      ops.forEach(op => this.make(op));
      return;
    }
    for (const op of ops) {
      if ('d' in op) {
        this.held.push({ ...op });
      } else {
        this.make(op);
      }
    }
    this.step();
  }

  /** Show all that is held back. */
  finish(): void {
    const { held } = this;
    this.drop();
    held.filter(({ d }) => d !== '').forEach(op => this.make(op));
  }

  /** Forget what is held back: the state has it already. */
  drop(): void {
    this.stop();
    this.held = [];
  }

  private step(): void {
    for (const text of this.held) {
      const cut = between(text.d, Math.ceil(text.d.length / this.steps));
      if (cut > 0) {
        this.make({ p: text.p, o: text.o, d: text.d.slice(0, cut) });
      }
      text.o += cut;
      text.d = text.d.slice(cut);
    }
    this.steps -= 1;
    this.held = this.held.filter(({ d }) => d !== '');
    if (this.held.length > 0) {
      this.stop = this.later(STEP_MS, () => {
        this.step();
        this.shown();
      });
    }
  }
}

/** Whether the order of `ops` does not matter: texts grow, each once, and single values beside them change. */
function isQuiet(ops: Op[]): boolean {
  const growing = ops.filter(op => 'd' in op).map(({ p }) => p);
  return ops.every(op => {
    const texts = growing.filter(path => op.p.every((key, index) => key === path[index])).length;
    return 'd' in op ? texts === 1 : 'v' in op && isSingle(op.v) && texts === 0;
  });
}

function isSingle(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

/** Return `at`, or one more where it would part the two halves of a character. */
function between(text: string, at: number): number {
  return /[\ud800-\udbff]/.test(text.charAt(at - 1)) && /[\udc00-\udfff]/.test(text.charAt(at)) ? at + 1 : at;
}
