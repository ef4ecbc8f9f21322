// The module that each panel carries. The views themselves are one library model a kernel, loaded once a page: anywidget sends a module
// with every instance, and this one is a few hundred bytes instead of the whole.
import type { Cleanup, RenderContext, WidgetModel } from './model';

interface Library {
  mount(context: RenderContext): Cleanup;
}

const pages = globalThis as { ollamaMagicsLibraries?: Map<string, Promise<Library>> };

async function load(model: WidgetModel): Promise<Library> {
  const reference = String(model.get('library')).replace('IPY_MODEL_', '');
  const library = await model.widget_manager.get_model(reference);
  if (!library) {
    throw new Error('the library of the panels is not on this page');
  }
  const version = String(library.get('version'));
  const loaded = (pages.ollamaMagicsLibraries ??= new Map<string, Promise<Library>>());
  let module = loaded.get(version);
  if (!module) {
    module = evaluate(library.get('code') as DataView<ArrayBuffer>);
    loaded.set(version, module);
  }
  return module;
}

/** Run a module that comes as gzipped text. */
async function evaluate(code: DataView<ArrayBuffer>): Promise<Library> {
  const text = await new Response(new Blob([code]).stream().pipeThrough(new DecompressionStream('gzip'))).text();
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  try {
    return (await import(/* webpackIgnore: true */ url)) as Library;
  } finally {
    URL.revokeObjectURL(url);
  }
}

export default {
  async render(context: RenderContext): Promise<Cleanup> {
    return (await load(context.model)).mount(context);
  }
};
