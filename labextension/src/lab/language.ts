// The language in JupyterLab: for cells with our magics, for files, and for fenced blocks of Markdown.
import { EditorExtensionRegistry, type IEditorExtensionRegistry, type IEditorLanguageRegistry } from '@jupyterlab/codemirror';
import { MODELFILE } from '../language/highlight';
import { languageSwitch } from '../language/switch';

/** The type of a file that holds a Modelfile. */
export const MODELFILE_TYPE = 'text/x-ollama-modelfile';

/** Register the language of Modelfiles; fences name it `modelfile`. */
export function addModelfileLanguage(languages: IEditorLanguageRegistry): void {
  languages.addLanguage({
    name: 'Modelfile',
    alias: ['modelfile', 'ollama'],
    mime: MODELFILE_TYPE,
    extensions: ['modelfile'],
    filename: /^Modelfile$/,
    support: MODELFILE
  });
}

/** Give each code cell the language that its first line asks for. */
export function addCellLanguages(extensions: IEditorExtensionRegistry): void {
  extensions.addExtension({
    name: 'ollama-magics:cells',
    factory: ({ model: { sharedModel } }) =>
      'cell_type' in sharedModel && sharedModel.cell_type === 'code'
        ? EditorExtensionRegistry.createImmutableExtension(languageSwitch(sharedModel.getSource()))
        : null
  });
}
