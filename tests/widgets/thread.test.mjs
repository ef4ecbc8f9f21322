// What a thread decides without a page: words, sizes of images, colours of code; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { Highlighter } = await load('highlight.mjs');
const { languageOf } = await load('languages.mjs');
const { byteCount, MOST_BYTES, ownAddress, refusal } = await load('pictures.mjs');
const { contextWords, endWords, thinkingWords } = await load('threadwords.mjs');
const { isBusy } = await load('threadstate.mjs');

const coloured = (language, text) => {
  const { tokens } = new Highlighter(language).update(text);
  return tokens.filter(({ kind }) => kind !== 'plain').map(({ kind, text }) => [kind, text]);
};

test('words, strings, numbers and comments have their kinds', () => {
  assert.deepEqual(coloured('python', 'def f(x=1.5):  # note\n    return f"{x}\\"" if None else """a\nb"""'), [
    ...[['keyword', 'def'], ['call', 'f'], ['number', '1.5'], ['comment', '# note'], ['keyword', 'return'], ['string', 'f"{x}\\""']],
    ...[['keyword', 'if'], ['name', 'None'], ['keyword', 'else'], ['string', '"""a\nb"""']]
  ]);
  assert.deepEqual(coloured('ts {1,2}', 'const a = `x\n${b}`; // c'), [['keyword', 'const'], ['string', '`x\n${b}`'], ['comment', '// c']]);
  assert.deepEqual(coloured('JSON', '{"a b": "c", "n": -1e3, "t": true}'), [
    ...[['property', '"a b"'], ['string', '"c"'], ['property', '"n"'], ['number', '1e3'], ['property', '"t"'], ['name', 'true']]
  ]);
  assert.deepEqual(coloured('sh', 'ollama run "$M" --verbose $HOME # go'), [
    ...[['name', 'ollama'], ['string', '"$M"'], ['property', '--verbose'], ['property', '$HOME'], ['comment', '# go']]
  ]);
  assert.deepEqual(coloured('sql', 'SELECT * from t -- all'), [['keyword', 'SELECT'], ['keyword', 'from'], ['comment', '-- all']]);
  assert.deepEqual(coloured('html', '<a href="x">b &amp; c</a>'), [
    ...[['keyword', '<a'], ['property', 'href'], ['string', '"x"'], ['keyword', '>'], ['name', '&amp;'], ['keyword', '</a'], ['keyword', '>']]
  ]);
  assert.deepEqual(coloured('css', '.a { color: #fff; }'), [['keyword', '.a'], ['property', 'color'], ['number', '#fff']]);
  assert.deepEqual(coloured('yaml', 'a-b: 1\n- key: "v" # c'), [
    ...[['property', 'a-b'], ['number', '1'], ['property', '- key'], ['string', '"v"'], ['comment', '# c']]
  ]);
  assert.deepEqual(coloured('diff', '@@ 1\n-a\n+b\n c'), [['keyword', '@@ 1'], ['removed', '-a'], ['added', '+b']]);
  assert.deepEqual(coloured('Modelfile', 'FROM tutor\nPARAMETER top_k 5'), [['keyword', 'FROM'], ['keyword', 'PARAMETER'], ['property', 'top_k'], ['number', '5']]);
  assert.deepEqual(coloured('brainfuck', '"def" 1'), []);
});

const LANGUAGES = ['python', 'js', 'json', 'sh', 'html', 'css', 'sql', 'yaml', 'go', 'ruby', 'r', 'diff', 'modelfile', 'none'];
const SAMPLE = `def f(a, "b\\"c", 'd'):\n  """doc\nstring""" # x\n/* c\nc */ let x = \`t\${1}\`; // y\n<a b="c">&lt;\n- k: v\nPARAMETER stop "u"\n@@\n+a\n${'\n'.repeat(3)}end\n`;

// Text without colour may come in any pieces.
const joined = tokens =>
  tokens.reduce((sum, { kind, text }) => {
    const last = sum[sum.length - 1];
    return last?.kind === 'plain' && kind === 'plain' ? [...sum.slice(0, -1), { kind, text: last.text + text }] : [...sum, { kind, text }];
  }, []);

test('every character is shown once, however the text comes', () => {
  for (const language of LANGUAGES) {
    const whole = new Highlighter(language).update(SAMPLE).tokens;
    assert.equal(whole.map(token => token.text).join(''), SAMPLE);
    for (const size of [1, 3, 40]) {
      const highlighter = new Highlighter(language);
      let firm = [];
      let last = [];
      for (let end = size; end < SAMPLE.length + size; end += size) {
        const text = SAMPLE.slice(0, end);
        const { kept, tokens, firm: count } = highlighter.update(text);
        firm = kept === 0 ? [] : firm;
        assert.equal(firm.map(token => token.text).join('').length, kept);
        last = [...firm, ...tokens];
        assert.equal(last.map(token => token.text).join(''), text);
        firm.push(...tokens.slice(0, count));
      }
      assert.deepEqual(joined(last), joined(whole), `${language} by ${size}`);
    }
  }
});

