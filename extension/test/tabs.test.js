import assert from 'node:assert/strict';
import test from 'node:test';
import { Groups } from '../lib/groups.js';
import { Sessions } from '../lib/sessions.js';
import { Store } from '../lib/store.js';
import { Tabs } from '../lib/tabs.js';
import { fakeChrome } from './chrome.js';

const ALPHA = { clientId: 'a', label: 'alpha', colour: 'blue' };
const BETA = { clientId: 'b', label: 'beta', colour: 'green' };

test('each client has a group of its own, with its label and colour', async () => {
  const { chrome, tabs } = await fresh();
  const [one, two, other] = [tabs.open(tabs.client(ALPHA)), tabs.open(tabs.client(ALPHA)), tabs.open(tabs.client(BETA))];
  await Promise.all([one, two, other].map((record) => tabs.ready(record)));
  const groupOf = ({ chromeId }) => chrome.tabs.all.get(chromeId).groupId;
  assert.equal(groupOf(one), groupOf(two), 'two tabs that are opened at once do not make two groups');
  assert.notEqual(groupOf(one), groupOf(other));
  const { title, color } = chrome.tabGroups.all.get(groupOf(one));
  assert.deepEqual([title, color], ['alpha', 'blue']);
  assert.deepEqual([...chrome.tabs.all.values()].map((tab) => tab.active), [false, false, false]);
});

test('a handle is never given out twice, through any death', async () => {
  const { tabs, store } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  assert.equal(record.handle, 't1');
  await tabs.ready(record);
  await tabs.close(record);
  await store.save();
  assert.equal((await Store.load()).nextTab, 2);
});

