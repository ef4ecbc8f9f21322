// The browser's end of the panel protocol, with stories from the kernel's end; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { Channel, RequestFailed } = await load('protocol.mjs');
const { applyOp } = await load('ops.mjs');
const stories = JSON.parse(readFileSync(process.env.STORIES, 'utf8'));

/** A wire that loses, repeats and shuffles, by a seed. */
function badWire(messages, seed) {
  let state = seed + 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const out = messages.filter(() => random() > 0.25).flatMap(message => (random() < 0.25 ? [message, message] : [message]));
  for (let i = out.length - 1; i > 0; i--) {
    if (random() < 0.3) {
      [out[i - 1], out[i]] = [out[i], out[i - 1]];
    }
  }
  return out;
}

/** Timers that a test fires. */
class Hand {
  now = 0;
  due = [];
  later = (ms, action) => {
    const entry = { at: this.now + ms, action };
    this.due.push(entry);
    return () => (this.due = this.due.filter(each => each !== entry));
  };

  move(ms) {
    const end = this.now + ms;
    for (let next = this.next(end); next; next = this.next(end)) {
      this.due = this.due.filter(each => each !== next);
      this.now = next.at;
      next.action();
    }
    this.now = end;
  }

  next(end) {
    return this.due.filter(({ at }) => at <= end).sort((one, two) => one.at - two.at)[0];
  }
}

function listen(story, from = 0) {
  const sent = [];
  const hand = new Hand();
  const drawn = [];
  const timers = { later: hand.later, now: () => hand.now };
  const channel = new Channel({ snapshot: () => story.snapshots[from], send: message => sent.push(message) }, () => drawn.push(hand.now), timers);
  return { channel, sent, hand, drawn };
}

const settled = () => new Promise(resolve => setImmediate(resolve));

const last = story => story.snapshots[story.snapshots.length - 1];

test('every delta in order leads to the state, and nothing is asked', () => {
  for (const story of stories) {
    const { channel, sent } = listen(story);
    story.deltas.forEach(delta => channel.onMessage(structuredClone(delta)));
    assert.deepEqual(channel.state, last(story).state);
    assert.equal(sent.length, 0);
  }
});

test('a view that opens late goes on from its snapshot', () => {
  for (const story of stories) {
    const middle = Math.floor(story.snapshots.length / 2);
    const { channel } = listen(story, middle);
    story.deltas.forEach(delta => channel.onMessage(structuredClone(delta)));
    assert.deepEqual(channel.state, last(story).state);
  }
});

test('over a bad wire a view asks once and ends at the same state', async () => {
  for (const [seed, story] of stories.entries()) {
    const { channel, sent } = listen(story);
    for (const delta of badWire(story.deltas, seed)) {
      channel.onMessage(structuredClone(delta));
      const request = sent.pop();
      if (request) {
        assert.equal(request.method, 'snapshot');
        // The reply comes late: at the state of now, after more deltas may have been missed.
        channel.onMessage({ kind: 'reply', id: request.id, result: structuredClone(last(story)) });
        await settled();
      }
    }
    channel.onMessage({ kind: 'delta', seq: last(story).seq + 2, ops: [] });
    const request = sent.pop();
    if (request) {
      channel.onMessage({ kind: 'reply', id: request.id, result: structuredClone(last(story)) });
      await settled();
    }
    assert.deepEqual(channel.state, last(story).state);
  }
});

test('each request gets its own reply, once', async () => {
  const sent = [];
  const channel = new Channel({ snapshot: () => ({ seq: 0, state: {} }), send: message => sent.push(message) }, () => undefined);
  const first = channel.request('a');
  const second = channel.request('b');
  const ids = sent.map(message => message.id);
  assert.notEqual(ids[0], ids[1]);
  channel.onMessage({ kind: 'reply', id: ids[1], result: 2 });
  channel.onMessage({ kind: 'reply', id: ids[1], result: 'again' });
  channel.onMessage({ kind: 'reply', id: 'of another view', result: 3 });
  channel.onMessage({ kind: 'reply', id: ids[0], error: { code: 'usage', message: 'no', hint: '' } });
  assert.equal(await second, 2);
  await assert.rejects(first, error => error instanceof RequestFailed && error.code === 'usage');
});

