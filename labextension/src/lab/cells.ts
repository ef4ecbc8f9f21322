// The cells of the notebook that an output belongs to, for the panels in that output.
import { isCodeCellModel, type Cell, type CodeCell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { createdModel, isSameModel } from '../language/cell';
import { CELL_EVENT, type CellMethod, type CellQuestion, type CellRequests, type CellText, type Which, type Written } from '../shared/cellrequests';
import { difference } from '../shared/edits';

type Answers = { [M in CellMethod]: (params: CellRequests[M][0]) => CellRequests[M][1] | Promise<CellRequests[M][1]> };

/** The notebook as one output of it sees it. */
export class OutputCells implements Answers {
  constructor(
    private readonly panel: NotebookPanel,
    private readonly output: () => IRenderMime.IMimeModel | undefined,
    private readonly bringToFront: (panel: NotebookPanel) => void,
    private readonly openPanel: (what: CellRequests['open'][0]) => Promise<void>
  ) {}

  /** Answer what views in `element` ask. */
  listen(element: HTMLElement): void {
    element.addEventListener(CELL_EVENT, event => {
      const question = (event as CustomEvent<CellQuestion>).detail;
      event.stopPropagation();
      question.answer = (this[question.method] as (params: unknown) => never)(question.params);
    });
  }

  /** The cell that holds the output, wherever the output is shown: a view of it beside the notebook shares its model. */
  get own(): CodeCell | undefined {
    const output = this.output();
    return this.cells.find(({ model }) => {
      const outputs = isCodeCellModel(model) ? model.outputs : undefined;
      return outputs && Array.from({ length: outputs.length }, (_, at) => outputs.get(at)).some(held => held === output);
    }) as CodeCell | undefined;
  }

  private get cells(): readonly Cell[] {
    return this.panel.isDisposed ? [] : this.panel.content.widgets;
  }

  private find({ model }: Which): Cell | undefined {
    const own = this.own;
    if (model === undefined) {
      return own;
    }
    const creates = (cell: Cell): boolean => isSameModel(createdModel(cell.model.sharedModel.getSource()) ?? '', model);
    const above = own ? this.cells.slice(0, this.cells.indexOf(own) + 1) : [];
    return [...above].reverse().find(creates) ?? this.cells.find(creates);
  }

  read(which: Which): CellText | null {
    const cell = this.find(which);
    if (!cell) {
      return null;
    }
    const number = isCodeCellModel(cell.model) ? cell.model.executionCount : null;
    return { source: cell.model.sharedModel.getSource(), where: cell === this.own ? 'own' : 'other', number };
  }

  write({ expects, source, ...which }: CellRequests['write'][0]): Written {
    const model = this.find(which)?.model;
    if (!model || model.getMetadata('editable') === false || this.panel.context.model.readOnly) {
      return 'absent';
    }
    const cell = model.sharedModel;
    if (cell.getSource() !== expects) {
      return 'changed';
    }
    if (source !== expects) {
      const { from, to, text } = difference(expects, source);
      // Changes close in time are undone together otherwise. Source: yjs, UndoManager (captureTimeout); @jupyter/ydoc, YBaseCell.undoManager.
      const { undoManager } = cell as { undoManager?: { stopCapturing(): void } | null };
      undoManager?.stopCapturing();
      cell.updateSource(from, to, text);
      undoManager?.stopCapturing();
    }
    return 'written';
  }

  async insert({ source }: CellRequests['insert'][0]): Promise<boolean> {
    const model = this.panel.isDisposed ? null : this.panel.content.model;
    if (!model || model.readOnly) {
      return false;
    }
    const at = (this.own ? this.cells.indexOf(this.own) : this.panel.content.activeCellIndex) + 1;
    model.sharedModel.insertCell(at, { cell_type: 'code', source, metadata: { trusted: true } });
    const added = this.cells[at];
    if (added) {
      await this.edit(added);
      const editor = added.editor;
      editor?.setCursorPosition(editor.getPositionAt(source.length) ?? { line: 0, column: 0 });
    }
    return true;
  }

  async show(which: Which): Promise<boolean> {
    const cell = this.find(which);
    if (!cell) {
      return false;
    }
    this.bringToFront(this.panel);
    await this.edit(cell);
    return true;
  }

  /** Scroll to a cell and put the cursor into it. */
  private async edit(cell: Cell): Promise<void> {
    const { content } = this.panel;
    content.activeCellIndex = this.cells.indexOf(cell);
    await content.scrollToItem(content.activeCellIndex, 'smart');
    await cell.ready;
    content.mode = 'edit';
    cell.editor?.focus();
  }

  open(what: CellRequests['open'][0]): Promise<string> {
    return this.openPanel(what).then(
      () => 'opened',
      (error: Error) => error.message
    );
  }

  outputs({ type }: CellRequests['outputs'][0]): unknown[] {
    return this.cells.flatMap(({ model }) => {
      const outputs = isCodeCellModel(model) ? model.outputs : undefined;
      return Array.from({ length: outputs?.length ?? 0 }, (_, at) => outputs?.get(at).data[type]).filter(held => held !== undefined);
    });
  }
}
