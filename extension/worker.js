import { isHeld, showBadge } from './lib/badge.js';
import { Calls, stopped } from './lib/calls.js';
import { Claims } from './lib/claims.js';
import { Consents, consentsOf } from './lib/consents.js';
import { ToolFailure } from './lib/errors.js';
import { Front } from './lib/front.js';
import { Groups } from './lib/groups.js';
import { Hub } from './lib/hub.js';
import { Journal } from './lib/journal.js';
import { look, withPage } from './lib/look.js';
import { Native } from './lib/native.js';
import { Openings } from './lib/openings.js';
import { Pairing } from './lib/pairing.js';
import { Sessions } from './lib/sessions.js';
import { Store } from './lib/store.js';
import { Tabs } from './lib/tabs.js';
import { TOOLS } from './tools/index.js';

/**
 * @import {ExtensionEvent, LeaveParams} from './protocol.d.ts'
 * @import {View} from './lib/badge.js'
 *
 * @typedef {{type: string, action?: 'pause' | 'resume', code?: string, key?: string, clientId?: string, chromeId?: number}} PopupMessage
 */

/** The extension's one worker. Chromium may end and start it at any time; everything that must last is in the store. */
class Worker {
  /** @type {Set<chrome.runtime.Port>} Popups that are open. */
  #popups = new Set();
  /** @type {import('./protocol.d.ts').ActiveBrowser | null} In reserve: the browser that agents use. */
  #active = null;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.journal = new Journal(chrome.storage.session, store);
    this.sessions = new Sessions(
      () => this.#stopAll(),
      () => (store.stopped ? stopped() : null),
      (clientId) => store.clients.get(clientId)?.routes ?? [],
    );
    this.groups = new Groups();
    this.front = new Front();
    this.tabs = new Tabs({
      store,
      sessions: this.sessions,
      groups: this.groups,
      listener: {
        onEvent: (event) => this.#tell(event),
        onLost: (handle, failure) => this.#lose(handle, failure),
        mayOpen: () => this.hub.state === 'connected' && store.place === 'active' && !store.stopped,
        onDiscarded: (handle, failure) => this.#lose(handle, failure),
      },
    });
    this.claims = new Claims({ store, tabs: this.tabs, groups: this.groups });
    this.consents = new Consents({
      store,
      give: (clientId, chromeId) => this.#give(clientId, chromeId),
      onChange: () => this.#show(),
    });
    const { journal, sessions, groups, front, tabs, claims, consents } = this;
    this.calls = new Calls({
      tools: TOOLS,
      store,
      journal,
      tabs,
      sessions,
      claims,
      consents,
      progress: (params) => this.hub.progress(params),
      look: (params) => look({ tabs, sessions }, params),
      withPage,
    });
    this.openings = new Openings({ store, sessions, groups, front, tabs, calls: this.calls });
    this.native = new Native({
      onHub: (word) => this.hub.connect(word),
      onProblem: () => this.#show(),
      onAbsent: () => this.#connectPaired(),
    });
    this.pairing = new Pairing({ onChange: () => this.#show(), onPaired: () => this.hub.renew() });
    this.hub = new Hub({
      greeting: async () => ({
        version: chrome.runtime.getManifest().version,
        browserId: store.browserId,
        bootId: store.bootId,
        browser: await browserName(),
        tabs: tabs.owned(),
        nextTab: store.nextTab,
        place: store.place,
      }),
      onWelcome: (welcome) => {
        store.nextTab = Math.max(store.nextTab, welcome.nextTab ?? 1);
        this.#place({ place: welcome.place ?? 'active' });
        this.#meet(welcome.clients ?? []);
      },
      onPlace: (place) => this.#place(place),
      onLost: () => this.#show(),
      onClients: (clients) => this.#meet(clients),
      call: (params) => this.calls.handle(params),
      cancel: (callId) => this.calls.cancel(callId),
      leave: (params) => this.#leave(params),
      ask: () => this.native.ask(),
    });
  }

  /** Reads the memory, finds the tabs again, and looks for the hub. */
  static async start() {
    const worker = new Worker(await Store.load());
    await Promise.all([worker.journal.load(), worker.front.load(), worker.tabs.load(), worker.pairing.load()]);
    worker.consents.load();
    chrome.alarms.create(WAKE_ALARM, { periodInMinutes: WAKE_MINUTES });
    worker.sessions.resume([...worker.store.tabs.values()]);
    worker.hub.wake();
    worker.#show();
    return worker;
  }

  /** @param {boolean} withBrowser Whether the browser has started, too. */
  startUp(withBrowser) {
    if (withBrowser) this.tabs.missing.handleStartup();
    this.hub.wake();
  }

  /** @param {chrome.runtime.Port} port */
  openPopup(port) {
    this.#popups.add(port);
    port.onDisconnect.addListener(() => this.#popups.delete(port));
    port.onMessage.addListener((/** @type {PopupMessage} */ { type, action, code, key, clientId, chromeId }) => {
      if (type === 'stop') this.#stopAll();
      else if (type === 'resume') this.#resume();
      else if (type === 'connect') this.hub.wake();
      else if (type === 'use') this.hub.activate();
      else if (type === 'control' && action) this.hub.control({ action, clientId: String(clientId) });
      else if (type === 'pair') this.pairing.pair(String(code));
      else if (type === 'allow') this.consents.answer(String(key), 'allowed');
      else if (type === 'deny') this.consents.answer(String(key), 'denied');
      else if (type === 'give') this.#give(String(clientId), Number(chromeId));
      else if (type === 'take') this.claims.takeBack(Number(chromeId));
    });
    port.postMessage(this.#view());
  }

  /** Dials the hub by an earlier pairing; `false` if there was none. */
  #connectPaired() {
    const { paired } = this.pairing;
    if (!paired) return false;
    this.hub.connect({ ...paired, paired: true });
    return true;
  }

  /** The person stops all agents; nothing is attached again before the person resumes. */
  async #stopAll() {
    if (this.store.stopped) return;
    this.store.stopped = true;
    this.calls.stop(stopped(), () => true);
    this.#show();
    await Promise.all([this.store.save(), this.sessions.detachAll(), this.claims.takeAllBack()]);
  }

  async #resume() {
    this.store.stopped = false;
    this.#show();
    this.tabs.missing.resume();
    await this.store.save();
  }