test('an op that does not fit changes nothing outside the state', () => {
  for (const p of [['__proto__', 'polluted'], ['constructor', 'prototype', 'polluted'], ['missing', 'x'], []]) {
    assert.throws(() => applyOp({}, { p, v: 1 }), RangeError);
  }
  assert.equal({}.polluted, undefined);
  assert.throws(() => applyOp({ a: 'x' }, { p: ['a'], o: 0, d: 'y' }), RangeError);
  assert.throws(() => applyOp({ a: [] }, { p: ['a', 0], v: 1 }), RangeError);
  for (const [i, n] of [[2, 0], [0, 2], [-1, 1], [0, -1]]) {
    assert.throws(() => applyOp({ a: [1] }, { p: ['a'], i, n, l: [] }), RangeError);
  }
  assert.throws(() => applyOp({ a: 'x' }, { p: ['a'], i: 0, n: 1, l: [] }), RangeError);
});

test('messages of another kind are nobody\'s', () => {
  const { channel } = listen({ snapshots: [{ seq: 0, state: { a: 1 } }] });
  for (const message of [null, 1, 'x', [], {}, { kind: 'other' }, { kind: 'reply' }]) {
    channel.onMessage(message);
  }
  assert.deepEqual(channel.state, { a: 1 });
});

const answer = (text = '') => ({ snapshots: [{ seq: 0, state: { turns: [{ answer: text, stats: '' }], other: { n: 0 } } }] });
const say = (seq, o, d, more = {}) => ({ kind: 'delta', seq, ops: [{ p: ['turns', 0, 'answer'], o, d }], ...more });

test('a message with the words of half a second is shown bit by bit, and whole when the next one comes', () => {
  const { channel, hand, drawn } = listen(answer());
  channel.onMessage(say(1, 0, 'a'.repeat(100), { in: 0.5 }));
  const lengths = [channel.state.turns[0].answer.length];
  for (let step = 0; step < 4; step++) {
    hand.move(100);
    lengths.push(channel.state.turns[0].answer.length);
  }
  assert.deepEqual(lengths, [20, 40, 60, 80, 100]);
  assert.equal(hand.due.length, 0);
  assert.ok(drawn.length >= 5);
  channel.onMessage(say(2, 100, 'b'.repeat(100), { in: 1 }));
  assert.equal(channel.state.turns[0].answer.length, 110);
  channel.onMessage(say(3, 200, 'c'));
  assert.equal(channel.state.turns[0].answer, 'a'.repeat(100) + 'b'.repeat(100) + 'c');
  assert.equal(hand.due.length, 0);
});

test('no character is parted, however slowly it is shown', () => {
  const text = '\u{1f600}a\u{1f1e9}\u{1f1ea}b'.repeat(7);
  for (let seconds = 0.2; seconds < 3; seconds += 0.1) {
    const { channel, hand } = listen(answer());
    channel.onMessage(say(1, 0, text, { in: seconds }));
    for (let step = 0; step < 40; step++) {
      assert.ok(channel.state.turns[0].answer.isWellFormed());
      hand.move(100);
    }
    assert.equal(channel.state.turns[0].answer, text);
  }
});

test('words that are held back are not shown twice when a snapshot has them', () => {
  const story = answer();
  const { channel, hand } = listen(story);
  channel.onMessage(say(1, 0, 'a'.repeat(10), { in: 1 }));
  channel.onMessage(say(3, 20, 'c'));
  story.snapshots[0] = { seq: 2, state: { turns: [{ answer: 'a'.repeat(20), stats: '' }], other: {} } };
  channel.onSnapshot();
  hand.move(5000);
  assert.equal(channel.state.turns[0].answer, 'a'.repeat(20) + 'c');
});

