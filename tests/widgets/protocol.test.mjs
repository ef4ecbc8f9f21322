// The browser's end of the panel protocol, with stories from the kernel's end; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const load = name => import(pathToFileURL(join(process.env.MODULES, name)));
const { Channel, applyOp, RequestFailed } = await load('protocol.mjs');
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

function listen(story, from = 0) {
  const sent = [];
  const channel = new Channel({ snapshot: () => story.snapshots[from], send: message => sent.push(message) }, () => undefined);
  return { channel, sent };
}

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
        await new Promise(resolve => setImmediate(resolve));
      }
    }
    channel.onMessage({ kind: 'delta', seq: last(story).seq + 2, ops: [] });
    const request = sent.pop();
    if (request) {
      channel.onMessage({ kind: 'reply', id: request.id, result: structuredClone(last(story)) });
      await new Promise(resolve => setImmediate(resolve));
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
  assert.throws(() => applyOp({ a: [] }, { p: ['a', 2], v: 1 }), RangeError);
});

test('messages of another kind are nobody\'s', () => {
  const { channel } = listen({ snapshots: [{ seq: 0, state: { a: 1 } }] });
  for (const message of [null, 1, 'x', [], {}, { kind: 'other' }, { kind: 'reply' }]) {
    channel.onMessage(message);
  }
  assert.deepEqual(channel.state, { a: 1 });
});
