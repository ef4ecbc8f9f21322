// Requests that change the cell which holds the model's Modelfile: its text goes along, its new text comes back and is written into it.
import type { Json } from '../shared/protocol';
import { readCell, writeCell } from './cellbridge';
import type { Parameters } from './wire';

/** How the change ended: in the cell, or with the lines that a person can put there; neither where there was nothing to change. */
export interface Change {
  lines?: string;
}

type Ask = (method: string, params: Parameters) => Promise<Json>;

/**
 * Ask for a change to the cell that creates `model`, and make it as one step that can be undone. Where no such cell can be reached, or it is
 * changed while we ask, nothing is written and the lines are returned.
 */
export async function changeCell(element: Element, model: string, ask: Ask, method: string, params: Parameters): Promise<Change> {
  const cell = await readCell(element, { model });
  const reply = answered(await ask(method, cell ? { ...params, source: cell.source } : params));
  if (!cell || reply.source === undefined) {
    return reply.text === undefined ? {} : { lines: reply.text };
  }
  const written = await writeCell(element, { model, expects: cell.source, source: reply.source });
  if (written === 'written') {
    return {};
  }
  await ask('dismiss', {});
  const again = answered(await ask(method, params));
  if (again.text === undefined) {
    throw new Error('the cell has changed; nothing was written');
  }
  return { lines: again.text };
}

function answered(reply: Json): { source?: string; text?: string } {
  return typeof reply === 'object' && reply !== null && !Array.isArray(reply) ? (reply as { source?: string; text?: string }) : {};
}
