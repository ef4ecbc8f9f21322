// The language of Modelfiles as the browser reads it; started by test_language.py, which brings stories told by the Python parser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { resolve } = createRequire(join(process.env.LABEXTENSION, 'package.json'));
const installed = name => import(pathToFileURL(resolve(name)));

const { cellKind, readHead } = await load('cell.mjs');
const { kept } = await load('dropped.mjs');
const { readLine } = await load('modelfile.mjs');
const { languageSwitch } = await load('switch.mjs');
const { accepts } = await load('values.mjs');
const { EditorState } = await installed('@codemirror/state');
const { ensureSyntaxTree, language } = await installed('@codemirror/language');
const { history, undo } = await installed('@codemirror/commands');
const { python } = await installed('@codemirror/lang-python');

const stories = JSON.parse(readFileSync(process.env.STORIES, 'utf8'));

/** Every line of a text, read one after the other. */
function read(text, state = { fresh: true }) {
  return text.split('\n').map(line => {
    const result = readLine(line, state);
    state = result.next;
    return { ...result, line };
  });
}

/** Of each line, `style:text` of every span that has a look. */
function looks(text, state) {
  return read(text, state).map(({ line, tokens }) =>
    tokens.filter(({ style }) => style !== 'text').map(({ from, to, style }) => `${style}:${line.slice(from, to)}`)
  );
}

/** Keyword, argument and value of each instruction, as the lines tell. */
function instructions(text) {
  const found = [];
  let open = false;
  for (const { line, instruction, value, next } of read(text)) {
    if (instruction) {
      const text = kept(line.slice(...value));
      const quoted = line[value[0] - 1] === '"';
      found.push([instruction.keyword, instruction.argument ?? null, quoted ? text : text.replace(/[ \t]+$/, '')]);
    } else if (open) {
      found.at(-1)[2] += `\n${kept(line.slice(...value))}`;
    }
    if (value && !instruction && !open) {
      break;
    }
    open = next.open !== undefined;
  }
  return found;
}

test('instructions and the ends of values are those of the Python parser, up to the first fault', () => {
  assert.ok(stories.texts.length > 500);
  for (const { text, whole, expected } of stories.texts) {
    const found = instructions(text);
    assert.deepEqual(whole ? found : found.slice(0, expected.length), expected, JSON.stringify(text));
  }
});

test('tokens of any text are in order, do not overlap and stay in their line', () => {
  for (const { text } of stories.texts) {
    for (const { line, tokens } of read(text)) {
      let at = 0;
      for (const { from, to } of tokens) {
        assert.ok(at <= from && from < to && to <= line.length, JSON.stringify([text, line, tokens]));
        at = to;
      }
    }
  }
});

test('the same characters are dropped', () => {
  let printable = false;
  let edge = 0;
  for (let code = 0; code <= 0x10ffff; code++) {
    if (stories.edges[edge] === code) {
      printable = !printable;
      edge++;
    }
    if (code !== 9 && code !== 10 && code !== 13) {
      assert.equal(kept(String.fromCodePoint(code)) !== '', printable, code.toString(16));
    }
  }
});

test('values are taken or refused as the Python tables do', () => {
  for (const [kind, text, taken] of stories.values) {
    assert.equal(accepts(kind, text), taken, `${kind} ${text}`);
  }
});

test('each part of an instruction has its look', () => {
  const text = `# note
FROM llama3.2 # part of the name
PARAMETER temperature 0.6
parameter num_ctx 1.5
PARAMETER num_ctxx 8192
PARAMETER mirostat 1
PARAMETER use_mmap true
PARAMETER stop User:
PARAMETER system hi
MESSAGE user Do you repair e-bikes?
MESSAGE tool no
SYTEM x
REQUIRES 0.14.0
PARAMETER seed "42"
constructor x
__proto__ x`;
  assert.deepEqual(looks(text), [
    ['comment:# note'],
    ['instruction:FROM', 'model:llama3.2 # part of the name'],
    ['instruction:PARAMETER', 'parameter:temperature', 'number:0.6'],
    ['instruction:parameter', 'parameter:num_ctx', 'unknown:1.5'],
    ['instruction:PARAMETER', 'unknown:num_ctxx'],
    ['instruction:PARAMETER', 'ignored:mirostat'],
    ['instruction:PARAMETER', 'parameter:use_mmap', 'bool:true'],
    ['instruction:PARAMETER', 'parameter:stop', 'string:User:'],
    ['instruction:PARAMETER', 'instruction:system'],
    ['instruction:MESSAGE', 'role:user'],
    ['instruction:MESSAGE', 'unknown:tool'],
    ['unknown:SYTEM'],
    ['instruction:REQUIRES', 'number:0.14.0'],
    ['instruction:PARAMETER', 'parameter:seed', 'quote:"', 'number:42', 'quote:"'],
    ['unknown:constructor'],
    ['unknown:__proto__']
  ]);
});