test('a text that is another one begins again', () => {
  const highlighter = new Highlighter('py');
  highlighter.update('a = 1\nb = 2\nc');
  assert.deepEqual(highlighter.update('"x"\ny\nz').kept, 0);
});

test('no text takes long', () => {
  const parts = ['a', '"', "'", '\n', ' ', '-', '--- ', '/*', '<!--', '"""', '\\', '#', '[', 'a:', 'a ', '`', '$', '<a ', '&', '=', '.', 'é'];
  const began = performance.now();
  for (const language of LANGUAGES) {
    for (const part of parts) {
      const text = part.repeat(50_000 / part.length);
      assert.equal(new Highlighter(language).update(text).tokens.reduce((sum, token) => sum + token.text.length, 0), text.length);
    }
  }
  // All 300 of them; one that took time in proportion to the square of its length would take longer alone.
  assert.ok(performance.now() - began < 20_000);
});

test('a fence names its language in many ways', () => {
  assert.equal(languageOf('Python'), languageOf('py title="x"'));
  assert.equal(languageOf('ts,ignore'), languageOf('js'));
  assert.equal(languageOf(''), undefined);
  assert.equal(languageOf('constructor'), undefined);
});

test('only an image that is its own address is shown', () => {
  assert.equal(ownAddress('data:image/png;base64,aGk='), 'data:image/png;base64,aGk=');
  for (const url of ['https://a.example/x.png', 'javascript:alert(1)', 'data:image/svg+xml;base64,aGk=', 'data:text/html,x', 'data:image/png,x', '']) {
    assert.equal(ownAddress(url), null, url);
  }
});

test('images are counted in bytes, and refused by kind and by size with a sentence', () => {
  for (const text of ['', 'a', 'ab', 'abc']) {
    assert.equal(byteCount(`data:image/png;base64,${btoa(text)}`), text.length);
  }
  const file = { name: 'a.png', type: 'image/png', size: MOST_BYTES };
  assert.equal(refusal(file, 0), '');
  assert.equal(refusal(file, 1), 'a.png (7.0 MB) is not attached: a message holds 7.0 MB of images.');
  assert.equal(refusal({ ...file, name: 'a.svg', type: 'image/svg+xml' }, 0), 'a.svg is not attached: images are PNG, JPEG, WebP or GIF.');
});

test('the meter has words from nine tenths on', () => {
  assert.deepEqual(contextWords(1900, 8192), { figures: '1.9k of 8.2k', text: '1.9k of 8.2k', share: 1900 / 8192, full: false });
  assert.equal(contextWords(90, 100).text, '90 of 100, nearly full');
  assert.equal(contextWords(89, 100).full, false);
  assert.equal(contextWords(300, 100).share, 1);
  assert.deepEqual(contextWords(58, null), { figures: '58 tokens', text: '58 tokens', share: 0, full: false });
});

test('thinking says how long and how much', () => {
  assert.equal(thinkingWords({ thought_tokens: null }, 2.14, true), 'Thinking · 2.1 s');
  assert.equal(thinkingWords({ thought_tokens: 74 }, 1.8, false), 'Thought for 1.8 s · 74 tokens');
  assert.equal(thinkingWords({ thought_tokens: 1 }, 65, false), 'Thought for 1 min 5 s · 1 token');
  assert.equal(thinkingWords({}, 0, false), 'Thought');
});

test('an answer is told once when it is whole, a stopped one by two words', () => {
  const told = last => endWords({ model: 'pip', turns: [{ answer: 'old' }, last] });
  assert.equal(told({ answer: 'Yes.', state: 'done' }), 'pip: Yes.');
  assert.equal(told({ answer: 'Ye', state: 'stopped' }), 'Answer stopped');
  assert.equal(endWords({ model: 'pip', turns: [] }), '');
});

test('an answer comes when the kernel says so, and when the last turn shows it', () => {
  assert.equal(isBusy({ busy: true, turns: [{ state: 'done' }] }), true);
  assert.equal(isBusy({ busy: false, turns: [{ state: 'waiting' }] }), true);
  assert.equal(isBusy({ busy: false, turns: [{ state: 'waiting' }, { state: 'done' }] }), false);
  assert.equal(isBusy({ turns: [{ state: 'done' }, { state: 'waiting' }] }), true);
  assert.equal(isBusy({ turns: [] }), false);
});
