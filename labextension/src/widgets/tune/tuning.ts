// What the parts of a tuner use of it.
import type { Json } from '../../shared/protocol';
import { Edit, type Edits } from './edit';

export interface Tuning {
  readonly edits: Edits;
  /** Send a request. An error is said to the person, and the promise gives `undefined`. */
  ask(method: string, params?: { [key: string]: Json }): Promise<Json | undefined>;
  redraw(): void;
  /** Say what a thing is, in the line below the parameters. */
  explain(text: string, name: string): void;
  /** Say what has happened, to the eye and to screen readers. */
  say(text: string): void;
}

/** The changes of one field, sent as `method` with what `params` makes of a value. */
export function fieldEdit<T>(tuning: Tuning, method: string, params: (value: T) => { [key: string]: Json }): Edit<T> {
  return tuning.edits.add(
    new Edit<T>({
      send: (value, how) => tuning.ask(method, { ...params(value), how }),
      released: () => tuning.redraw()
    })
  );
}

/** A key that belongs to the writing of a character. */
export function composes(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229;
}
