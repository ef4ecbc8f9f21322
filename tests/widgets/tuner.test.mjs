// What the tuner's view decides without a page; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { readNumber, Scale } = await load('scale.mjs');
const { carried, carriedSpans, difference, joined, pieces, within } = await load('marks.mjs');
const { readStop, shownStop } = await load('stops.mjs');
const { Edit, Edits } = await load('edit.mjs');

const STATE = JSON.parse(readFileSync(join(dirname(fileURLToPath(import.meta.url)), 'tuner_state.json'), 'utf8'));

/** The same numbers on every run. */
function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (state * 1664525 + 1013904223) % 4294967296;
    yield state / 4294967296;
  }
}

/** Clocks that run when they are told to. */
class Clock {
  due = [];
  at = 0;
  later = (action, ms) => {
    const entry = { action, at: this.at + ms };
    this.due.push(entry);
    return () => (this.due = this.due.filter(other => other !== entry));
  };
  pass(ms) {
    this.at += ms;
    for (let next = this.first(); next; next = this.first()) {
      this.due = this.due.filter(other => other !== next);
      next.action();
    }
  }
  first() {
    return this.due.filter(({ at }) => at <= this.at).sort((a, b) => a.at - b.at)[0];
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve));

/** An edit whose requests wait until they are answered. */
function wired() {
  const clock = new Clock();
  const sent = [];
  const answers = [];
  let released = 0;
  const edit = new Edit({
    send: (value, how) => {
      sent.push([value, how]);
      return new Promise((resolve, reject) => answers.push({ resolve, reject }));
    },
    released: () => released++,
    later: clock.later
  });
  const answer = async (kind = 'resolve') => {
    answers.shift()[kind]();
    await turn();
  };
  return { clock, sent, edit, answer, released: () => released };
}

test('every value that a slider stops at is reached again from its place', () => {
  for (const param of STATE.params.filter(({ scale }) => scale)) {
    const scale = new Scale(param);
    for (let share = 0; share <= 1; share += 1 / 64) {
      const value = scale.value(scale.min + share * (scale.max - scale.min));
      assert.equal(scale.value(scale.position(value)), value, `${param.name} ${value}`);
      assert.ok(scale.holds(value), `${param.name} ${value}`);
      assert.ok(Math.abs(scale.share(value) - share) < 0.06, `${param.name} ${value} stands at ${share}`);
    }
  }
});

test('arrow keys go through a slider from end to end and back', () => {
  for (const param of STATE.params.filter(({ scale }) => scale)) {
    const scale = new Scale(param);
    const up = [param.low];
    while (up.at(-1) < param.high) {
      const next = scale.moved(up.at(-1), 1);
      assert.ok(next > up.at(-1), `${param.name} sticks at ${next}`);
      up.push(next);
    }
    assert.equal(scale.moved(param.high, 1), param.high);
    const down = [param.high];
    while (down.at(-1) > param.low) {
      down.push(scale.moved(down.at(-1), -1));
    }
    assert.deepEqual(down.reverse(), up);
    assert.equal(scale.moved(param.low, 10), up[Math.min(10, up.length - 1)]);
  }
});

test('a logarithmic slider stops at numbers that a person would type', () => {
  const scale = new Scale({ scale: 'log2', low: 2048, high: 131072, step: 0.5 });
  assert.deepEqual([2048, 3072, 4096, 6144, 8192], [0, 1, 2, 3, 4].map(steps => scale.moved(2048, steps)));
  assert.equal(scale.share(16384), 0.5);
  assert.equal(scale.share(1), 0);
  assert.equal(scale.share(1e9), 1);
  assert.equal(scale.moved(5000, 1), 6144);
});

test('values beyond a slider are held at its end by the thumb only', () => {
  const scale = new Scale({ scale: 'linear', low: 0, high: 2, step: 0.05 });
  assert.equal(scale.holds(3), false);
  assert.equal(scale.share(3), 1);
  assert.equal(scale.moved(0.1, 2), 0.2);
  assert.equal(scale.moved(3, -1), 1.95);
});

test('numbers are read as they are typed', () => {
  assert.deepEqual(['0.6', ' 1,5 ', '-1', '1e3', '.5'].map(readNumber), [0.6, 1.5, -1, 1000, 0.5]);
  assert.deepEqual(['', ' ', '-', '0.6x', 'Infinity', 'zwei'].map(readNumber), [null, null, null, null, null, null]);
});

test('stop sequences come back as they were shown', () => {
  assert.equal(shownStop('\n\nUser:'), '\\n\\nUser:');
  assert.equal(readStop('a\\tb'), 'a\tb');
  assert.equal(readStop('C:\\x'), 'C:\\x');
  for (const stop of ['<|eot_id|>', '\n', '\\n', '\\\\n', 'a\tb\\', '\r\n', 'é\u0000']) {
    assert.equal(readStop(shownStop(stop)), stop);
  }
});

