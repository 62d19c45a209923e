import { leftovers, restore, restoreEarlier } from './restore.js';

/**
 * @import {Groups} from './groups.js'
 * @import {Store, TabRecord} from './store.js'
 *
 * What happens to a tab that was missing.
 * @typedef {object} MissingListener
 * @property {(record: TabRecord) => void} onFound It is there, under the id that the record has.
 * @property {() => boolean} mayOpen Whether lost tabs are opened again at all.
 * @property {(record: TabRecord) => void} onGone It will not be there: it was closed while the extension was away.
 *
 * A tab that somebody may wait for.
 * @typedef {{there: Promise<void>, resolve(): void, reject(error: unknown): void}} Wait
 */

/**
 * Tabs that agents own and that are not there when the extension's memory is new.
 *
 * | what happened | what is done |
 * |---|---|
 * | the browser started and brings the tab back | it is found by group and address, at once or a moment later |
 * | the browser had written down an earlier page of it | it is led to its last address |
 * | the browser does not bring it back | it is opened again at its last address, once its client is connected |
 * | the same, and it was the person's before | it is forgotten |
 * | the extension was reloaded | the tab was closed meanwhile |
 * | its client has left | nothing; it is forgotten |
 */
export class Missing {
  /** @type {Map<string, Wait>} By handle. */
  #waits = new Map();
  /** @type {import('./store.js').ClosedTab[]} What must not come back, or not twice. */
  #unwanted = [];
  #finding = Promise.resolve();
  #isStartup = false;
  /** Whether Chromium has had the time to bring back what it will. */
  #isOver = false;
  /** @type {string[]} The tabs that are to be opened again, those included that are being opened. */
  #line = [];
  /** @type {Set<string>} The tabs that are being opened. */
  #opening = new Set();

  /** @param {{store: Store, groups: Groups, listener: MissingListener}} parts */
  constructor({ store, groups, listener }) {
    this.store = store;
    this.groups = groups;
    this.listener = listener;
  }

  /** Waits for tabs that are not there. @param {TabRecord[]} records */
  expect(records) {
    for (const record of records) {
      record.chromeId = -1;
      record.missing = true;
      this.#waits.set(record.handle, wait());
    }
    if (this.store.fresh) this.#unwanted = this.store.closed;
    else this.#isStartup = true;
    if (records.length > 0 || this.#unwanted.length > 0) {
      setTimeout(() => this.#inTurn(() => this.#settleUp()), RESTORE_MS);
      setTimeout(() => (this.#unwanted = this.store.closed = []), LATE_MS);
    }
  }

  /** The browser has just started: what is not there may have been lost with it. */
  handleStartup() {
    this.#isStartup = true;
  }

  /** A tab that is no client's has changed: it may be a missing one. */
  handleUnknown() {
    if (this.#waits.size > 0 || this.#unwanted.length > 0) this.#inTurn(() => this.#find());
  }

  /** Resolves when the tab is there; rejects when it will not be. @param {string} handle */
  async ready(handle) {
    const wait = this.#waits.get(handle);
    if (wait) this.#open(handle);
    await wait?.there;
  }

  /** The tab is not waited for any more. @param {string} handle @param {unknown} error What those who wait for it are told. */
  forget(handle, error) {
    this.#waits.get(handle)?.reject(error);
    this.#waits.delete(handle);
  }

  /** Opens what may be opened again, a few at a time. */
  resume() {
    for (const handle of this.#waits.keys()) this.#open(handle);
  }

  /** Looks for the missing tabs among those that are there by now. */
  async #find() {
    const sought = this.#sought();
    const gone = new Set(await restore(this.store, sought));
    for (const record of sought) if (!gone.has(record)) this.#found(record);
    for (const id of await leftovers(this.store, this.#unwanted)) await chrome.tabs.remove(id).catch(() => {});
  }

  /** The browser brings nothing back any more. */
  async #settleUp() {
    await this.#find();
    for (const record of await restoreEarlier(this.store, this.#sought())) {
      record.reopened = record.url;
      await chrome.tabs.update(record.chromeId, { url: address(record) }).catch(() => {});
      this.#found(record);
    }
    this.#isOver = true;
    // What was the person's is theirs to open again.
    for (const record of this.#sought()) if (!this.#isStartup || record.claimed) this.listener.onGone(record);
    this.resume();
  }

  /** @param {string} handle */
  #open(handle) {
    const record = this.store.tabs.get(handle);
    const client = record && this.store.clients.get(record.clientId);
    if (!record || !client?.connected || !this.#isOver || !this.listener.mayOpen() || this.#line.includes(handle)) return;
    this.#line.push(handle);
    this.#next();
  }

  async #next() {
    const handle = this.#line.find((each) => !this.#opening.has(each));
    if (handle === undefined || this.#opening.size === AT_ONCE) return;
    this.#opening.add(handle);
    try {
      await this.#reopen(handle);
    } finally {
      this.#opening.delete(handle);
      this.#line = this.#line.filter((other) => other !== handle);
      this.#next();
    }
  }

  /** @param {string} handle */
  async #reopen(handle) {
    const record = this.store.tabs.get(handle);
    const client = record && this.store.clients.get(record.clientId);
    if (!record || !client || !this.#waits.has(handle)) return;
    try {
      await this.groups.open(client, record, address(record));
    } catch (error) {
      console.error(error);
      this.listener.onGone(record);
    }
    if (this.#waits.has(handle)) {
      record.reopened = record.url;
      this.#unwanted.push({ urls: [record.url, ...(record.past ?? [])], label: client.label, colour: client.colour });
      this.#found(record);
    } else if (record.chromeId >= 0) {
      // Its client left meanwhile.
      await chrome.tabs.remove(record.chromeId).catch(() => {});
    }
  }

  /** @param {TabRecord} record */
  #found(record) {
    delete record.missing;
    this.listener.onFound(record);
    this.#waits.get(record.handle)?.resolve();
    this.#waits.delete(record.handle);
  }

  #sought() {
    const handles = [...this.#waits.keys()].filter((handle) => !this.#opening.has(handle));
    return handles.flatMap((handle) => this.store.tabs.get(handle) ?? []);
  }

  /** @param {() => Promise<void>} work */
  #inTurn(work) {
    this.#finding = this.#finding.then(work).catch((error) => console.error(error));
  }
}

/** Where a lost tab is opened again; other addresses than those of the web may mean nothing by now. @param {TabRecord} record */
function address({ url }) {
  return /^https?:/.test(url) ? url : 'about:blank';
}

/** @returns {Wait} */
function wait() {
  /** @type {Partial<Wait>} */
  const made = {};
  made.there = new Promise((resolve, reject) => Object.assign(made, { resolve: () => resolve(undefined), reject }));
  made.there.catch(() => {});
  return /** @type {Wait} */ (made);
}

/** A starting browser brings the tabs of its last session back within this time; measured: before the worker runs. */
const RESTORE_MS = 3_000;
/** What it brings back after that and up to here is known for what it is. */
const LATE_MS = 60_000;
/** How many lost tabs are opened at the same time. */
const AT_ONCE = 3;
