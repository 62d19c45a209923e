import assert from 'node:assert/strict';
import test from 'node:test';
import { Front } from '../lib/front.js';
import { fakeChrome } from './chrome.js';

test('a tab whose opening woke the worker is not taken for the one that the person had in front', async () => {
  const chrome = fakeChrome();
  const persons = await chrome.tabs.create({ url: 'http://person/', active: true });
  await (await begin()).load();
  persons.active = false;
  const opened = await chrome.tabs.create({ url: 'http://opened/', active: true });
  const front = await begin();
  await front.load();
  await front.restore(opened, 1);
  assert.deepEqual([persons.active, chrome.tabs.moved], [true, undefined]);
});

async function begin() {
  const { chrome } = /** @type {any} */ (globalThis);
  chrome.tabs.query = async () => [...chrome.tabs.all.values()].filter((tab) => tab.active);
  chrome.tabs.move = async (id) => {
    chrome.tabs.moved = id;
  };
  return new Front();
}