test('a difference turns one text into the other and parts no character', () => {
  const random = numbers(7);
  const letters = ['a', 'b', '\n', 'é', '👩‍👧', '😀', '😁', '\u00a0'];
  const text = () => Array.from({ length: Math.floor(random.next().value * 8) }, () => letters[Math.floor(random.next().value * letters.length)]).join('');
  for (let round = 0; round < 3000; round++) {
    const [old, now] = [text(), text()];
    const change = difference(old, now);
    if (old === now) {
      assert.equal(change, null);
      continue;
    }
    const put = now.slice(change.start, change.newEnd);
    assert.equal(old.slice(0, change.start) + put + old.slice(change.oldEnd), now);
    assert.ok(put.isWellFormed() && old.slice(change.start, change.oldEnd).isWellFormed(), JSON.stringify([old, now, change]));
  }
});

test('a caret stays at its words', () => {
  const change = difference('one two three', 'one and two three');
  assert.equal(carried(3, change), 3);
  assert.equal(carried(13, change), 17);
  assert.equal(carried(7, difference('one two three', 'one three')), 5);
});

test('marks go with the text that is typed', () => {
  const change = difference('keep old words', 'keep very old words');
  assert.deepEqual(carriedSpans([[5, 8], [9, 14]], change), [[10, 13], [14, 19]]);
  assert.deepEqual(carriedSpans([[5, 8]], difference('keep old words', 'keep words')), []);
  assert.deepEqual(joined([[10, 13]], [5, 10]), [[5, 13]]);
  assert.deepEqual(within([[0, 4], [6, 9]], 3, 8), [[0, 1], [3, 5]]);
});

test('pieces join to the text, whatever is marked', () => {
  const random = numbers(3);
  for (let round = 0; round < 500; round++) {
    const text = 'abcdefghij'.slice(0, Math.floor(random.next().value * 11));
    const spans = () =>
      Array.from({ length: 3 }, () => [Math.floor(random.next().value * 12), Math.floor(random.next().value * 12)].sort((a, b) => a - b)).filter(([a, b]) => b > a);
    const [changed, dropped] = [spans(), spans()];
    const made = pieces(text, changed, dropped);
    assert.equal(made.map(piece => piece.text).join(''), text);
    let at = 0;
    for (const piece of made) {
      assert.equal(piece.changed, changed.some(([start, end]) => start <= at && at < end && at < text.length));
      at += piece.text.length;
    }
  }
});

test('a burst of changes is one request at a time, and the last value wins', async () => {
  const { clock, sent, edit, answer } = wired();
  [1, 2, 3].forEach(value => edit.change(value, 'drag'));
  assert.deepEqual(sent, [[1, 'drag']]);
  clock.pass(100);
  edit.change(4, 'drag');
  assert.deepEqual(sent, [[1, 'drag']], 'the first is not answered yet');
  edit.change(5, 'release');
  await answer();
  clock.pass(100);
  assert.deepEqual(sent, [[1, 'drag'], [5, 'release']]);
});

test('what is let go goes out at once, not at the next beat', async () => {
  const { sent, edit, answer } = wired();
  edit.change(1, 'drag');
  await answer();
  edit.change(2, 'drag');
  assert.equal(sent.length, 1);
  edit.change(2, 'release');
  assert.deepEqual(sent[1], [2, 'release']);
});

test('a field is the person’s until the kernel has its value, and a little longer', async () => {
  const { clock, edit, answer, released } = wired();
  edit.change('0.6', 'typing');
  assert.ok(edit.held);
  clock.pass(100);
  await answer();
  assert.ok(edit.held);
  clock.pass(599);
  assert.equal(released(), 0);
  clock.pass(1);
  assert.equal(released(), 1);
  assert.equal(edit.held, false);
});

test('a request that fails gives the field back', async () => {
  const { clock, edit, answer, released } = wired();
  edit.change(1, 'release');
  await answer('reject');
  clock.pass(1000);
  assert.equal(released(), 1);
  assert.equal(edit.held, false);
});

test('a forgotten value does not come back with its answer', async () => {
  const { clock, sent, edit, answer } = wired();
  edit.change(1, 'drag');
  edit.change(2, 'drag');
  edit.drop();
  assert.equal(edit.held, false);
  await answer();
  clock.pass(1000);
  assert.deepEqual(sent, [[1, 'drag']]);
});

test('long texts go out when the person pauses', () => {
  const { clock, sent, edit } = wired();
  const book = 'x'.repeat(30_000);
  edit.change(book, 'typing');
  clock.pass(400);
  edit.change(`${book}y`, 'typing');
  clock.pass(400);
  assert.deepEqual(sent, []);
  clock.pass(100);
  assert.deepEqual(sent, [[`${book}y`, 'typing']]);
});

test('before a create everything is with the kernel', async () => {
  const { sent, edit, answer } = wired();
  const edits = new Edits();
  edits.add(edit);
  edit.change('a', 'typing');
  edit.change('ab', 'typing');
  let done = false;
  const finished = edits.finish().then(() => (done = true));
  await answer();
  assert.equal(done, false);
  assert.deepEqual(sent.at(-1), ['ab', 'typing']);
  await answer();
  await finished;
  assert.ok(done);
});
