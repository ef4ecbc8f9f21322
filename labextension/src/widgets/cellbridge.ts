// The notebook around a view: its cells as text. Without JupyterLab's extension of ours (VS Code, Colab) nobody answers.
import { CELL_EVENT, type CellMethod, type CellQuestion, type CellRequests, type CellText, type Which, type Written } from '../shared/cellrequests';

export type { CellText, Written } from '../shared/cellrequests';

/** Return the cell that holds `element`'s output, or with `model` the nearest cell that creates that model; null if there is none to be had. */
export async function readCell(element: Element, which: Which = {}): Promise<CellText | null> {
  return (await ask(element, 'read', which)) ?? null;
}

/** Put `source` into a cell as one step that can be undone, if the cell holds `expects`. */
export async function writeCell(element: Element, change: Which & { expects: string; source: string }): Promise<Written> {
  return (await ask(element, 'write', change)) ?? 'absent';
}

/** Add a code cell below; return whether it was added. */
export async function insertCell(element: Element, cell: { source: string }): Promise<boolean> {
  return (await ask(element, 'insert', cell)) ?? false;
}

/** Scroll to a cell and put the cursor into it; return whether it is there. */
export async function showCell(element: Element, which: Which = {}): Promise<boolean> {
  return (await ask(element, 'show', which)) ?? false;
}

/** Return what the outputs of this notebook hold under a type, from the top. */
export async function readOutputs(element: Element, type: string): Promise<unknown[]> {
  return (await ask(element, 'outputs', { type })) ?? [];
}

/** Open a panel below in the same output; return `opened`, why not, or nothing where nobody can. */
export async function openBelow(element: Element, what: CellRequests['open'][0]): Promise<string> {
  return (await ask(element, 'open', what)) ?? '';
}

async function ask<M extends CellMethod>(element: Element, method: M, params: CellRequests[M][0]): Promise<CellRequests[M][1] | undefined> {
  const detail: CellQuestion<M> = { method, params };
  element.dispatchEvent(new CustomEvent(CELL_EVENT, { bubbles: true, composed: true, detail }));
  return detail.answer;
}
