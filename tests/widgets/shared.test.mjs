// The shared modules of the views that need no page; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { BlockStream } = await load('blocks.mjs');
const { allowed, destination } = await load('links.mjs');
const { clock, shortCount } = await load('figures.mjs');
const { visible } = await load('visible.mjs');

const ANSWER = `# Title

A paragraph of *two*
lines.

- one

- two
    1. inner

| a | b |
|---|---|
| 1 | 2 |

Head
====

\`\`\`py
x = 1

y = 2
\`\`\`

> quote

last [link][r]

[r]: https://good.example
`;

const raws = tokens => tokens.map(token => [token.type, token.raw]);

test('blocks settle once, in order, and are those of the whole text', () => {
  for (const size of [1, 2, 7, 50]) {
    const stream = new BlockStream();
    const settled = [];
    let open = [];
    for (let end = size; end < ANSWER.length + size; end += size) {
      const blocks = stream.update(ANSWER.slice(0, end));
      settled.push(...blocks.settled);
      open = blocks.open;
      assert.equal([...settled, ...open].map(token => token.raw).join('').length, Math.min(end, ANSWER.length));
    }
    const whole = new BlockStream().update(ANSWER, true).settled;
    assert.deepEqual(raws([...settled, ...open]), raws(whole));
  }
});

test('a long answer is parsed a bounded number of times', () => {
  const stream = new BlockStream();
  const paragraph = 'word '.repeat(20) + '\n\n';
  let text = '';
  let parsed = 0;
  for (let i = 0; i < 300; i++) {
    text += paragraph;
    const { settled, open } = stream.update(text);
    parsed += [...settled, ...open].reduce((sum, token) => sum + token.raw.length, 0);
  }
  assert.ok(parsed < 4 * text.length, `${parsed} of ${text.length}`);
});

test('carriage returns do not shift the blocks', () => {
  const stream = new BlockStream();
  const text = 'one\r\n\r\ntwo\r\rthree\r\n\r\nfour';
  const settled = [];
  let open = [];
  for (let end = 1; end <= text.length; end++) {
    const blocks = stream.update(text.slice(0, end));
    settled.push(...blocks.settled);
    open = blocks.open;
  }
  assert.equal([...settled, ...open].filter(token => token.type === 'paragraph').length, 4);
});

test('only links to the web and to mailboxes may be followed', () => {
  for (const href of ['javascript:alert(1)', ' JaVaScRiPt:1', 'data:text/html,x', '//evil.example', '/local', 'vbscript:1', 'http://', 'file:///x', '']) {
    assert.equal(allowed(href), null, href);
  }
  assert.equal(destination(allowed('https://good.example:8080/a')), 'good.example');
  assert.equal(destination(allowed('mailto:a@b.example')), 'a@b.example');
});

test('acting characters are named', () => {
  assert.equal(visible('a\x1b[31m\r\nb\u202e\u{e0041}\ud800\x9b\x7f'), 'a␛[31m\nb⟨U+202E⟩⟨U+E0041⟩⟨U+D800⟩⟨U+009B⟩␡');
  assert.equal(visible('\u{1f600} שלום\u200f'), '\u{1f600} שלום\u200f');
});

test('figures', () => {
  assert.deepEqual([58, 1900, 8192, 131072].map(shortCount), ['58', '1.9k', '8.2k', '131k']);
  assert.deepEqual([0.5, 28.9, 65, 7380].map(clock), ['0 s', '28 s', '1 min 5 s', '2 h 3 min']);
});
