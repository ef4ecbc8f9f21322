// Bundles the views of the panels into the Python package, or (with --modules OUT) the shared modules one by one for the unit tests.
import { build } from 'esbuild';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { dirname, join } from 'node:path';

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  legalComments: 'none',
  loader: { '.css': 'text' },
  logLevel: 'warning',
  target: 'es2022'
};

// A test has to use the same CodeMirror as the module it tests.
const installedCodeMirror = {
  name: 'installed-codemirror',
  setup(builder) {
    const { resolve } = createRequire(import.meta.url);
    builder.onResolve({ filter: /^@(codemirror|lezer)\// }, ({ path }) => ({ path: pathToFileURL(resolve(path)).href, external: true }));
  }
};

const modulesAt = process.argv.indexOf('--modules');
if (modulesAt > 0) {
  await build({
    ...common,
    entryNames: '[name]',
    entryPoints: [
      ...['protocol', 'ops', 'blocks', 'figures', 'visible', 'links', 'edits', 'card', 'highlight', 'languages'].map(name => `src/shared/${name}.ts`),
      ...['pictures', 'threadstate', 'threadwords'].map(name => `src/widgets/${name}.ts`),
      ...['edit', 'marks', 'scale', 'stops'].map(name => `src/widgets/tune/${name}.ts`),
      ...['cell', 'dropped', 'modelfile', 'switch', 'values'].map(name => `src/language/${name}.ts`)
    ],
    outdir: process.argv[modulesAt + 1],
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    plugins: [installedCodeMirror]
  });
} else {
  const css = {
    // The style sheet travels inside the library as text; esbuild's own loader for text would keep comments and blanks.
    name: 'minified-css',
    setup(builder) {
      builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const sheet = await build({ entryPoints: [path], bundle: true, minify: true, write: false, logLevel: 'warning', loader: { '.css': 'css' } });
        return { contents: sheet.outputFiles[0].text.trim(), loader: 'text' };
      });
    }
  };
  const outdir = join(here, '..', 'ollama_magics', 'widgets', 'static');
  const { metafile } = await build({
    ...common,
    entryPoints: { library: 'src/widgets/library.ts', panel: 'src/widgets/panel.ts' },
    metafile: true,
    minify: true,
    outdir,
    plugins: [css]
  });
  writeFileSync(join(outdir, 'third-party-licenses.txt'), licenses(Object.keys(metafile.inputs)));
}

// Returns name, version and licence text of every package that `inputs` (paths of bundled files) come from.
function licenses(inputs) {
  const folders = inputs.map(path => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[0]).filter(Boolean);
  return [...new Set(folders)]
    .sort()
    .map(folder => {
      const { name, version } = JSON.parse(readFileSync(join(here, folder, 'package.json'), 'utf8'));
      const file = readdirSync(join(here, folder)).find(entry => /^licen[cs]e/i.test(entry));
      if (!file) {
        throw new Error(`${name} has no licence text`);
      }
      return `${name} ${version}\n\n${readFileSync(join(here, folder, file), 'utf8').trim()}\n`;
    })
    .join('\n');
}
