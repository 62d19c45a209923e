import { bringHome } from './claims.js';
import { closeTab } from './close.js';
import { ToolFailure } from './errors.js';
import { Missing } from './missing.js';
import { newCounters } from './numbers.js';
import { restore } from './restore.js';

/**
 * @import {ClientSummary, EventKind, ExtensionEvent, OwnedTab, TabsOnLeave} from '../protocol.d.ts'
 * @import {ClientRecord, Home, Store, TabRecord} from './store.js'
 * @import {Sessions} from './sessions.js'
 * @import {Groups} from './groups.js'
 *
 * @typedef {object} TabsListener
 * @property {(event: ExtensionEvent) => void} onEvent
 * @property {(handle: string, failure: ToolFailure) => void} onLost The tab is no client's any more.
 * @property {() => boolean} mayOpen Whether agents work in this browser at all, so that their lost tabs are opened again.
 * @property {(handle: string, failure: ToolFailure) => void} onDiscarded The tab has no page until its next call.
 */

/** Which tab is whose, and which one each client works in. */
export class Tabs {
  /** @type {Map<number, TabRecord>} By the tab's id in Chromium. */
  #byChromeId = new Map();
  /** @type {Map<string, Promise<void>>} Tabs that are being opened. */
  #opening = new Map();
  /** @type {Map<string, () => void>} Tabs that a client closes. */
  #closing = new Map();
  /** @type {Map<string, ReturnType<typeof setTimeout>>} Changes that the hub was not told of yet. */
  #changed = new Map();

  /** @param {{store: Store, sessions: Sessions, groups: Groups, listener: TabsListener}} parts */
  constructor({ store, sessions, groups, listener }) {
    this.store = store;
    this.sessions = sessions;
    this.groups = groups;
    this.listener = listener;
    this.missing = new Missing({
      store,
      groups,
      listener: {
        onFound: (record) => this.#settle(record),
        onGone: (record) => this.#miss(record),
        mayOpen: () => listener.mayOpen(),
      },
    });
  }

  /** Finds the stored tabs again; a starting browser brings them back, or they are opened again. */
  async load() {
    const gone = await restore(this.store, [...this.store.tabs.values()]);
    const lost = gone.filter((record) => this.store.fresh || record.missing);
    for (const record of gone) if (!lost.includes(record)) this.#forget(record, 'closed');
    for (const record of this.store.tabs.values()) {
      if (gone.includes(record)) continue;
      this.#byChromeId.set(record.chromeId, record);
      this.#keep(record);
    }
    // Who is connected is the hub's to say.
    if (this.store.fresh) for (const client of this.store.clients.values()) client.connected = false;
    this.missing.expect(lost);
    await this.store.save();
  }

  /** The client, made or brought up to date with what the hub says of it. @param {{clientId: string, label: string, colour: string}} said */
  client({ clientId, label, colour }) {
    const client = this.store.clients.get(clientId) ?? newClient(clientId);
    const before = { label: client.label, colour: client.colour };
    this.store.clients.set(clientId, Object.assign(client, { label, colour }));
    const isSame = before.label === label && before.colour === colour;
    const own = this.list(clientId).map(({ chromeId }) => chromeId);
    if (!isSame && own.length > 0) this.groups.relabel(client, before, own).catch(() => {});
    return client;
  }

  /** Takes over what the hub says of all clients. @param {ClientSummary[]} clients */
  handleClients(clients) {
    const known = new Set(clients.map(({ clientId }) => clientId));
    for (const said of clients) {
      // A hub that has just started guesses the looks of a client that is not back yet.
      const known = said.connected ? undefined : this.store.clients.get(said.clientId);
      const client = this.client(known ? { ...said, label: known.label, colour: known.colour } : said);
      Object.assign(client, { connected: said.connected, control: said.control ?? 'running' });
    }
    for (const client of [...this.store.clients.values()]) {
      if (known.has(client.clientId)) {
        delete client.unseenAt;
        continue;
      }
      client.connected = false;
      for (const record of this.list(client.clientId)) if (record.missing) this.#drop(record);
      if (this.list(client.clientId).length === 0 && !mayReturn(client)) this.store.clients.delete(client.clientId);
    }
    this.missing.resume();
    this.store.save();
  }

  /** A client's tabs in the order of their handles, as their indices count them. @param {string} clientId */
  list(clientId) {
    const own = [...this.store.tabs.values()].filter((record) => record.clientId === clientId);
    return own.sort((a, b) => Number(a.handle.slice(1)) - Number(b.handle.slice(1)));
  }

  /** Every owned tab, as the hub is told of it; it says when the client of a missing one is gone for good. @returns {OwnedTab[]} */
  owned() {
    const open = [...this.store.tabs.values()].filter(({ chromeId, missing }) => chromeId >= 0 || missing);
    return open.map(({ handle, clientId, url, title }) => ({ tab: handle, clientId, url, title }));
  }

