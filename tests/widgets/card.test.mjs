// Fixes of a cell, made one by one, together, undone and typed over; started by test_widget_protocol.py.
import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const { checksum, Mending } = await import(pathToFileURL(join(process.env.MODULES, 'card.mjs')));

const SOURCE = 'one 😀 two three';
const first = { label: 'first', edits: [[0, 3, '1']] };
const second = { label: 'second', edits: [[7, 10, 'zwei']] };
const all = { label: 'all', edits: [[0, 10, '1 😀 zwei']] };
const fixes = { cell: checksum(SOURCE), all, each: [first, second] };

test('the checksum is the one of Python', () => {
  for (const text of ['', 'a', SOURCE, 'é\u{10437}\n']) {
    assert.equal(checksum(text), crc32(Buffer.from(text, 'utf16le')));
  }
});

test('one fix after the other gives the same as both at once', () => {
  const mending = new Mending(fixes);
  assert.equal(mending.plan(first), undefined);
  assert.ok(mending.look(SOURCE));
  const one = mending.plan(first);
  assert.deepEqual([one.expects, one.source], [SOURCE, '1 😀 two three']);
  one.made();
  assert.ok(mending.isMended && !mending.isOpen(first) && mending.isOpen(second));
  const two = mending.plan(second);
  assert.deepEqual([two.expects, two.source], ['1 😀 two three', '1 😀 zwei three']);
  const both = mending.plan(all);
  assert.deepEqual([both.expects, both.source], ['1 😀 two three', '1 😀 zwei three']);
  both.made();
  assert.ok(!mending.isOpen(second));
});

test('what was undone can be mended again, what was typed over cannot', () => {
  const mending = new Mending(fixes);
  mending.look(SOURCE);
  const { source, made } = mending.plan(first);
  made();
  assert.ok(mending.look(source) && mending.isMended);
  assert.ok(mending.look(SOURCE) && !mending.isMended && mending.isOpen(first));
  assert.ok(!mending.look(`${SOURCE} mine`));
  assert.ok(!new Mending(fixes).look(source));
});