  /** @param {string} clientId @param {number} chromeId */
  async #give(clientId, chromeId) {
    if (await this.claims.give(clientId, chromeId)) this.consents.handleTabGone(chromeId);
  }

  /** @param {LeaveParams} params */
  async #leave({ clientId, tabs: then }) {
    const failure = new ToolFailure('cancelled', 'The agent has left.', 'Start the agent again.');
    this.calls.stop(failure, (call) => call.clientId === clientId);
    await this.tabs.leave(clientId, then);
    this.consents.tidy();
    this.#show();
  }

  /** @param {string} handle @param {ToolFailure} failure */
  #lose(handle, failure) {
    this.calls.stop(failure, (call) => call.hasTab && call.tab.handle === handle && call.tool !== 'browser_close');
  }

  /** @param {import('./protocol.d.ts').PlaceNotice} notice */
  #place({ place, active = {} }) {
    this.store.place = place;
    this.store.saveSession();
    this.#active = place === 'reserve' ? active : null;
    this.tabs.missing.resume();
    this.#show();
  }

  /** @param {import('./protocol.d.ts').ClientSummary[]} clients */
  #meet(clients) {
    this.tabs.handleClients(clients);
    this.consents.tidy();
    this.#show();
  }

  /** @param {ExtensionEvent} event */
  #tell(event) {
    this.hub.event(event);
    this.#show();
  }

  #show() {
    const view = this.#view();
    showBadge(view).catch(() => {});
    for (const port of this.#popups) port.postMessage(view);
  }

  /** @returns {View} */
  #view() {
    const connected = this.hub.state === 'connected';
    const clients = [...this.store.clients.values()].map((client) => {
      const tabs = this.tabs.list(client.clientId);
      return {
        clientId: client.clientId,
        label: client.label,
        colour: client.colour,
        connected: client.connected && connected,
        control: client.control ?? 'running',
        tabs: tabs.map(({ chromeId }) => chromeId),
        given: consentsOf(client).filter(({ consent }) => consent.state !== 'asked').map(given),
        claimed: tabs.filter(({ claimed }) => claimed).map(({ chromeId, title, url }) => ({ chromeId, title, url })),
      };
    });
    const shown = clients.filter((client) => client.connected || client.tabs.length > 0 || client.given.length > 0 || isHeld(client));
    shown.sort((a, b) => a.label.localeCompare(b.label));
    const problem = connected ? null : (this.hub.problem ?? this.native.problem);
    const { busy, problem: refused } = this.pairing;
    const pairing = { offered: !connected && this.native.absent, busy, problem: refused };
    const reserve = connected ? this.#active : null;
    const asks = this.consents.asked().map((ask) => ({ ...given(ask), label: ask.client.label, colour: ask.client.colour }));
    return { connected, stopped: this.store.stopped, reserve, problem, pairing, asks, clients: shown };
  }
}

