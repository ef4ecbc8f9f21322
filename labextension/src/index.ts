import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IEditorExtensionRegistry, IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { INotebookTracker } from '@jupyterlab/notebook';
import { addCellLanguages, addModelfileLanguage, MODELFILE_TYPE } from './lab/language';
import { addPanelRenderer } from './lab/panel_output';

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
      mimeTypes: [MODELFILE_TYPE],
      contentType: 'file',
      fileFormat: 'text'
    });
  }
};

/** Colours where a Modelfile is written or shown. */
const language: JupyterFrontEndPlugin<void> = {
  id: 'ollama-magics:language',
  description: 'Colours Modelfiles in cells, files and Markdown.',
  autoStart: true,
  requires: [IEditorLanguageRegistry, IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, languages: IEditorLanguageRegistry, extensions: IEditorExtensionRegistry) => {
    addModelfileLanguage(languages);
    addCellLanguages(extensions);
  }
};

/** A panel whose kernel is gone shows its saved form, not an error. */
const panels: JupyterFrontEndPlugin<void> = {
  id: 'ollama-magics:panels',
  description: 'Shows a live panel where its kernel is there, and its saved form where it is not.',
  autoStart: true,
  optional: [INotebookTracker],
  activate: ({ shell }: JupyterFrontEnd, tracker: INotebookTracker | null) => {
    tracker?.widgetAdded.connect((_, notebook) => addPanelRenderer(notebook, ({ id }) => shell.activateById(id)));
  }
};

export default [files, language, panels];
