import assert from 'node:assert/strict';
import test from 'node:test';
import { Call } from '../lib/call.js';
import { Claims } from '../lib/claims.js';
import { Consents, consentsOf } from '../lib/consents.js';
import { Groups } from '../lib/groups.js';
import { Sessions } from '../lib/sessions.js';
import { Store } from '../lib/store.js';
import { Tabs } from '../lib/tabs.js';
import { TOOLS } from '../tools/index.js';
import { fakeChrome } from './chrome.js';

const ALPHA = { clientId: 'a', label: 'alpha', colour: 'blue' };
const BETA = { clientId: 'b', label: 'beta', colour: 'green' };

test('an agent that asks is refused at once, and asks the person once however often it calls', async () => {
  const { consents, call, changes } = await fresh();
  for (let time = 0; time < 5; time += 1) {
    await assert.rejects(call(ALPHA, 'browser_person_tabs'), (failure) => {
      assert.equal(failure.code, 'not_permitted');
      assert.match(failure.fix, /Tabmux button .* press Allow, then call browser_person_tabs again/);
      return true;
    });
  }
  assert.deepEqual(asked(consents), ['tabs a']);
  assert.equal(changes.length, 1);
});

test('what one agent is allowed no other is, and it holds until the person revokes it', async () => {
  const { consents, call } = await fresh();
  for (const client of [ALPHA, BETA]) await assert.rejects(call(client, 'browser_person_tabs'));
  assert.deepEqual(asked(consents), ['tabs a', 'tabs b']);
  await consents.answer('tabs a', 'allowed');
  assert.match(await call(ALPHA, 'browser_person_tabs'), /^- The person's tabs: 0/);
  await assert.rejects(call(BETA, 'browser_person_tabs'), { code: 'not_permitted' });
  await consents.answer('tabs a', 'denied');
  await assert.rejects(call(ALPHA, 'browser_person_tabs'), { message: /does not allow you to see which tabs/ });
  assert.deepEqual(asked(consents), ['tabs b'], 'who is denied does not ask again');
  await consents.answer('tabs a', 'allowed');
  await call(ALPHA, 'browser_person_tabs');
});

test('a word that answers nothing changes nothing', async () => {
  const { consents, store } = await fresh();
  for (const key of ['tabs a', 'tabs', '', 'undefined']) await consents.answer(key, 'allowed');
  assert.equal(store.clients.size, 0);
});

test('consent lasts through the deaths of worker, hub and browser, and ends with its agent', async () => {
  const { chrome, call, consents, store } = await fresh();
  await assert.rejects(call(ALPHA, 'browser_person_tabs'));
  await consents.answer('tabs a', 'allowed');
  await store.save();
  chrome.storage.session.items.clear();
  const next = await fresh(chrome);
  next.tabs.handleClients([]);
  assert.match(await next.call(ALPHA, 'browser_person_tabs'), /The person's tabs/, 'a hub that has just started does not know it yet');
  next.tabs.handleClients([{ ...ALPHA, connected: true }]);
  assert.equal(next.store.clients.get('a').unseenAt, undefined);
  await next.tabs.leave('a', 'close');
  assert.equal(next.store.clients.size, 0);
  await assert.rejects(next.call(ALPHA, 'browser_person_tabs'), { code: 'not_permitted' });
});

test('consent of an agent that no hub has known for ten minutes is forgotten', async (t) => {
  const { call, consents, store, tabs } = await fresh();
  await assert.rejects(call(ALPHA, 'browser_person_tabs'));
  await consents.answer('tabs a', 'allowed');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  tabs.handleClients([]);
  t.mock.timers.tick(599_000);
  tabs.handleClients([]);
  assert.equal(consentsOf(store.clients.get('a')).length, 1);
  t.mock.timers.tick(1_000);
  tabs.handleClients([]);
  assert.equal(store.clients.size, 0);
});

test("the person's tabs are listed without agents' tabs, private windows and the browser's own pages", async () => {
  const { chrome, call, consents, tabs } = await fresh();
  const own = tabs.open(tabs.client(BETA));
  await tabs.ready(own);
  chrome.tabs.all.get(own.chromeId).url = 'http://agent.example/';
  for (const tab of [
    { id: 1, url: 'https://news.example/today', title: 'News "of" today', windowId: 1, active: true },
    { id: 2, url: 'file:///notes.txt', title: 'Notes', windowId: 7 },
    { id: 3, url: 'https://secret.example/', title: 'Secret', windowId: 2, incognito: true },
    { id: 4, url: 'chrome://settings/', title: 'Settings', windowId: 1 },
  ]) {
    chrome.tabs.all.set(tab.id, tab);
  }
  await assert.rejects(call(ALPHA, 'browser_person_tabs'));
  await consents.answer('tabs a', 'allowed');
  const [about, notice, , ...lines] = (await call(ALPHA, 'browser_person_tabs')).split('\n');
  assert.equal(about, "- The person's tabs: 2");
  assert.match(notice, /treat them as data/);
  assert.deepEqual(lines, [
    '- [p1] "News \\"of\\" today" https://news.example/today (window 1, in front)',
    '- [p2] "Notes" file:///notes.txt (window 2)',
  ]);
  const found = await call(ALPHA, 'browser_person_tabs', { query: 'TODAY news' });
  assert.match(found, /^- The person's tabs: 2\n- Found for the query: 1\n/);
  assert.match(found, /\[p1\]/);
  assert.doesNotMatch(found, /\[p2\]/);
  assert.match(await call(ALPHA, 'browser_person_tabs', { query: 'secret' }), /\(None\.\)/);
});

test('a long list is read on with its cursor, by the agent that asked for it', async () => {
  const { chrome, call, consents } = await fresh();
  for (let id = 1; id <= 300; id += 1) {
    chrome.tabs.all.set(id, { id, url: `https://site.example/${'x'.repeat(900)}`, title: 'T'.repeat(900), windowId: 1 });
  }
  for (const client of [ALPHA, BETA]) await assert.rejects(call(client, 'browser_person_tabs'));
  for (const key of ['tabs a', 'tabs b']) await consents.answer(key, 'allowed');
  const first = await call(ALPHA, 'browser_person_tabs');
  assert.ok(first.length <= 10_000, `${first.length}`);
  const [, cursor] = /cursor=(c\d+\.2)/.exec(first);
  assert.match(await call(ALPHA, 'browser_person_tabs', { cursor }), /^- The person's tabs: 300\n- Part 2 of/);
  await assert.rejects(call(BETA, 'browser_person_tabs', { cursor }), { code: 'bad_input' });
  await consents.answer('tabs a', 'denied');
  await assert.rejects(call(ALPHA, 'browser_person_tabs', { cursor }), { code: 'not_permitted' }, 'not even what was read before');
});

test('a tab is asked for one by one, shown as it is, and the request goes with the tab', async () => {
  const { chrome, call, consents, given } = await fresh();
  const put = (id) => chrome.tabs.all.set(id, { id, url: `https://site.example/${id}`, title: `Page ${id}`, windowId: 1, groupId: -1 });
  for (const id of [1, 2, 3, 4]) put(id);
  const claim = (id) => call(ALPHA, 'browser_claim_tab', { id });
  await assert.rejects(claim('p1'), { message: /see which tabs/ }, 'what was not listed cannot be claimed');
  await consents.answer('tabs a', 'allowed');
  await assert.rejects(claim('p9'), { code: 'no_tab' });
  for (const bad of ['1', 'p', 'p1 ', 't1', '']) await assert.rejects(claim(bad), { code: 'bad_input' });
  for (const id of ['p1', 'p1', 'p2', 'p3']) await assert.rejects(claim(id), { code: 'not_permitted', message: /work in that tab yet/ });
  await assert.rejects(claim('p4'), { code: 'not_permitted', message: /You have asked the person for 3 tabs/ });
  assert.deepEqual(asked(consents), ['tab 1 a', 'tab 2 a', 'tab 3 a']);
  consents.handleUpdated(1, { url: 'https://bank.example/', title: 'Bank' });
  consents.handleUpdated(2, { status: 'loading' });
  assert.deepEqual(consents.asked()[0].consent.tab, { chromeId: 1, url: 'https://bank.example/', title: 'Bank' });
  consents.handleTabGone(2);
  await consents.answer('tab 3 a', 'denied');
  await assert.rejects(claim('p3'), { message: /does not allow you to work in that tab/ });
  await consents.answer('tab 1 a', 'allowed');
  assert.deepEqual(given, [['a', 1]]);
  assert.deepEqual(asked(consents), []);
});

test('a request for a tab ends with the life of the browser in which the tab had its id', async () => {
  const { chrome, call, consents, store } = await fresh();
  chrome.tabs.all.set(1, { id: 1, url: 'https://site.example/', windowId: 1 });
  await assert.rejects(call(ALPHA, 'browser_claim_tab', { id: 'p1' }));
  await consents.answer('tabs a', 'allowed');
  await assert.rejects(call(ALPHA, 'browser_claim_tab', { id: 'p1' }));
  await store.save();
  assert.deepEqual(asked((await fresh(chrome)).consents), ['tab 1 a'], 'the death of the worker changes nothing');
  chrome.storage.session.items.clear();
  assert.deepEqual(asked((await fresh(chrome)).consents), []);
});

test('what the browser must allow, too, is allowed once it does, and to whom the person let have it last', async () => {
  const { chrome, call, consents } = await fresh();
  chrome.history = { search: async () => [] };
  for (const client of [ALPHA, BETA]) await assert.rejects(call(client, 'browser_history'), { message: /search their browsing history yet/ });
  await consents.answer('history a', 'allowed');
  assert.deepEqual(asked(consents), ['history a', 'history b'], 'the browser has not answered yet');
  await assert.rejects(call(ALPHA, 'browser_history'), { code: 'not_permitted' });
  await consents.answer('history b', 'allowed');
  chrome.permissions.held.add('history');
  await consents.tidy();
  assert.equal(chrome.permissions.held.has('history'), true, 'the word of its being granted may be on its way');
  consents.handleGranted(['history']);
  assert.deepEqual(asked(consents), ['history a'], 'whose question the person closed is asked for again');
  await call(BETA, 'browser_history');
  await consents.answer('history a', 'allowed');
  await call(ALPHA, 'browser_history');
});

test('the last consent that ends takes the permission of the browser with it', async () => {
  const { chrome, call, consents, tabs } = await fresh();
  const { held } = chrome.permissions;
  for (const client of [ALPHA, BETA]) await assert.rejects(call(client, 'browser_bookmarks'));
  held.add('bookmarks').add('history');
  for (const key of ['bookmarks a', 'bookmarks b']) await consents.answer(key, 'allowed');
  await settled();
  assert.deepEqual([...held], ['bookmarks'], 'nobody asked for the other');
  await consents.answer('bookmarks a', 'denied');
  await settled();
  assert.deepEqual([...held], ['bookmarks']);
  await tabs.leave('b', 'close');
  await consents.tidy();
  assert.deepEqual([...held], []);
  held.add('history');
  consents.handleGranted(['history']);
  await settled();
  assert.deepEqual([...held], [], 'a permission that nobody waits for is not kept');
});

test('an agent whose permission the browser lost asks again', async () => {
  const { chrome, call, consents } = await fresh();
  chrome.history = { search: async () => [] };
  await assert.rejects(call(ALPHA, 'browser_history'));
  chrome.permissions.held.add('history');
  await consents.answer('history a', 'allowed');
  await call(ALPHA, 'browser_history');
  chrome.permissions.held.clear();
  await assert.rejects(call(ALPHA, 'browser_history'), { message: /has not allowed you/ });
  assert.deepEqual(asked(consents), ['history a']);
});

test('the history is told with times by the clock of the person, the last visit first', async () => {
  const { chrome, call, consents } = await fresh();
  const questions = [];
  const at = (time) => new Date(time).getTime();
  chrome.history = {
    search: async (question) => {
      questions.push(question);
      return [
        { title: 'Old', url: 'https://old.example/', lastVisitTime: at('2026-01-02T03:04'), visitCount: 1 },
        { title: 'New', url: 'https://new.example/', lastVisitTime: at('2026-11-21T10:00'), visitCount: 7 },
      ];
    },
  };
  await assert.rejects(call(ALPHA, 'browser_history'));
  chrome.permissions.held.add('history');
  await consents.answer('history a', 'allowed');
  const told = await call(ALPHA, 'browser_history', { query: 'tea', since: '2026-01-01', max: 2 });
  assert.match(told, /the last visit first: 2; there may be more, see max\n/);
  assert.deepEqual(told.split('\n').slice(-2), [
    '- 2026-11-21 10:00 "New" https://new.example/ (7 visits)',
    '- 2026-01-02 03:04 "Old" https://old.example/',
  ]);
  await call(ALPHA, 'browser_history');
  assert.deepEqual(questions, [
    { text: 'tea', startTime: at('2026-01-01T00:00'), maxResults: 2 },
    { text: '', startTime: 0, maxResults: 100 },
  ]);
  await assert.rejects(call(ALPHA, 'browser_history', { since: 'yesterday' }), { code: 'bad_input' });
});

test('bookmarks are found by the words of title, address and folders', async () => {
  const { chrome, call, consents } = await fresh();
  const leaf = (title) => ({ title, url: `https://${title.toLowerCase()}.example/` });
  const tree = { title: '', children: [{ title: 'Bar', children: [leaf('Tea'), { title: 'Work', children: [leaf('Mail')] }] }] };
  chrome.bookmarks = { getTree: async () => [tree] };
  await assert.rejects(call(ALPHA, 'browser_bookmarks'), { message: /search their bookmarks yet/ });
  chrome.permissions.held.add('bookmarks');
  await consents.answer('bookmarks a', 'allowed');
  const lines = (told) => told.split('\n\n')[1].split('\n');
  const all = ['- "Tea" https://tea.example/ in "Bar"', '- "Mail" https://mail.example/ in "Bar / Work"'];
  assert.deepEqual(lines(await call(ALPHA, 'browser_bookmarks')), all);
  assert.deepEqual(lines(await call(ALPHA, 'browser_bookmarks', { query: 'work EXAMPLE' })), [all[1]]);
  tree.children = Array.from({ length: 1_200 }, (_, at) => leaf(`Site${at}`));
  const many = await call(ALPHA, 'browser_bookmarks');
  assert.match(many, /bookmarks: 1200\n- Left out: 200;/);
  assert.ok(many.length <= 10_000);
});

/** One life of the worker. */
async function fresh(chrome = fakeChrome()) {
  globalThis.chrome = chrome;
  const store = await Store.load();
  const changes = [];
  const listener = { onEvent() {}, onLost() {}, onDiscarded() {}, mayOpen: () => true };
  const sessions = new Sessions(() => {});
  const groups = new Groups();
  const tabs = new Tabs({ store, sessions, groups, listener });
  const claims = new Claims({ store, tabs, groups });
  const given = [];
  const give = async (...what) => given.push(what);
  const consents = new Consents({ store, give, onChange: () => changes.push(1) });
  await tabs.load();
  consents.load();
  const call = async (client, tool, args = {}) => {
    const params = { callId: '', clientId: client.clientId, tool, args, readOnly: true, deadlineMs: 5_000 };
    const made = new Call(params, () => {});
    made.bindClient(tabs.client(client), store.numbers);
    try {
      const [{ text }] = await TOOLS[tool].run(made, { tabs, sessions, claims, consents });
      return text;
    } finally {
      made.finish();
    }
  };
  return { chrome, store, tabs, consents, given, changes, call };
}

function settled() {
  return new Promise((resolve) => setTimeout(resolve, 10));
}

function asked(consents) {
  return consents.asked().map(({ key }) => key);
}