  /** The record of a tab of some client. @param {number} chromeId */
  byChromeId(chromeId) {
    return this.#byChromeId.get(chromeId);
  }

  /**
   * The tab that a call means: the named one, or the client's current one.
   *
   * @param {ClientRecord} client
   * @param {string} [handle]
   * @returns {TabRecord | null} Null when none is named and there is no current one.
   */
  resolve(client, handle) {
    if (handle === undefined) return this.#current(client);
    const record = this.store.tabs.get(handle);
    if (!record) throw lost(handle, client.lost[handle]);
    if (record.clientId !== client.clientId) {
      throw new ToolFailure('not_yours', `Tab ${handle} belongs to another agent.`, OWN_TABS);
    }
    return record;
  }

  /** The tab that a call means, if it is there; nobody is told of anything by this. @param {string} clientId @param {string} [handle] */
  peek(clientId, handle) {
    const record = this.store.tabs.get(handle ?? this.store.clients.get(clientId)?.current ?? '');
    return record?.clientId === clientId ? record : null;
  }

  /** Opens a tab behind the one in front and makes it the client's current one; it can be named before it is there. @param {ClientRecord} client */
  open(client) {
    const record = this.#mint(client.clientId, -1, 'about:blank');
    client.current = record.handle;
    const opening = this.#open(client, record).finally(() => this.#opening.delete(record.handle));
    this.#opening.set(record.handle, opening);
    opening.catch(() => {});
    return record;
  }

