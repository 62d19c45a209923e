import assert from 'node:assert/strict';
import test from 'node:test';
import { Claims } from '../lib/claims.js';
import { Groups } from '../lib/groups.js';
import { Openings } from '../lib/openings.js';
import { Sessions } from '../lib/sessions.js';
import { Store } from '../lib/store.js';
import { Tabs } from '../lib/tabs.js';
import { fakeChrome } from './chrome.js';

const ALPHA = { clientId: 'a', label: 'alpha', colour: 'blue' };
const BETA = { clientId: 'b', label: 'beta', colour: 'green' };
const PAGE = { id: 1, url: 'https://news.example/', title: 'News', windowId: 1, groupId: -1, pinned: false, active: true };

test('a tab that is given joins the group of its agent where it stands, and stays in front', async () => {
  const { chrome, claims, tabs, events } = await fresh();
  const own = await opened(tabs, ALPHA);
  const elsewhere = { ...PAGE, id: 2, windowId: 7 };
  for (const tab of [PAGE, elsewhere, { ...elsewhere, id: 3 }]) chrome.tabs.all.set(tab.id, { ...tab });
  for (const id of [1, 2, 3]) assert.equal(await claims.give('a', id), true);
  const of = (id) => chrome.tabs.all.get(id);
  assert.equal(of(1).groupId, of(own.chromeId).groupId);
  assert.deepEqual([of(2).windowId, of(2).active], [7, true]);
  const group = chrome.tabGroups.all.get(of(2).groupId);
  assert.deepEqual([group.windowId, group.title, group.color], [7, 'alpha', 'blue']);
  assert.equal(of(3).groupId, of(2).groupId, 'one group a window');
  assert.deepEqual(events.map(({ event, tab }) => `${event} ${tab}`), ['tabCreated t1', 'tabCreated t2', 'tabCreated t3', 'tabCreated t4']);
  assert.equal(tabs.store.clients.get('a').current, 't1', 'nobody works in it before they know of it');
  tabs.handleUpdated(2, { groupId: of(2).groupId });
  await settled();
  assert.equal(tabs.store.clients.get('a').groupId, of(own.chromeId).groupId, 'further tabs open where they did');
  tabs.client({ ...ALPHA, label: 'alpha 2' });
  await settled();
  assert.deepEqual([group.title, chrome.tabGroups.all.get(of(1).groupId).title], ['alpha 2', 'alpha 2']);
});

test('a tab is given once, to an agent that is there, and never one of an agent or of a private window', async () => {
  const { chrome, claims, tabs } = await fresh();
  const own = await opened(tabs, BETA);
  chrome.tabs.all.get(own.chromeId).url = 'https://agent.example/';
  tabs.client(ALPHA);
  chrome.tabs.all.set(1, { ...PAGE });
  chrome.tabs.all.set(2, { ...PAGE, id: 2, incognito: true });
  chrome.tabs.all.set(3, { ...PAGE, id: 3, url: 'chrome://settings/' });
  for (const id of [own.chromeId, 2, 3, 99]) assert.equal(await claims.give('a', id), false, `${id}`);
  assert.equal(await claims.give('nobody', 1), false);
  assert.deepEqual(await Promise.all([claims.give('a', 1), claims.give('b', 1)]), [true, false]);
});

test('its agent closes it: it stays open, and is where the person had it', async () => {
  const { chrome, claims, tabs, events } = await fresh();
  tabs.client(ALPHA);
  chrome.tabGroups.all.set(50, { id: 50, windowId: 1, title: 'Work', color: 'red' });
  chrome.tabs.all.set(1, { ...PAGE, pinned: true });
  chrome.tabs.all.set(2, { ...PAGE, id: 2, groupId: 50 });
  chrome.tabs.all.set(3, { ...PAGE, id: 3, groupId: 50 });
  for (const id of [1, 2, 3]) await claims.give('a', id);
  const groupId = chrome.tabs.all.get(3).groupId;
  await tabs.close(tabs.byChromeId(1));
  await tabs.close(tabs.byChromeId(2));
  chrome.tabGroups.all.set(50, { id: 50, windowId: 1, title: 'Another', color: 'red' });
  await tabs.close(tabs.byChromeId(3));
  const places = [1, 2, 3].map((id) => [chrome.tabs.all.get(id).groupId, chrome.tabs.all.get(id).pinned]);
  assert.deepEqual(places, [[-1, true], [50, false], [-1, false]], 'a number that another group has is not taken for it');
  assert.notEqual(groupId, 50);
  assert.equal(chrome.tabs.all.get(1).autoDiscardable, true);
  assert.deepEqual(events.slice(3).map(({ event }) => event), ['tabClosed', 'tabClosed', 'tabClosed']);
  assert.throws(() => tabs.resolve(tabs.client(ALPHA), 't1'), { code: 'no_tab' });
});

