import { Numbers, spent } from './numbers.js';

/**
 * @import {Consent} from './consents.js'
 * @import {Counters} from './numbers.js'
 *
 * A tab and its owner.
 * @typedef {object} TabRecord
 * @property {string} handle
 * @property {string} clientId
 * @property {number} chromeId The tab's id in Chromium; -1 while it is being opened. Chromium draws others after a restart.
 * @property {string} url
 * @property {string} title
 * @property {Counters} counters The numbers of its refs and of its frames.
 * @property {import('./emulation.js').Settings} [emulation] What its owner had its page see.
 * @property {string[]} [past] The addresses that it showed before, the last ones only.
 * @property {boolean} [missing] Whether it is not there, and may come back.
 * @property {Home} [claimed] Of a tab that the person gave its owner: where it stood.
 * @property {boolean} [untold] Until its owner was told of that.
 * @property {string} [reopened] Its address when it was lost and opened again, until its agent is told.
 *
 * Where the person had a tab.
 * @typedef {{pinned: boolean, group?: {id: number, title: string, color: string}}} Home
 *
 * A tab that an agent closed: its addresses, the last one first, and its group.
 * @typedef {{urls: string[], label: string, colour: string}} ClosedTab
 *
 * @typedef {object} ClientRecord
 * @property {string} clientId
 * @property {string} label
 * @property {string} colour
 * @property {number} groupId The client's tab group in Chromium; -1 when there is none.
 * @property {string | null} current The handle of its current tab.
 * @property {Record<string, 'closed' | 'taken'>} lost What became of tabs that it did not close itself.
 * @property {import('./routes.js').Route[]} [routes] What becomes of the requests of its tabs.
 * @property {boolean} connected Whether its MCP process is connected.
 * @property {import('../protocol.d.ts').Control} [control] Whether a person lets it work, as the hub says; it is not held
 *   before the hub has spoken.
 * @property {Consent[]} [consents] What it asked for of the person's.
 * @property {number} [unseenAt] Since when no hub knows of it, in milliseconds since the epoch.
 */

/** What the extension remembers: in `storage.local` for good, in `storage.session` for the life of its memory. */
export class Store {
  browserId = '';
  /** The number of the next tab handle; a handle is never given out twice. */
  nextTab = 1;
  /** The numbers that are granted next; what is below them was granted, and is granted to nobody else. */
  granted = { ref: 1, frame: 1, name: 1 };
  numbers = new Numbers(this);
  /** @type {Map<string, TabRecord>} By handle. */
  tabs = new Map();
  /** @type {Map<string, ClientRecord>} By client id. */
  clients = new Map();
  /** @type {ClosedTab[]} What agents closed last: a browser that ends seconds later brings it back. */
  closed = [];
  /** @type {TabRecord[]} What the person took from agents last: who is given one back has it under its handle. */
  taken = [];
  /** Names this life of the memory; another one means that the journal is lost. */
  bootId = '';
  /** Whether this is a fresh memory: the first start, a reload of the extension, or a start of the browser. */
  fresh = false;
  /** @type {import('../protocol.d.ts').Place | undefined} Whether the hub sent calls to this browser last. */
  place;
  /** Whether the person stopped all agents: only the person's Resume ends it, and no death or reload of anything. */
  stopped = false;
  #local = new Writer(chrome.storage.local, () => ({
    browserId: this.browserId,
    nextTab: this.nextTab,
    granted: this.granted,
    tabs: Object.fromEntries(this.tabs),
    clients: Object.fromEntries(this.clients),
    closed: this.closed,
    taken: this.taken,
    stopped: this.stopped,
  }));
  /** @type {Promise<void> | null} */
  #held = null;
  #session = new Writer(chrome.storage.session, () => ({
    bootId: this.bootId,
    place: this.place,
  }));

  /** Reads both memories and draws what is missing. @returns {Promise<Store>} */
  static async load() {
    const store = new Store();
    const [local, session] = await Promise.all([
      chrome.storage.local.get(['browserId', 'nextTab', 'granted', 'tabs', 'clients', 'closed', 'taken', 'stopped']),
      chrome.storage.session.get(['bootId', 'place']),
    ]);
    store.browserId = String(local.browserId ?? crypto.randomUUID());
    store.nextTab = Number(local.nextTab ?? 1);
    Object.assign(store.granted, local.granted);
    store.tabs = new Map(Object.entries(/** @type {Record<string, TabRecord>} */ (local.tabs ?? {})));
    for (const record of store.tabs.values()) record.counters = spent(record.counters ?? {});
    store.clients = new Map(Object.entries(/** @type {Record<string, ClientRecord>} */ (local.clients ?? {})));
    store.fresh = !session.bootId;
    store.bootId = String(session.bootId ?? crypto.randomUUID());
    store.place = session.place === 'active' || session.place === 'reserve' ? session.place : undefined;
    store.closed = /** @type {ClosedTab[] | undefined} */ (local.closed) ?? [];
    // Another start of the browser draws other ids for the same tabs.
    store.taken = store.fresh ? [] : (/** @type {TabRecord[] | undefined} */ (local.taken) ?? []);
    store.stopped = Boolean(local.stopped);
    await Promise.all([local.browserId ? null : store.save(), store.fresh ? store.saveSession() : null]);
    return store;
  }

  /** Writes what is kept for good; resolves when the state of this moment is written. */
  save() {
    return this.#held ? this.#held.then(() => this.#local.save()) : this.#local.save();
  }

  /** Writes nothing for a moment. A window that closes may be the browser's end, and what was in it comes back with its next start. */
  hold() {
    this.#held ??= new Promise((resolve) => setTimeout(resolve, HELD_MS)).then(() => {
      this.#held = null;
    });
  }

  /** Writes what is kept for the life of the memory; resolves when the state of this moment is written. */
  saveSession() {
    return this.#session.save();
  }
}

/** A browser whose last window closes ends within this time. */
const HELD_MS = 2_000;

/** Writes a changing state in order: while one write runs, all further ones become one. */
class Writer {
  /** @type {Promise<void>} */
  #running = Promise.resolve();
  /** @type {Promise<void> | null} */
  #next = null;

  /** @param {chrome.storage.StorageArea} area @param {() => Record<string, unknown>} state */
  constructor(area, state) {
    this.area = area;
    this.state = state;
  }

  save() {
    this.#next ??= this.#write();
    return this.#next;
  }

  async #write() {
    await this.#running.catch(() => {});
    this.#next = null;
    this.#running = this.area.set(this.state());
    await this.#running;
  }
}
