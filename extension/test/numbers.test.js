// Numbers are given once, whichever tab asks, and whatever dies.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { newCounters, Numbers } from '../lib/numbers.js';
import { Store } from '../lib/store.js';
import { fakeChrome } from './chrome.js';

test('no two tabs are granted one number, and each number leads to its tab', async () => {
  fakeChrome();
  const store = await Store.load();
  const [one, two] = ['t1', 't2'].map((handle) => addTab(store, handle));
  const seen = new Map();
  for (let round = 0; round < 3; round += 1) {
    for (const record of [one, two]) {
      for (const number of await spend(store.numbers, record, 700)) {
        assert.equal(seen.has(number), false, `${number} was given twice`);
        seen.set(number, record);
        assert.equal(store.numbers.ownerOf('ref', number), record);
      }
    }
  }
  const frames = await Promise.all([one, two, one, two].map(({ counters }) => store.numbers.frame(counters)));
  assert.equal(new Set(frames).size, 4);
  assert.equal(store.numbers.ownerOf('frame', frames[1]), two);
  assert.equal(store.numbers.ownerOf('ref', 999_999), undefined);
});

test('a worker that starts goes on with no number that another may have given', async () => {
  fakeChrome();
  const store = await Store.load();
  const record = addTab(store, 't1');
  const frame = await store.numbers.frame(record.counters);
  const name = await store.numbers.name('s');
  const before = await spend(store.numbers, record, 10);

  // The worker dies without a word: what it gave since its last grant stands nowhere.
  const again = await Store.load();
  const back = again.tabs.get('t1');
  const after = await spend(again.numbers, back, 10);
  assert.ok(Math.min(...after) > Math.max(...before));
  assert.ok((await again.numbers.frame(back.counters)) > frame);
  assert.notEqual(await again.numbers.name('s'), name);
  for (const number of [...before, ...after]) assert.equal(again.numbers.ownerOf('ref', number), back);
});

test('no number is given before its range is written down, and one that could not be written is written again', async () => {
  const writes = [];
  const store = {
    granted: { ref: 1, frame: 1, name: 1 },
    tabs: new Map(),
    save: () => new Promise((resolve, reject) => writes.push({ resolve, reject })),
  };
  const numbers = new Numbers(store);
  const counters = newCounters();
  let given = false;
  const first = numbers.frame(counters).then(() => (given = true));
  await new Promise(setImmediate);
  assert.equal(given, false);
  writes[0].reject(new Error('the disk is full'));
  await assert.rejects(first, /disk is full/);
  const second = numbers.frame(counters);
  assert.equal(writes.length, 2);
  writes[1].resolve();
  assert.equal(await second, 2);
  assert.equal(await numbers.frame(counters), 3);
  assert.equal(writes.length, 2);
});

function addTab(store, handle) {
  const record = { handle, clientId: 'c', chromeId: 1, url: '', title: '', counters: newCounters() };
  store.tabs.set(handle, record);
  return record;
}

/** Gives so many numbers, as a page does. */
async function spend(numbers, { counters }, count) {
  const given = [];
  const ranges = await numbers.refs(counters, count);
  for (const [from, to] of ranges) {
    for (let number = from; number < to && given.length < count; number += 1) given.push(number);
  }
  assert.equal(given.length, count);
  counters.ref.next = given.at(-1) + 1;
  return given;
}
