// A cell's own language, on only while its first line asks for it. What JupyterLab thinks the cell is, its mime type, stays.
import { Compartment, EditorState, Prec, type Extension, type Transaction } from '@codemirror/state';
import { cellKind, HEAD_LENGTH, type CellKind } from './cell';
import { CELLS } from './highlight';

const ON: Readonly<Record<CellKind, Extension>> = { modelfile: Prec.highest(CELLS.modelfile), prose: Prec.highest(CELLS.prose) };
const OFF: Extension = [];

/**
 * Return what makes an editor follow its first line, `source` being what it starts with.
 *
 * The language of an editor is the first that any extension names; one in a compartment comes and goes without a trace. While it is away
 * nothing stands in its place: an editor without a language must not get a provider of one.
 */
export function languageSwitch(source: string): Extension {
  const compartment = new Compartment();
  const follow = EditorState.transactionExtender.of(transaction => {
    if (!changesHead(transaction)) {
      return null;
    }
    const wanted = extensionFor(transaction.newDoc.sliceString(0, HEAD_LENGTH));
    return wanted === compartment.get(transaction.startState) ? null : { effects: compartment.reconfigure(wanted) };
  });
  return [compartment.of(extensionFor(source.slice(0, HEAD_LENGTH))), follow];
}

function changesHead({ docChanged, changes }: Transaction): boolean {
  return docChanged && changes.touchesRange(0, HEAD_LENGTH) !== false;
}

function extensionFor(head: string): Extension {
  const kind = cellKind(head);
  return kind ? ON[kind] : OFF;
}