test('what is still being typed is not called wrong', () => {
  assert.deepEqual(looks('FRO\nPARAMETER tem\nMESSAGE us\nFRX\nFROM'), [
    [],
    ['instruction:PARAMETER'],
    ['instruction:MESSAGE'],
    ['unknown:FRX'],
    ['instruction:FROM']
  ]);
});

test('signs where a space belongs are marked, and the value behind them still has its look', () => {
  assert.deepEqual(looks('FROM: a\nPARAMETER temperature=0.7\nMESSAGE user: "hi"'), [
    ['instruction:FROM', 'unknown::', 'model:a'],
    ['instruction:PARAMETER', 'parameter:temperature', 'unknown:=0.7'],
    ['instruction:MESSAGE', 'role:user', 'unknown::', 'quote:"', 'string:hi', 'quote:"']
  ]);
});

test('a quote ends where Ollama ends it, so that swallowed instructions look swallowed', () => {
  assert.deepEqual(looks('SYSTEM """x""" # no\nPARAMETER seed 1\ny"""  \nFROM a'), [
    ['instruction:SYSTEM', 'quote:"""', 'string:x""" # no'],
    ['string:PARAMETER seed 1'],
    ['string:y', 'quote:"""'],
    ['instruction:FROM', 'model:a']
  ]);
  assert.deepEqual(looks('SYSTEM "a" b\nFROM c"\nSYSTEM "he said "hi""'), [
    ['instruction:SYSTEM', 'quote:"', 'string:a" b'],
    ['string:FROM c', 'quote:"'],
    ['instruction:SYSTEM', 'quote:"', 'string:he said "hi"', 'quote:"']
  ]);
  assert.deepEqual(looks('SYSTEM """"""\nSYSTEM """""\nFROM a'), [
    ['instruction:SYSTEM', 'quote:"""', 'quote:"""'],
    ['instruction:SYSTEM', 'quote:"""', 'string:""'],
    ['string:FROM a']
  ]);
});

test('characters that Ollama drops are marked, but not in comments, where all is dropped', () => {
  assert.deepEqual(looks('SYSTEM "a\u00a0b\u200b"\u200b\nSYSTEM "\u200b""x"""\n# a\u00a0b\n\u200bFROM a'), [
    ['instruction:SYSTEM', 'quote:"', 'string:a', 'dropped:\u00a0', 'string:b', 'dropped:\u200b', 'quote:"', 'dropped:\u200b'],
    ['instruction:SYSTEM', 'quote:"', 'dropped:\u200b', 'quote:""', 'string:x', 'quote:"""'],
    ['comment:# a\u00a0b'],
    ['dropped:\u200b', 'instruction:FROM', 'model:a']
  ]);
});

test('templates: actions, trimming, comments and strings over several lines', () => {
  const text = `TEMPLATE """{{- if and .System (ne $x.Role "a\\"b") -}}S {{ .System }}
{{- /* a note
on */ -}}
{{ range $i, $_ := .Messages }}{{ len (slice $.Messages 1) | printf \`%d
\` }}{{ end }}{{ nope }}"""`;
  assert.deepEqual(looks(text), [
    [
      ...['instruction:TEMPLATE', 'quote:"""', 'delimiter:{{-', 'word:if', 'callee:and', 'field:.System', 'callee:ne', 'local:$x', 'field:.Role'],
      ...['string:"a\\"b"', 'delimiter: -}}', 'string:S ', 'delimiter:{{', 'field:.System', 'delimiter:}}']
    ],
    ['delimiter:{{-', 'comment: /*', 'comment: a note'],
    ['comment:on */ -', 'delimiter:}}'],
    [
      ...['delimiter:{{', 'word:range', 'local:$i', 'local:$_', 'sign::=', 'field:.Messages', 'delimiter:}}', 'delimiter:{{', 'callee:len'],
      ...['callee:slice', 'local:$', 'field:.Messages', 'number:1', 'sign:|', 'callee:printf', 'string:`', 'string:%d']
    ],
    ['string:`', 'delimiter:}}', 'delimiter:{{', 'word:end', 'delimiter:}}', 'delimiter:{{', 'unknown:nope', 'delimiter:}}', 'quote:"""']
  ]);
});

test('an action that the end of the value cuts does not reach into the next instruction', () => {
  assert.deepEqual(looks('TEMPLATE {{ .System\nFROM a')[1], ['instruction:FROM', 'model:a']);
  assert.deepEqual(looks('TEMPLATE "{{ if"\nTEMPLATE x')[1], ['instruction:TEMPLATE', 'string:x']);
});