/** @param {import('./lib/consents.js').Named} one @returns {import('./lib/badge.js').Given} */
function given({ key, consent: { kind, state, tab } }) {
  return { key, kind, state, tab };
}

/** Such as `Chromium 156.0.7000.12`. */
async function browserName() {
  const data = /** @type {any} */ (navigator).userAgentData;
  const { fullVersionList = [] } = (await data?.getHighEntropyValues(['fullVersionList'])) ?? {};
  /** @type {{brand: string, version: string}[]} */
  const brands = fullVersionList.filter((/** @type {any} */ { brand }) => !/not.*brand/i.test(brand));
  const named = brands.find(({ brand }) => brand !== 'Chromium') ?? brands[0];
  return named ? `${named.brand} ${named.version}` : 'Chromium';
}

/** Brings the worker back after its death, even when nothing else happens in the browser. */
const WAKE_ALARM = 'wake';
/** Chromium wakes a worker no oftener. */
const WAKE_MINUTES = 0.5;

/** @type {Worker | undefined} The worker, once its memory is read. */
let worker;
const ready = Worker.start().then((started) => {
  worker = started;
  return started;
});

/** Handles events in their order, at once when the memory is read. @param {(worker: Worker) => unknown} handle */
function when(handle) {
  if (worker) handle(worker);
  else ready.then(handle);
}

// Chromium starts the worker for an event only if its listener is there when this file has run.
chrome.debugger.onEvent.addListener((source, method, params) => {
  // No session of this life of the worker hears what comes before it is ready.
  worker?.sessions.handleEvent(source, method, params);
});
chrome.debugger.onDetach.addListener((source, reason) => when(({ sessions }) => sessions.handleDetach(source, reason)));
chrome.tabs.onCreated.addListener((tab) => when(({ openings }) => openings.handleCreated(tab)));
chrome.tabs.onActivated.addListener(({ tabId, windowId }) =>
  when(({ front, sessions }) => {
    front.handleActivated(tabId, windowId);
    sessions.handleActivated(tabId);
  }),
);
chrome.tabs.onRemoved.addListener((tabId, how) =>
  when(({ tabs, consents }) => {
    tabs.handleRemoved(tabId, how);
    consents.handleTabGone(tabId);
  }),
);
chrome.tabs.onUpdated.addListener((tabId, change) =>
  when(({ tabs, consents }) => {
    tabs.handleUpdated(tabId, change);
    consents.handleUpdated(tabId, change);
  }),
);
chrome.tabs.onReplaced.addListener((added, removed) =>
  when(({ tabs, consents }) => {
    tabs.handleReplaced(added, removed);
    consents.handleTabGone(removed);
  }),
);
chrome.permissions.onAdded.addListener(({ permissions = [] }) => when(({ consents }) => consents.handleGranted(permissions)));
chrome.windows.onFocusChanged.addListener((windowId) => when(({ front }) => front.handleFocus(windowId)));
chrome.windows.onRemoved.addListener((windowId) => when(({ front }) => front.handleWindowRemoved(windowId)));
chrome.webNavigation.onCreatedNavigationTarget.addListener((target) => when(({ openings }) => openings.handleTarget(target)));
chrome.webNavigation.onErrorOccurred.addListener(({ tabId, frameId }) => {
  if (frameId === 0) when(({ sessions }) => sessions.handleFailedNavigation(tabId));
});
chrome.alarms.onAlarm.addListener(() => when(({ hub }) => hub.wake()));
chrome.runtime.onStartup.addListener(() => when((started) => started.startUp(true)));
// With --load-extension every start of the browser is an installation; a reload of the extension is an update.
chrome.runtime.onInstalled.addListener(({ reason }) => when((started) => started.startUp(reason !== 'update')));
chrome.runtime.onConnect.addListener((port) => when((started) => started.openPopup(port)));
