/**
 * @import {Calls} from './calls.js'
 * @import {Front} from './front.js'
 * @import {Groups} from './groups.js'
 * @import {Sessions} from './sessions.js'
 * @import {Store, TabRecord} from './store.js'
 * @import {Tabs} from './tabs.js'
 */

/** Tabs that owned tabs open: they belong to the opener's owner, join its group, and stay behind. */
export class Openings {
  /** @param {{store: Store, sessions: Sessions, groups: Groups, front: Front, tabs: Tabs, calls: Calls}} parts */
  constructor({ store, sessions, groups, front, tabs, calls }) {
    this.store = store;
    this.sessions = sessions;
    this.groups = groups;
    this.front = front;
    this.tabs = tabs;
    this.calls = calls;
  }

  /** @param {chrome.tabs.Tab} tab */
  async handleCreated(tab) {
    const opener = tab.openerTabId === undefined ? undefined : this.tabs.byChromeId(tab.openerTabId);
    // Chromium names an opener, too, for the empty tab that the person opens beside this one.
    if (opener && !INTERNAL.test(tab.pendingUrl || tab.url || '')) await this.#adopt(tab, opener);
  }

  /** Tells also of tabs whose page was denied its opener. @param {{sourceTabId: number, tabId: number, url: string}} target */
  async handleTarget({ sourceTabId, tabId, url }) {
    const opener = this.tabs.byChromeId(sourceTabId);
    if (!opener) return;
    const known = this.tabs.byChromeId(tabId);
    if (known) {
      if (known.url === '' || known.url === 'about:blank') known.url = url;
      return;
    }
    const tab = await chrome.tabs.get(tabId).catch(() => null);
    if (tab && !this.tabs.byChromeId(tabId)) await this.#adopt({ ...tab, pendingUrl: tab.pendingUrl || url }, opener);
  }

  /** @param {chrome.tabs.Tab} tab @param {TabRecord} opener */
  async #adopt(tab, opener) {
    const client = this.store.clients.get(opener.clientId);
    const call = this.calls.on(opener.handle);
    // In a tab of the person's it is the person who opens tabs while no agent is at work.
    if (!client || (opener.claimed && !call)) return;
    const record = this.tabs.adopt(tab, opener);
    call?.opened.push(record);
    this.sessions.of(opener).emit('opened', record);
    // Its first requests are the client's to change, too.
    if (client.routes?.length) this.sessions.of(record).attach().catch(() => {});
    const home = await chrome.tabs.get(opener.chromeId).catch(() => null);
    // A person who clicks in an agent's tab that is in front wants to see what opens.
    const persons = !call && home !== null && this.front.shows(home);
    if (!persons) await this.front.restore(tab, home?.windowId ?? tab.windowId);
    await this.groups.join(client, record.chromeId).catch(() => {});
    await this.store.save();
  }
}

const INTERNAL = /^(chrome|edge|brave|about:newtab)/;
