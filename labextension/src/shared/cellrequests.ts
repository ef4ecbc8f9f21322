// What a view of a panel asks of the notebook around it, as an event that goes up from the view. JupyterLab's extension of ours answers
// (src/lab/cells.ts); where it is not there, nobody does.

export const CELL_EVENT = 'ollama-magics:cell';

/** A cell as a view sees it. */
export interface CellText {
  readonly source: string;
  /** Whether it is the cell whose output holds the view. */
  readonly where: 'own' | 'other';
  /** The number that stands beside a cell that has been run. */
  readonly number: number | null;
}

/** `absent`: there is no such cell, or it may not be edited; `changed`: it does not hold what was expected, and was left alone. */
export type Written = 'written' | 'changed' | 'absent';

/** Which cell: the one that holds the view's output, or with `model` the nearest one that creates that model. */
export interface Which {
  readonly model?: string | undefined;
}

/** Each request with its parameters and its answer. */
export interface CellRequests {
  read: [Which, CellText | null];
  write: [Which & { readonly expects: string; readonly source: string }, Written];
  insert: [{ readonly source: string }, boolean];
  show: [Which, boolean];
  outputs: [{ readonly type: string }, unknown[]];
  /** Opens a panel below in the same output, or goes to it; the answer is `opened`, or why not. */
  open: [{ readonly open: string; readonly params: { readonly [name: string]: unknown } }, string];
}

export type CellMethod = keyof CellRequests;

/** The detail of the event: whoever answers puts the answer into it before the event has come to its end. */
export interface CellQuestion<M extends CellMethod = CellMethod> {
  readonly method: M;
  readonly params: CellRequests[M][0];
  answer?: CellRequests[M][1] | Promise<CellRequests[M][1]>;
}