  /** Resolves when the tab is there. @param {TabRecord} record */
  async ready(record) {
    await (record.missing ? this.missing.ready(record.handle) : this.#opening.get(record.handle));
  }

  /** Gives a tab that a client's page opened to that client. @param {chrome.tabs.Tab} tab @param {TabRecord} opener */
  adopt(tab, opener) {
    const url = tab.pendingUrl || tab.url || '';
    const record = this.#mint(opener.clientId, tab.id ?? -1, url);
    record.title = tab.title ?? '';
    this.#settle(record);
    return record;
  }

  /** Makes a tab the client's current one, without bringing it to front. @param {TabRecord} record */
  async select(record) {
    const client = this.store.clients.get(record.clientId);
    if (client) client.current = record.handle;
    delete record.untold;
    await this.store.save();
  }

  /**
   * Gives a client a tab of the person's; one that was taken from it is given back, under its handle and with its refs.
   *
   * @param {ClientRecord} client
   * @param {chrome.tabs.Tab} tab
   * @param {Home} home
   */
  claim({ clientId, lost }, { id = -1, url = '', title = '' }, home) {
    const before = this.store.taken.find((record) => record.chromeId === id && record.clientId === clientId);
    const record = before ?? this.#mint(clientId, id, url);
    this.store.taken = this.store.taken.filter((each) => each.chromeId !== id);
    this.store.tabs.set(record.handle, record);
    delete lost[record.handle];
    Object.assign(record, { url, title, claimed: home, untold: true });
    this.#settle(record);
    return record;
  }

  /** The person takes a tab from its client, in the popup. @param {TabRecord} record */
  async takeBack(record) {
    this.#takeOver(record);
    await this.#goHome(record);
  }

  /** What a client has been given since it was last told; it is told by this. @param {string} clientId */
  news(clientId) {
    const given = this.list(clientId).filter(({ untold }) => untold);
    for (const record of given) delete record.untold;
    if (given.length > 0) this.store.save();
    return given;
  }

  /** Closes a tab for its owner; one of the person's is given back to them. @param {TabRecord} record */
  async close(record) {
    if (record.missing) return this.#drop(record);
    await this.ready(record);
    if (record.claimed) return this.#giveBack(record);
    /** @type {Promise<void>} */
    const gone = new Promise((resolve) => this.#closing.set(record.handle, resolve));
    try {
      await closeTab(this.sessions.of(record), gone);
      // The event of the tab's end may still be on its way.
      this.handleRemoved(record.chromeId);
    } finally {
      this.#closing.delete(record.handle);
    }
  }

  /** A client has left for good: its tabs are closed, or become the person's. @param {string} clientId @param {TabsOnLeave} then */
  async leave(clientId, then) {
    const own = this.list(clientId);
    this.store.taken = this.store.taken.filter((record) => record.clientId !== clientId);
    if (then === 'close') await Promise.all(own.map((record) => this.close(record).catch(() => {})));
    else await Promise.all(own.map((record) => this.#leaveBehind(record).catch(() => {})));
    const client = this.store.clients.get(clientId);
    if (this.list(clientId).length === 0) this.store.clients.delete(clientId);
    else if (client) Object.assign(client, { consents: [], routes: [] });
    await this.store.save();
  }

  /** @param {number} chromeId @param {{isWindowClosing?: boolean}} [how] */
  handleRemoved(chromeId, { isWindowClosing = false } = {}) {
    this.store.taken = this.store.taken.filter((record) => record.chromeId !== chromeId);
    const record = this.#byChromeId.get(chromeId);
    if (!record) return;
    if (isWindowClosing) this.store.hold();
    const own = this.#closing.get(record.handle);
    if (own) this.#noteClosed(record);
    this.#forget(record, own ? null : 'closed');
    this.sessions.drop(chromeId);
    own?.();
    this.store.save();
    this.#tell('tabClosed', record);
    this.listener.onLost(record.handle, lost(record.handle, 'closed'));
  }

  /** @param {number} chromeId @param {{url?: string, title?: string, groupId?: number}} change */
  handleUpdated(chromeId, { url, title, groupId }) {
    const record = this.#byChromeId.get(chromeId);
    if (!record) {
      this.missing.handleUnknown();
      return;
    }
    if (groupId !== undefined) this.#checkGroup(record);
    if ((url ?? record.url) === record.url && (title ?? record.title) === record.title) return;
    if (url !== undefined && url !== record.url) {
      record.past = [record.url, ...(record.past ?? [])].slice(0, PAST_KEPT);
      record.url = url;
    }
    record.title = title ?? record.title;
    this.store.save();
    if (this.#changed.has(record.handle)) return;
    const tell = () => {
      this.#changed.delete(record.handle);
      if (this.store.tabs.has(record.handle)) this.#tell('tabChanged', record);
    };
    this.#changed.set(record.handle, setTimeout(tell, CHANGE_MS));
  }

  /** A discarded tab comes back under another id. @param {number} added @param {number} removed */
  handleReplaced(added, removed) {
    const record = this.#byChromeId.get(removed);
    if (!record) return;
    this.#byChromeId.delete(removed);
    this.#byChromeId.set(added, record);
    record.chromeId = added;
    this.sessions.drop(removed);
    this.#keep(record);
    this.store.save();
    this.listener.onDiscarded(record.handle, discarded(record.handle));
  }

  /** A missing tab is not opened again. @param {TabRecord} record */
  #miss(record) {
    this.#forget(record, 'closed');
    this.missing.forget(record.handle, lost(record.handle, 'closed'));
    this.store.save();
    this.#tell('tabClosed', record);
  }

  /** A missing tab is closed by its owner. @param {TabRecord} record */
  #drop(record) {
    this.#forget(record, null);
    this.missing.forget(record.handle, lost(record.handle));
    this.store.save();
    this.#tell('tabClosed', record);
  }

  /** @param {ClientRecord} client */
  #current(client) {
    const { current } = client;
    if (current === null) return null;
    const record = this.store.tabs.get(current);
    if (record) return record;
    client.current = this.list(client.clientId).at(-1)?.handle ?? null;
    throw lost(current, client.lost[current]);
  }

  /** @param {string} clientId @param {number} chromeId @param {string} url @returns {TabRecord} */
  #mint(clientId, chromeId, url) {
    const handle = `t${this.store.nextTab}`;
    this.store.nextTab += 1;
    const record = { handle, clientId, chromeId, url, title: '', counters: newCounters() };
    this.store.tabs.set(handle, record);
    return record;
  }

  /** @param {ClientRecord} client @param {TabRecord} record */
  async #open(client, record) {
    try {
      await Promise.all([this.groups.open(client, record), this.store.save()]);
    } catch (error) {
      this.#forget(record, null);
      throw error;
    }
    this.#settle(record);
  }