test('whatever becomes of the tabs of an agent that leaves, those of the person stay open', async () => {
  for (const then of ['close', 'keep']) {
    const { chrome, claims, tabs, store } = await fresh();
    tabs.client(ALPHA);
    chrome.tabs.all.set(1, { ...PAGE });
    await claims.give('a', 1);
    await tabs.leave('a', then);
    assert.equal(chrome.tabs.all.get(1).groupId, -1);
    assert.deepEqual([store.tabs.size, store.clients.size], [0, 0]);
  }
});

test('what the person takes back is refused until it is given back, and then is what it was', async () => {
  const { chrome, claims, tabs, lost, events } = await fresh();
  tabs.client(ALPHA);
  tabs.client(BETA);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('a', 1);
  await claims.takeBack(1);
  assert.equal(chrome.tabs.all.get(1).groupId, -1);
  assert.deepEqual(lost, [['t1', 'taken_over']]);
  assert.throws(() => tabs.resolve(tabs.client(ALPHA), 't1'), { code: 'taken_over' });
  await claims.give('b', 1);
  assert.equal(tabs.byChromeId(1).handle, 't2', 'another agent gets another handle');
  await claims.takeBack(1);
  await claims.give('b', 1);
  assert.equal(tabs.resolve(tabs.client(BETA), 't2').chromeId, 1);
  assert.equal(events.at(-1).tab, 't2');
  assert.throws(() => tabs.resolve(tabs.client(ALPHA), 't1'), { code: 'taken_over' });
  await claims.takeBack(1);
  tabs.handleRemoved(1);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('b', 1);
  assert.equal(tabs.byChromeId(1).handle, 't3', 'an id that Chromium gives out again leads to no earlier tab');
});

test('a stop of all agents gives the person back what they gave, and nothing else', async () => {
  const { chrome, claims, tabs } = await fresh();
  const own = await opened(tabs, ALPHA);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('a', 1);
  await claims.takeAllBack();
  assert.deepEqual([...tabs.store.tabs.keys()], [own.handle]);
  assert.equal(chrome.tabs.all.get(1).groupId, -1);
});

test('its agent is told of it once', async () => {
  const { chrome, claims, tabs } = await fresh();
  tabs.client(ALPHA);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('a', 1);
  assert.deepEqual(tabs.news('b'), []);
  assert.deepEqual([tabs.news('a').length, tabs.news('a').length], [1, 0]);
});

test('what the person opens from a tab that they gave is theirs, and what its agent opens there is not', async () => {
  const { chrome, claims, tabs, store, sessions } = await fresh();
  tabs.client(ALPHA);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('a', 1);
  let call;
  const front = { shows: () => true, restore: async () => {} };
  const openings = new Openings({ store, sessions, groups: new Groups(), front, tabs, calls: { on: () => call } });
  for (const id of [2, 3]) {
    const tab = { ...PAGE, id, openerTabId: 1 };
    chrome.tabs.all.set(id, tab);
    await openings.handleCreated(tab);
    call = { opened: [] };
  }
  assert.deepEqual([tabs.byChromeId(2), tabs.byChromeId(3).handle], [undefined, 't2']);
});

test('a starting browser that does not bring it back lost what was the person\'s: it is not opened again', async () => {
  const { chrome, claims, tabs, store } = await fresh();
  tabs.client(ALPHA);
  chrome.tabs.all.set(1, { ...PAGE });
  await claims.give('a', 1);
  await store.save();
  chrome.tabs.all.clear();
  chrome.storage.session.items.clear();
  const next = await fresh(chrome);
  next.tabs.missing.handleStartup();
  next.tabs.handleClients([{ ...ALPHA, connected: true }]);
  await assert.rejects(next.tabs.ready(next.tabs.list('a')[0]), { code: 'no_tab' });
  assert.equal(chrome.tabs.all.size, 0);
});

/** One life of the worker. */
async function fresh(chrome = fakeChrome()) {
  globalThis.chrome = chrome;
  const store = await Store.load();
  const events = [];
  const lost = [];
  const listener = {
    onEvent: (event) => events.push(event),
    onLost: (handle, { code }) => lost.push([handle, code]),
    mayOpen: () => true,
    onDiscarded() {},
  };
  const sessions = new Sessions(() => {});
  const groups = new Groups();
  const tabs = new Tabs({ store, sessions, groups, listener });
  await tabs.load();
  return { chrome, store, sessions, tabs, events, lost, claims: new Claims({ store, tabs, groups }) };
}

async function opened(tabs, client) {
  const record = tabs.open(tabs.client(client));
  await tabs.ready(record);
  return record;
}

/** Past the moment in which a group may be on the move. */
function settled() {
  return new Promise((resolve) => setTimeout(resolve, 350));
}