test('the group of a client follows its label, unless the person gave it a name', async () => {
  const { chrome, tabs } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  const group = chrome.tabGroups.all.get(chrome.tabs.all.get(record.chromeId).groupId);
  tabs.handleClients([{ ...ALPHA, label: 'alpha 2', connected: true }]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(group.title, 'alpha 2');
  tabs.handleClients([{ ...ALPHA, label: 'agent', colour: 'red', connected: false }]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([group.title, group.color], ['alpha 2', 'blue'], 'a hub that has just started only guesses');
  group.title = 'My shopping';
  tabs.handleClients([{ ...ALPHA, label: 'alpha 3', connected: true }]);
  await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal(group.title, 'My shopping');
});

test("another client's tab is refused, an unknown one is not there", async () => {
  const { tabs } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  assert.throws(() => tabs.resolve(tabs.client(BETA), 't1'), { code: 'not_yours' });
  assert.throws(() => tabs.resolve(tabs.client(BETA), 't9'), { code: 'no_tab' });
  assert.equal(tabs.resolve(tabs.client(BETA)), null);
  assert.equal(tabs.resolve(tabs.client(ALPHA)), record);
  assert.deepEqual(tabs.list('b'), []);
});

test('an id that Chromium gives out again gives nothing', async () => {
  const { chrome, tabs } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  const { chromeId } = record;
  tabs.handleRemoved(chromeId);
  chrome.tabs.all.set(chromeId, { id: chromeId, url: 'https://bank.example/', groupId: -1 });
  assert.equal(tabs.byChromeId(chromeId), undefined);
  assert.throws(() => tabs.resolve(tabs.client(ALPHA), record.handle), { code: 'no_tab' });
});

test('a tab whose opening the worker did not live to see is its client\'s, and no tab of the person ever is', async () => {
  const { chrome, tabs, store } = await fresh();
  const first = tabs.open(tabs.client(ALPHA));
  await tabs.ready(first);
  const { groupId } = store.clients.get('a');
  const second = tabs.open(tabs.client(ALPHA));
  await tabs.ready(second);
  const opened = second.chromeId;
  second.chromeId = -1;
  await store.save();
  const blank = { url: 'about:blank', title: '', windowId: 1, active: false, status: 'complete' };
  chrome.tabs.all.set(10, { ...blank, id: 10, groupId: -1 });
  chrome.tabs.all.set(11, { ...blank, id: 11, groupId, active: true });
  const again = await fresh(chrome);
  assert.equal(again.store.tabs.get('t2').chromeId, opened);
  assert.equal(chrome.tabs.all.get(opened).autoDiscardable, false);
  // Where it is not there after all, nothing of the person's takes its place.
  again.store.tabs.get('t2').chromeId = -1;
  await again.store.save();
  chrome.tabs.all.delete(opened);
  const last = await fresh(chrome);
  assert.deepEqual([...last.store.tabs.keys()], ['t1']);
});

test('after a start of the browser a tab is found by group and address, and never by its id alone', async () => {
  const { chrome, tabs } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  tabs.handleUpdated(record.chromeId, { url: 'http://site/', title: 'Site' });
  await tabs.store.save();
  const taken = { id: record.chromeId, url: 'https://bank.example/', groupId: -1, title: '' };
  chrome.tabs.all.clear();
  chrome.tabGroups.all.clear();
  chrome.tabs.all.set(taken.id, taken);
  chrome.tabs.all.set(900, { id: 900, url: 'http://site/', groupId: 55, title: '' });
  chrome.tabGroups.all.set(55, { id: 55, title: 'alpha', color: 'blue', windowId: 1 });
  chrome.storage.session.items.clear();
  const next = await fresh(chrome);
  assert.equal(next.store.tabs.get('t1').chromeId, 900);
  assert.equal(next.tabs.byChromeId(taken.id), undefined);
  assert.equal(next.store.clients.get('a').groupId, 55);
});

test('a tab that the starting browser brings back late goes to its owner, and calls on it wait', async () => {
  const { chrome, tabs } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  await tabs.store.save();
  chrome.tabs.all.clear();
  chrome.tabGroups.all.clear();
  chrome.storage.session.items.clear();
  const next = await fresh(chrome);
  assert.deepEqual(next.tabs.owned().map(({ tab }) => tab), ['t1'], 'the hub knows whose it is while it is missing');
  const back = next.tabs.ready(next.tabs.resolve(next.tabs.client(ALPHA)));
  chrome.tabs.all.set(901, { id: 901, url: 'about:blank', groupId: 56, title: '' });
  chrome.tabGroups.all.set(56, { id: 56, title: 'alpha', color: 'blue', windowId: 1 });
  next.tabs.handleUpdated(901, { url: 'about:blank' });
  await back;
  assert.equal(next.tabs.byChromeId(901)?.handle, 't1');
  assert.deepEqual(next.events.map(({ event }) => event), ['tabCreated']);
});

test('a discarded tab stays its owner\'s under its next id, and calls on it end', async () => {
  const { tabs, lost } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  const before = record.chromeId;
  tabs.handleReplaced(950, before);
  assert.deepEqual([tabs.byChromeId(950)?.handle, tabs.byChromeId(before)], ['t1', undefined]);
  assert.deepEqual(lost, [['t1', 'outcome_unknown']]);
});

test('a tab that the person takes out of its group is the person\'s', async () => {
  const { chrome, tabs, events, lost } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  chrome.tabs.all.get(record.chromeId).groupId = -1;
  tabs.handleUpdated(record.chromeId, { groupId: -1 });
  await new Promise((resolve) => setTimeout(resolve, 350));
  assert.deepEqual(events.at(-1), { event: 'takenOver', tab: 't1', clientId: 'a', url: 'about:blank', title: '' });
  assert.deepEqual(lost, [['t1', 'taken_over']]);
  assert.throws(() => tabs.resolve(tabs.client(ALPHA)), { code: 'taken_over' });
  assert.equal(tabs.resolve(tabs.client(ALPHA)), null, 'told once, the client goes on with another tab');
  assert.throws(() => tabs.resolve(tabs.client(ALPHA), 't1'), { code: 'taken_over' });
});

test('a whole group that moves between windows stays its owner\'s', async () => {
  const { chrome, tabs, events } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  chrome.tabs.all.get(record.chromeId).groupId = 77;
  chrome.tabGroups.all.set(77, { id: 77, title: 'alpha', color: 'blue', windowId: 2 });
  tabs.handleUpdated(record.chromeId, { groupId: 77 });
  await new Promise((resolve) => setTimeout(resolve, 350));
  assert.deepEqual(events.map(({ event }) => event), ['tabCreated']);
  assert.equal(tabs.store.clients.get('a').groupId, 77);
});

test('a client that leaves takes its tabs with it, or leaves them to the person', async () => {
  const { chrome, tabs, store } = await fresh();
  const [closed, kept] = [tabs.open(tabs.client(ALPHA)), tabs.open(tabs.client(BETA))];
  await Promise.all([closed, kept].map((record) => tabs.ready(record)));
  await tabs.leave('a', 'close');
  await tabs.leave('b', 'keep');
  assert.equal(chrome.tabs.all.has(closed.chromeId), false);
  assert.equal(chrome.tabs.all.get(kept.chromeId).groupId, -1);
  assert.deepEqual([store.tabs.size, store.clients.size], [0, 0]);
});

test('a tab that is still being opened when its client leaves belongs to nobody', async () => {
  const { chrome, tabs, store } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.leave('a', 'keep');
  assert.equal(tabs.byChromeId(record.chromeId), undefined);
  assert.equal(chrome.tabs.all.get(record.chromeId).groupId, -1);
  assert.deepEqual([store.tabs.size, store.clients.size], [0, 0]);
});

test('changes of title and address reach the hub together, and the last of them', async () => {
  const { tabs, events } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  tabs.handleUpdated(record.chromeId, { url: 'http://site/' });
  tabs.handleUpdated(record.chromeId, { title: 'Loading' });
  tabs.handleUpdated(record.chromeId, { title: 'Late' });
  tabs.handleUpdated(record.chromeId, { title: 'Late' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(events.slice(1), [{ event: 'tabChanged', tab: 't1', clientId: 'a', url: 'http://site/', title: 'Late' }]);
  assert.deepEqual(tabs.owned()[0].title, 'Late');
});

test('a tab that is found again tells the title that it has by then', async () => {
  const { chrome, tabs, store } = await fresh();
  const record = tabs.open(tabs.client(ALPHA));
  await tabs.ready(record);
  await store.save();
  Object.assign(chrome.tabs.all.get(record.chromeId), { title: 'Later', url: 'http://site/' });
  const [found] = (await fresh(chrome)).tabs.owned();
  assert.deepEqual([found.title, found.url], ['Later', 'http://site/']);
});

async function fresh(chrome = fakeChrome()) {
  globalThis.chrome = chrome;
  const store = await Store.load();
  const events = [];
  const lost = [];
  const listener = {
    onEvent: (event) => events.push(event),
    onLost: (handle, { code }) => lost.push([handle, code]),
    mayOpen: () => true,
    onDiscarded: (handle, { code }) => lost.push([handle, code]),
  };
  const tabs = new Tabs({ store, sessions: new Sessions(() => {}), groups: new Groups(), listener });
  await tabs.load();
  return { chrome, store, tabs, events, lost };
}
