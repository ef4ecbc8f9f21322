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
    const url = URL.createObjectURL(new Blob([String(library.get('code'))], { type: 'text/javascript' }));
    module = (import(/* webpackIgnore: true */ url) as Promise<Library>).finally(() => URL.revokeObjectURL(url));
    loaded.set(version, module);
  }
  return module;
}

export default {
  async render(context: RenderContext): Promise<Cleanup> {
    return (await load(context.model)).mount(context);
  }
};
