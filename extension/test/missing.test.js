import assert from 'node:assert/strict';
import test from 'node:test';
import { Groups } from '../lib/groups.js';
import { Sessions } from '../lib/sessions.js';
import { Store } from '../lib/store.js';
import { Tabs } from '../lib/tabs.js';
import { fakeChrome } from './chrome.js';

const ALPHA = { clientId: 'a', label: 'alpha', colour: 'blue', connected: true };
/** Longer than a starting browser is given to bring its tabs back. */
const PATIENCE_MS = 3_200;

test('a lost tab is opened again at its last address, behind, in its group, once its client is connected', async () => {
  const { chrome, tabs } = await restarted(['http://site/one', 'http://site/two', 'http://site/three', 'http://site/four']);
  tabs.missing.handleStartup();
  await patience();
  assert.equal(chrome.tabs.all.size, 0, 'nobody is there to use them');
  let [atOnce, most] = [0, 0];
  const { create } = chrome.tabs;
  chrome.tabs.create = async (how) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise((resolve) => setTimeout(resolve, 10));
    atOnce -= 1;
    return create(how);
  };
  tabs.handleClients([ALPHA]);
  await Promise.all(tabs.list('a').map((record) => tabs.ready(record)));
  const open = [...chrome.tabs.all.values()];
  assert.deepEqual(open.map(({ url }) => url).sort(), ['http://site/four', 'http://site/one', 'http://site/three', 'http://site/two']);
  assert.deepEqual([new Set(open.map(({ groupId }) => groupId)).size, open.some(({ active }) => active)], [1, false]);
  assert.ok(most <= 3, `${most} tabs were opened at the same time`);
  assert.deepEqual(tabs.list('a').map(({ reopened }) => reopened).slice(0, 2), ['http://site/one', 'http://site/two']);
});

test('addresses that may mean nothing after a restart are not opened', async () => {
  const { chrome, tabs } = await restarted(['blob:http://site/1', 'data:text/html,x']);
  tabs.missing.handleStartup();
  tabs.handleClients([ALPHA]);
  await Promise.all(tabs.list('a').map((record) => tabs.ready(record)));
  assert.deepEqual([...chrome.tabs.all.values()].map(({ url }) => url), ['about:blank', 'about:blank']);
});

test('a tab that came back with a page of before is led to its last one', async () => {
  const { chrome, tabs } = await restarted(['http://site/two'], (record) => (record.past = ['http://site/one']));
  tabs.missing.handleStartup();
  tabs.handleClients([ALPHA]);
  put(chrome, { id: 950, url: 'http://site/one', groupId: 60 });
  put(chrome, { id: 951, url: 'http://person/', groupId: 60 });
  const [record] = tabs.list('a');
  await tabs.ready(record);
  assert.deepEqual([record.chromeId, record.reopened], [950, 'http://site/two']);
  assert.deepEqual([...chrome.tabs.all.values()].map(({ url }) => url), ['http://site/two', 'http://person/']);
});

test('a tab that was closed while the extension was reloaded is gone', async () => {
  const { chrome, tabs, events } = await restarted(['http://site/one']);
  tabs.handleClients([ALPHA]);
  const [record] = tabs.list('a');
  await assert.rejects(tabs.ready(record), { code: 'no_tab' });
  assert.deepEqual([chrome.tabs.all.size, events], [0, ['tabClosed']]);
});

test('a tab that the browser brings back after it was opened again is there once', async () => {
  const { chrome, tabs } = await restarted(['http://site/one']);
  tabs.missing.handleStartup();
  tabs.handleClients([ALPHA]);
  const [record] = tabs.list('a');
  await tabs.ready(record);
  put(chrome, { id: 950, url: 'http://site/one', groupId: record.groupId ?? tabs.store.clients.get('a').groupId });
  tabs.handleUpdated(950, { url: 'http://site/one' });
  await settle();
  assert.deepEqual([...chrome.tabs.all.keys()], [record.chromeId]);
});

test('a tab that its agent closed seconds before the end of the browser stays closed', async () => {
  const chrome = fakeChrome();
  const before = await life(chrome);
  const record = before.tabs.open(before.tabs.client(ALPHA));
  await before.tabs.ready(record);
  record.url = 'http://site/one';
  await before.tabs.close(record);
  await before.store.save();
  chrome.storage.session.items.clear();
  put(chrome, { id: 950, url: 'http://site/one', groupId: 60 });
  put(chrome, { id: 951, url: 'http://site/one', groupId: -1 });
  const { tabs } = await life(chrome);
  tabs.handleUpdated(950, { url: 'http://site/one' });
  await settle();
  assert.deepEqual([chrome.tabs.all.has(950), chrome.tabs.all.has(951)], [false, true], "and the person's tab of the same address is the person's");
});

test('a tab whose client leaves meanwhile is not opened, and what is opened for it is closed', async () => {
  const { chrome, tabs, store } = await restarted(['http://site/one']);
  tabs.missing.handleStartup();
  await patience();
  const { create } = chrome.tabs;
  let leaving = Promise.resolve();
  chrome.tabs.create = async (how) => {
    leaving = tabs.leave('a', 'close');
    return create(how);
  };
  tabs.handleClients([ALPHA]);
  await settle();
  await leaving;
  await settle();
  assert.deepEqual([chrome.tabs.all.size, store.tabs.size, store.clients.size], [0, 0, 0]);
});

test('the death of the worker does not end the wait for a tab', async () => {
  const { chrome } = await restarted(['http://site/one']);
  const { tabs } = await life(chrome);
  assert.equal(tabs.store.fresh, false);
  tabs.handleClients([ALPHA]);
  const [record] = tabs.list('a');
  await tabs.ready(record);
  assert.equal(chrome.tabs.all.get(record.chromeId).url, 'http://site/one');
});

test('while the person has stopped all agents nothing is opened', async () => {
  const { chrome, tabs, listener } = await restarted(['http://site/one']);
  listener.mayOpen = () => false;
  tabs.missing.handleStartup();
  tabs.handleClients([ALPHA]);
  await patience();
  assert.equal(chrome.tabs.all.size, 0);
  listener.mayOpen = () => true;
  tabs.missing.resume();
  await tabs.ready(tabs.list('a')[0]);
  assert.equal(chrome.tabs.all.size, 1);
});

/** A profile in which a client had these pages open when its browser ended. */
async function restarted(urls, shape = () => {}) {
  const chrome = fakeChrome();
  const before = await life(chrome);
  for (const url of urls) {
    const record = before.tabs.open(before.tabs.client(ALPHA));
    await before.tabs.ready(record);
    Object.assign(record, { url, past: [] });
    shape(record);
  }
  await before.store.save();
  chrome.tabs.all.clear();
  chrome.tabGroups.all.clear();
  chrome.storage.session.items.clear();
  return life(chrome);
}

/** One life of the worker. */
async function life(chrome) {
  globalThis.chrome = chrome;
  const store = await Store.load();
  const events = [];
  const listener = { onEvent: ({ event }) => events.push(event), onLost() {}, onDiscarded() {}, mayOpen: () => true };
  const tabs = new Tabs({ store, sessions: new Sessions(() => {}), groups: new Groups(), listener });
  await tabs.load();
  return { chrome, store, tabs, events, listener };
}

/** A tab that the starting browser brings back. */
function put(chrome, tab) {
  chrome.tabs.all.set(tab.id, { title: '', windowId: 1, active: false, ...tab });
  chrome.tabGroups.all.set(tab.groupId, { id: tab.groupId, title: 'alpha', color: 'blue', windowId: 1 });
}

function patience() {
  return new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
}

function settle() {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
