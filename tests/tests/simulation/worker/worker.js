// Puts the extension's own scripts together as worker.js does, over small stand-ins for tabs, sessions and tools.

import { Calls } from './lib/calls.js';
import { ToolFailure } from './lib/errors.js';
import { Hub } from './lib/hub.js';
import { Journal } from './lib/journal.js';
import { newCounters } from './lib/numbers.js';
import { Store } from './lib/store.js';

/** Tabs that open in a while and are there for ever, until their client leaves. */
class Tabs {
  #opening = new Map();

  constructor(store, tell) {
    this.store = store;
    this.tell = tell;
  }
  client({ clientId, label, colour }) {
    const known = this.store.clients.get(clientId) ?? { clientId, groupId: -1, current: null, lost: {}, connected: true };
    this.store.clients.set(clientId, Object.assign(known, { label, colour }));
    return known;
  }
  handleClients(clients) {
    for (const said of clients) this.client(said).connected = said.connected;
    this.store.save();
  }
  list(clientId) {
    return [...this.store.tabs.values()].filter((record) => record.clientId === clientId);
  }
  owned() {
    return [...this.store.tabs.values()].map(({ handle, clientId }) => ({ tab: handle, clientId, url: '', title: '' }));
  }
  resolve(client, handle = client.current ?? undefined) {
    return (handle && this.store.tabs.get(handle)) || null;
  }
  open(client) {
    const number = this.store.nextTab++;
    const handle = `t${number}`;
    const counters = newCounters();
    const record = { handle, clientId: client.clientId, chromeId: number, url: '', title: '', counters };
    this.store.tabs.set(handle, record);
    client.current = handle;
    const opened = Promise.all([ask('step'), this.store.save()]).then(() => this.tell('tabCreated', record));
    this.#opening.set(handle, opened);
    return record;
  }
  news() {
    return [];
  }
  async ready(record) {
    await this.#opening.get(record.handle);
  }
  async leave(clientId) {
    for (const record of this.list(clientId)) {
      await ask('step');
      this.store.tabs.delete(record.handle);
      this.tell('tabClosed', record);
    }
    this.store.clients.delete(clientId);
    await this.store.save();
  }
}

/** Debugging sessions that attach in a while. */
const sessions = {
  of: () => ({
    dialog: null,
    downloads: { begun: 0 },
    use: () => () => {},
    attach: () => ask('step'),
    on: () => () => {},
  }),
  all: () => [],
  onDialog: () => () => {},
};

/** A tool whose plan is `before,after,size`: so many steps before its effect and after it, and an answer of that size. */
async function act(call) {
  const [before, after, size] = (call.args.text ?? call.args.key).split(',').map(Number);
  for (let step = 0; step < before; step += 1) await call.race(ask('step'));
  call.progress(1, 2, 'half-way');
  await call.race(ask('effect', call.callId));
  for (let step = 0; step < after; step += 1) await call.race(ask('step'));
  return answer(call, size);
}

async function look(call) {
  for (let step = 0; step < 2; step += 1) await call.race(ask('step'));
  return answer(call, 0);
}

function answer(call, size) {
  return [{ type: 'text', text: `${call.callId} of ${call.clientId}${' '.repeat(size)}` }];
}

const TOOLS = {
  browser_type: { run: act, tab: 'opens' },
  browser_press_key: { run: act, tab: 'own' },
  browser_snapshot: { run: look, tab: 'opens' },
};

const store = await Store.load();
const journal = new Journal(chrome.storage.session, store);
const tabs = new Tabs(store, (event, { handle, clientId }) => hub.event({ event, tab: handle, clientId }));
const calls = new Calls({
  tools: TOOLS,
  store,
  journal,
  tabs,
  sessions,
  progress: (params) => hub.progress(params),
  look: async () => {
    await ask('step');
    return 'The page.';
  },
});
const hub = new Hub({
  greeting: async () => ({
    version: '0.1.0',
    browserId: store.browserId,
    bootId: store.bootId,
    browser: 'Chromium',
    tabs: tabs.owned(),
    nextTab: store.nextTab,
    place: store.place,
  }),
  onWelcome: (welcome) => {
    store.nextTab = Math.max(store.nextTab, welcome.nextTab ?? 1);
    take(welcome);
    tabs.handleClients(welcome.clients ?? []);
  },
  onPlace: (said) => take(said),
  onLost: () => {},
  onClients: (clients) => tabs.handleClients(clients),
  call: (params) => calls.handle(params),
  cancel: (callId) => calls.cancel(callId),
  leave: async ({ clientId }) => {
    const failure = new ToolFailure('cancelled', 'The agent has left.', 'Start the agent again.');
    calls.stop(failure, (call) => call.clientId === clientId);
    await tabs.leave(clientId);
  },
  ask: () => host('native', 0, ''),
});
await journal.load();
hub.wake();

/** Keeps what the hub says of this browser's place, for the next hub. */
function take({ place }) {
  store.place = place;
  store.saveSession();
}

/** The native host tells of a hub. */
globalThis.word = () => hub.connect({ type: 'hub', port: 9008, key: '', browserPid: 1 });

/** How many calls are at work. */
globalThis.callsRunning = () => {
  let running = 0;
  calls.stop(new ToolFailure('cancelled', '', ''), () => {
    running += 1;
    return false;
  });
  return running;
};
