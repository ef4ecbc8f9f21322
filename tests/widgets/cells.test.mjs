// Cells and edits of their text, as far as no page is needed; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { createdModel, isSameModel } = await load('cell.mjs');
const { applied, difference } = await load('edits.mjs');

const HALF = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

test('the model of a cell is the first word that is no option', () => {
  const heads = {
    '%%modelfile mario\nFROM x': 'mario',
    '\n  %%modelfile  --chat mario:v2 --no-pull\n': 'mario:v2',
    '%%modelfile -q q4_K_M --host http://a:1 mario': 'mario',
    '%%modelfile --quantize=q8_0 "mario"': 'mario',
    '%%modelfile --chat\nmario': undefined,
    '%%modelfiles mario': undefined,
    '%%chat mario\nHello': undefined,
    '# %%modelfile mario': undefined
  };
  for (const [source, name] of Object.entries(heads)) {
    assert.equal(createdModel(source), name, source);
  }
});

test('names of the same model', () => {
  for (const [one, other, same] of [
    ['mario', 'Mario:latest', true],
    ['registry.ollama.ai/library/mario', 'mario', true],
    ['mario:v2', 'mario', false],
    ['me/mario', 'mario', false]
  ]) {
    assert.equal(isSameModel(one, other), same, `${one} ${other}`);
  }
});

test('the difference of two texts makes one of the other and takes no character apart', () => {
  const letters = ['a', 'b', '\n', '😀', '😁', 'é', '\u{10437}'];
  let seed = 7;
  const next = limit => (seed = (seed * 1103515245 + 12345) % 2 ** 31) % limit;
  const text = () => Array.from({ length: next(9) }, () => letters[next(letters.length)]).join('');
  for (let round = 0; round < 4000; round++) {
    const [before, after] = [text(), text()];
    const edit = difference(before, after);
    assert.equal(applied(before, [edit]), after);
    assert.doesNotMatch(edit.text, HALF);
    assert.doesNotMatch(before.slice(edit.from, edit.to), HALF);
  }
  assert.deepEqual(difference('PARAMETER temperature 0.6\nSYSTEM x', 'PARAMETER temperature 0.5\nSYSTEM x'), { from: 24, to: 25, text: '5' });
});

test('edits of one text are made together', () => {
  const edits = [
    { from: 0, to: 1, text: 'A' },
    { from: 3, to: 3, text: '!' }
  ];
  assert.equal(applied('abc', edits), 'Abc!');
});