  /** The tab is there. @param {TabRecord} record */
  #settle(record) {
    this.#byChromeId.set(record.chromeId, record);
    this.store.save();
    this.#keep(record);
    this.#tell('tabCreated', record);
  }

  /** Chromium must not discard a tab under an agent: its page and refs would be lost. @param {TabRecord} record */
  #keep({ chromeId }) {
    chrome.tabs.update(chromeId, { autoDiscardable: false }).catch(() => {});
  }

  /** Looks at the group once the dust has settled: moving a whole group takes its tabs out and in again. @param {TabRecord} record */
  #checkGroup(record) {
    setTimeout(async () => {
      const client = this.store.clients.get(record.clientId);
      const tab = await chrome.tabs.get(record.chromeId).catch(() => null);
      if (!client || !tab || !this.store.tabs.has(record.handle)) return;
      if (!(await this.groups.owns(client, tab.groupId))) this.#takeOver(record);
      // A tab of the person's stays in its window; the client's group may be in another.
      else if (!record.claimed) client.groupId = tab.groupId;
    }, GROUP_MS);
  }

  /** The person takes the tab. @param {TabRecord} record */
  #takeOver(record) {
    this.#forget(record, 'taken');
    this.store.taken = [record, ...this.store.taken].slice(0, TAKEN_KEPT);
    this.#letGo(record);
    this.store.save();
    this.#tell('takenOver', record);
    this.listener.onLost(record.handle, lost(record.handle, 'taken'));
  }

  /** @param {TabRecord} record */
  async #leaveBehind(record) {
    if (record.missing) return this.#drop(record);
    await this.ready(record);
    await this.#giveBack(record);
  }

  /** The tab becomes the person's with its client's leave. @param {TabRecord} record */
  async #giveBack(record) {
    this.#forget(record, null);
    this.#letGo(record);
    this.store.save();
    this.#tell('tabClosed', record);
    this.listener.onLost(record.handle, lost(record.handle));
    await this.#goHome(record);
  }

  /** No agent works in the tab any more. @param {TabRecord} record */
  #letGo({ chromeId }) {
    this.sessions.drop(chromeId);
    chrome.tabs.update(chromeId, { autoDiscardable: true }).catch(() => {});
  }

  /** The tab leaves its client's group. @param {TabRecord} record */
  #goHome({ chromeId, claimed = { pinned: false } }) {
    return bringHome(chromeId, claimed).catch(() => {});
  }

  /** @param {TabRecord} record */
  #noteClosed({ clientId, url, past = [] }) {
    const { label, colour } = this.store.clients.get(clientId) ?? newClient(clientId);
    this.store.closed = [{ urls: [url, ...past], label, colour }, ...this.store.closed].slice(0, CLOSED_KEPT);
  }

  /** @param {TabRecord} record @param {'closed' | 'taken' | null} why Null when the owner did it itself. */
  #forget(record, why) {
    this.store.tabs.delete(record.handle);
    this.#byChromeId.delete(record.chromeId);
    const client = this.store.clients.get(record.clientId);
    if (!client) return;
    if (why) client.lost = Object.fromEntries([...Object.entries(client.lost), [record.handle, why]].slice(-LOST_KEPT));
    else if (client.current === record.handle) client.current = this.list(client.clientId).at(-1)?.handle ?? null;
  }

  /** @param {EventKind} event @param {TabRecord} record */
  #tell(event, { handle, clientId, url, title }) {
    this.listener.onEvent({ event, tab: handle, clientId, url, title });
  }
}

/** @param {string} clientId @returns {ClientRecord} */
function newClient(clientId) {
  return { clientId, label: '', colour: 'blue', groupId: -1, current: null, lost: {}, connected: true };
}

/**
 * Whether a client that the hub does not name may still come back: a hub that has just started knows those only whose
 * tabs it was told of. What the person allowed waits for it as long as a hub would wait for a session.
 *
 * @param {ClientRecord} client
 */
function mayReturn(client) {
  client.unseenAt ??= Date.now();
  return (client.consents ?? []).length > 0 && Date.now() - client.unseenAt < RETURN_MS;
}

/** @param {string} handle @param {'closed' | 'taken'} [why] */
function lost(handle, why) {
  if (why === 'taken') {
    const fix = 'Go on in another tab; to work in this one again, ask the person for it.';
    return new ToolFailure('taken_over', `The person took tab ${handle} back.`, fix);
  }
  const message = why === 'closed' ? `Tab ${handle} was closed.` : `You have no tab ${handle}.`;
  return new ToolFailure('no_tab', message, OWN_TABS);
}

/** @param {string} handle */
function discarded(handle) {
  const message = `The browser unloaded tab ${handle} under the call, to save memory.`;
  const fix = 'Take a fresh browser_snapshot, which loads the page again, before deciding whether to repeat the call.';
  return new ToolFailure('outcome_unknown', message, fix);
}

const OWN_TABS = 'List your own tabs with browser_tabs, or open one with browser_navigate.';
/** A hub keeps a named session for ten minutes. */
const RETURN_MS = 600_000;
/** The hub is told of a changing title or address this often at most, in milliseconds. */
const CHANGE_MS = 250;
/** A move of a whole group is over after some ten milliseconds; the person's own hand is slower. */
const GROUP_MS = 300;
/** Chromium writes its session down every few seconds: a tab goes to no more pages in between. */
const PAST_KEPT = 5;
/** How many closed tabs are remembered, for the same reason. */
const CLOSED_KEPT = 20;
/** How many tabs that the person took are remembered, so that they can be given back. */
const TAKEN_KEPT = 20;
/** How many lost tabs are remembered for each client, so that a late call learns what became of its tab. */
const LOST_KEPT = 50;
