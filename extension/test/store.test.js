import assert from 'node:assert/strict';
import test from 'node:test';
import { Store } from '../lib/store.js';
import { fakeChrome } from './chrome.js';

test('a profile keeps its id for good, and its boot id for the life of the memory', async () => {
  const chrome = fakeChrome();
  const first = await Store.load();
  assert.equal(first.fresh, true);
  const again = await Store.load();
  assert.deepEqual([again.browserId, again.bootId, again.fresh], [first.browserId, first.bootId, false]);
  chrome.storage.session.items.clear();
  const reloaded = await Store.load();
  assert.equal(reloaded.browserId, first.browserId);
  assert.notEqual(reloaded.bootId, first.bootId);
  assert.equal(reloaded.fresh, true);
});

test('writes that come together become few, and the last state is what stays', async () => {
  const { storage } = fakeChrome();
  const store = await Store.load();
  storage.local.writes.length = 0;
  const saves = [];
  for (let n = 2; n <= 50; n += 1) {
    store.nextTab = n;
    saves.push(store.save());
  }
  await Promise.all(saves);
  assert.equal(storage.local.items.get('nextTab'), 50);
  assert.ok(storage.local.writes.length <= 2, `${storage.local.writes.length} writes`);
});

test('a save is over only when the state of its moment is written', async () => {
  const { storage } = fakeChrome();
  const store = await Store.load();
  const first = store.save();
  await Promise.resolve();
  store.nextTab = 7;
  const second = store.save();
  await first;
  await second;
  assert.equal(storage.local.items.get('nextTab'), 7);
});

test('what the person stopped stays stopped through every death and reload, until the person resumes', async () => {
  const chrome = fakeChrome();
  const store = await Store.load();
  store.stopped = true;
  await store.save();
  assert.equal((await Store.load()).stopped, true, 'the worker died');
  chrome.storage.session.items.clear();
  assert.equal((await Store.load()).stopped, true, 'the extension was reloaded, or the browser started again');
});

test('while a window closes nothing is written, since it may be the end of the browser', async () => {
  const { storage } = fakeChrome();
  const store = await Store.load();
  const { length } = storage.local.writes;
  store.hold();
  const saved = store.save();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(storage.local.writes.length, length);
  await saved;
  assert.equal(storage.local.writes.length, length + 1);
});
