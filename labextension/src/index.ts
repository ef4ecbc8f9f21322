import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker } from '@jupyterlab/notebook';
import { addPanelRenderer } from './lab/panel_output';

const MODELFILE = 'text/x-ollama-modelfile';

/** Files called Modelfile open as text with a type of their own. */
const files: JupyterFrontEndPlugin<void> = {
  id: 'ollama-magics:files',
  description: 'Registers the file type of Modelfiles.',
  autoStart: true,
  activate: ({ docRegistry }: JupyterFrontEnd) => {
    docRegistry.addFileType({
      name: 'modelfile',
      displayName: 'Modelfile',
      pattern: '^Modelfile$',
      extensions: ['.modelfile'],
      mimeTypes: [MODELFILE],
      contentType: 'file',
      fileFormat: 'text'
    });
  }
};

/** A panel whose kernel is gone shows its saved form, not an error. */
const panels: JupyterFrontEndPlugin<void> = {
  id: 'ollama-magics:panels',
  description: 'Shows a live panel where its kernel is there, and its saved form where it is not.',
  autoStart: true,
  optional: [INotebookTracker],
  activate: (_: JupyterFrontEnd, tracker: INotebookTracker | null) => {
    tracker?.widgetAdded.connect((__, notebook) => addPanelRenderer(notebook));
  }
};

export default [files, panels];