test('${name} is shown, and its value not judged, only where it is replaced', () => {
  const text = 'PARAMETER temperature ${t}\nSYSTEM "Hi ${name}!"';
  assert.deepEqual(looks(text, { substitutes: true }), [
    ['instruction:PARAMETER', 'parameter:temperature', 'local:${t}'],
    ['instruction:SYSTEM', 'quote:"', 'string:Hi ', 'local:${name}', 'string:!', 'quote:"']
  ]);
  assert.deepEqual(looks(text)[0], ['instruction:PARAMETER', 'parameter:temperature', 'unknown:${t}']);
});

test('a cell is ours by its first line, as IPython reads it', () => {
  for (const head of ['%%modelfile', '%%modelfile x --chat\nFROM a', ' \n\t\n%%modelfile x', '%%modelfile \n', '  %%modelfile x']) {
    assert.equal(cellKind(head), 'modelfile', head);
  }
  for (const head of ['%%chat pirate\nhi', '%%compare a b']) {
    assert.equal(cellKind(head), 'prose', head);
  }
  for (const head of ['', 'x = 1', '%modelfile x', '%%modelfile?', '%%modelfiles', '%%modelfile\tx', '# c\n%%modelfile x', '%%timeit', '%%chats']) {
    assert.equal(cellKind(head), undefined, head);
  }
  assert.deepEqual(readHead('%%modelfile pip --chat --subst'), {
    tokens: [
      { from: 0, to: 11, style: 'magic' },
      { from: 12, to: 15, style: 'text' },
      { from: 16, to: 22, style: 'flag' },
      { from: 23, to: 30, style: 'flag' }
    ],
    substitutes: true
  });
});

/** An editor as JupyterLab makes one for a cell: Python, and our switch. */
const editor = doc => EditorState.create({ doc, extensions: [python(), languageSwitch(doc), history({ newGroupDelay: 0 })] });
const named = state => state.facet(language).name;
const edit = (state, from, to, insert) => state.update({ changes: { from, to, insert } }).state;

/** Names of the nodes of the whole text, in order. */
function nodes(state) {
  const names = [];
  ensureSyntaxTree(state, state.doc.length, 5000).iterate({ enter: ({ type }) => void names.push(type.name) });
  return names.slice(1);
}

test('the language follows the first line while it is typed, deleted, undone', () => {
  let state = editor('');
  for (const character of '%%modelfile') {
    assert.equal(named(state), 'python');
    state = edit(state, state.doc.length, state.doc.length, character);
  }
  assert.equal(named(state), 'modelfile-cell');
  state = edit(state, state.doc.length, state.doc.length, ' x\nFROM a');
  assert.deepEqual(nodes(state), ['magic', 'instruction', 'model']);
  state = edit(state, 2, 11, 'chat');
  assert.equal(named(state), 'prose-cell');
  assert.deepEqual(nodes(state), ['magic']);
  state = edit(state, 0, 1, '');
  assert.equal(named(state), 'python');
  undo({ state, dispatch: transaction => (state = transaction.state) });
  assert.notEqual(named(state), 'python');
});

test('a cell that starts as ours is ours at once, with marks for comments and no brackets that close themselves in prose', () => {
  const state = editor('%%modelfile x --subst\nPARAMETER seed ${s}\n');
  assert.deepEqual(nodes(state), ['magic', 'flag', 'instruction', 'parameter', 'local']);
  assert.deepEqual(state.languageDataAt('commentTokens', 25)[0], { line: '#' });
  assert.deepEqual(editor('%%chat x\nhi (').languageDataAt('closeBrackets', 10)[0], { brackets: [] });
  assert.equal(named(editor('print(1)')), 'python');
});

test('a change far from the first line asks nothing, and one of a long line is followed to its end', () => {
  const state = editor(`%%modelfile x\nSYSTEM "${'long '.repeat(4000)}"\nFROM a`);
  assert.deepEqual(nodes(edit(state, 5000, 5000, 'x')).slice(-2), ['instruction', 'model']);
  assert.deepEqual(nodes(state).filter(name => name === 'instruction'), ['instruction', 'instruction']);
});

test('a line of a megabyte is read in a moment, and where its value ends still counts', () => {
  const text = `TEMPLATE """${'{{ .a }}\u00a0"'.repeat(100_000)}"""`;
  const began = performance.now();
  const lines = read(`${text}\nFROM a`);
  assert.ok(performance.now() - began < 1000);
  assert.ok(lines[0].tokens.length < 10_000);
  assert.deepEqual(lines[1].instruction, { keyword: 'from' });
});