test('changes whose order matters are made at once', () => {
  const { channel, hand } = listen(answer());
  const ops = [{ p: ['turns', 0, 'answer'], o: 0, d: 'abc' }, { p: ['turns'], i: 0, n: 0, l: [{ answer: 'first' }] }];
  channel.onMessage({ kind: 'delta', seq: 1, in: 1, ops });
  assert.deepEqual(channel.state.turns.map(turn => turn.answer), ['first', 'abc']);
  assert.equal(hand.due.length, 0);
});

test('a view that missed the last message hears of it', () => {
  const { channel, sent } = listen(answer());
  channel.onMessage({ kind: 'at', seq: 0 });
  assert.equal(sent.length, 0);
  channel.onMessage({ kind: 'at', seq: 1 });
  assert.deepEqual(sent.map(({ method, params }) => [method, params]), [['snapshot', { seq: 0 }]]);
});

test('a request for a snapshot that is lost is made again, and not before its time', () => {
  const { channel, sent, hand } = listen(answer());
  for (let seq = 2; seq < 100; seq++) {
    channel.onMessage(say(seq, 0, 'x'));
    hand.move(100);
  }
  assert.equal(sent.length, 2);
});

test('after a delta that does not fit nothing but a snapshot is believed', async () => {
  const { channel, sent } = listen(answer('a'));
  const wrong = { kind: 'delta', seq: 1, ops: [{ p: ['turns'], i: 0, n: 0, l: [{ answer: '' }] }, { p: ['turns', 0, 'answer'], o: 9, d: 'x' }] };
  channel.onMessage(structuredClone(wrong));
  channel.onMessage(structuredClone(wrong));
  channel.onMessage(say(2, 1, 'b'));
  assert.equal(sent.length, 1);
  channel.onMessage({ kind: 'reply', id: sent[0].id, result: { seq: 1, state: answer('a').snapshots[0].state } });
  await settled();
  assert.deepEqual(channel.state, answer('ab').snapshots[0].state);
});

test('a stamp changes with its part of the state, and only then', () => {
  const { channel } = listen(answer('a'));
  const before = [channel.stamp(channel.state), channel.stamp(channel.state.turns[0]), channel.stamp(channel.state.other)];
  channel.onMessage(say(1, 1, 'b'));
  const after = [channel.stamp(channel.state), channel.stamp(channel.state.turns[0]), channel.stamp(channel.state.other)];
  assert.deepEqual(before.map((stamp, at) => stamp === after[at]), [false, false, true]);
  channel.onMessage({ kind: 'delta', seq: 2, ops: [{ p: ['other'], v: { n: 0 } }] });
  assert.notEqual(channel.stamp(channel.state.other), after[2]);
});

test('a view that is closed fails what it waits for, and shows what has come', async () => {
  const { channel, hand } = listen(answer());
  const request = channel.request('ask');
  channel.onMessage(say(1, 0, 'abcdef', { in: 1 }));
  channel.close();
  await assert.rejects(request, error => error instanceof RequestFailed && error.code === 'gone');
  assert.equal(channel.state.turns[0].answer, 'abcdef');
  assert.equal(hand.due.length, 0);
});

test('two views of one panel end alike, whatever each of them misses', async () => {
  for (const [seed, story] of stories.entries()) {
    const views = [listen(story), listen(story, Math.floor(story.snapshots.length / 3))];
    for (const [which, { channel, sent, hand }] of views.entries()) {
      for (const delta of badWire(story.deltas, 7 * seed + which)) {
        channel.onMessage({ ...structuredClone(delta), in: (seed % 4) / 3 });
        hand.move(70);
      }
      channel.onMessage({ kind: 'at', seq: last(story).seq });
      hand.move(6000);
      channel.onMessage({ kind: 'at', seq: last(story).seq });
      sent.forEach(request => channel.onMessage({ kind: 'reply', id: request.id, result: structuredClone(last(story)) }));
      await settled();
      hand.move(6000);
    }
    assert.deepEqual(views[0].channel.state, last(story).state);
    assert.deepEqual(views[1].channel.state, last(story).state);
  }
});
