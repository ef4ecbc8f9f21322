// Bundles the views of the panels into the Python package, or (with --modules OUT) the shared modules one by one for the unit tests.
import { build } from 'esbuild';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
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

const modulesAt = process.argv.indexOf('--modules');
if (modulesAt > 0) {
  await build({
    ...common,
    entryPoints: ['src/shared/protocol.ts', 'src/shared/blocks.ts', 'src/shared/figures.ts', 'src/shared/visible.ts', 'src/shared/links.ts'],
    outdir: process.argv[modulesAt + 1],
    outExtension: { '.js': '.mjs' },
    platform: 'node'
  });
} else {
  const css = {
    // The style sheet travels inside the library as text; esbuild's own loader for text would keep comments and blanks.
    name: 'minified-css',
    setup(builder) {
      builder.onLoad({ filter: /\.css$/ }, async ({ path }) => {
        const sheet = await build({ entryPoints: [path], minify: true, write: false, logLevel: 'warning', loader: { '.css': 'css' } });
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
