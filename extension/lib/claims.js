/**
 * @import {ClientRecord, Home, Store, TabRecord} from './store.js'
 * @import {Groups} from './groups.js'
 * @import {Tabs} from './tabs.js'
 */

/** The person's tabs, and those of them that the person gives to agents and takes back. */
export class Claims {
  /** @param {{store: Store, tabs: Tabs, groups: Groups}} parts */
  constructor({ store, tabs, groups }) {
    this.store = store;
    this.tabs = tabs;
    this.groups = groups;
  }

  /** The tabs that are no client's. */
  async list() {
    const all = await chrome.tabs.query({ windowType: 'normal' });
    return all.filter((tab) => isGivable(tab) && !this.ownerOf(tab.id ?? -1));
  }

  /** The record of a tab that is some client's, be it still on its way. @param {number} chromeId */
  ownerOf(chromeId) {
    return [...this.store.tabs.values()].find((record) => record.chromeId === chromeId);
  }

  /**
   * Gives a tab of the person's to a client; it stays where it stands, in a group of the client's.
   *
   * @param {string} clientId
   * @param {number} chromeId
   * @returns {Promise<boolean>} Whether it is the client's from here on.
   */
  async give(clientId, chromeId) {
    const client = this.store.clients.get(clientId);
    const tab = await chrome.tabs.get(chromeId).catch(() => null);
    if (!client || !tab || !isGivable(tab)) return false;
    const home = await homeOf(tab);
    if (this.ownerOf(chromeId)) return false;
    const record = this.tabs.claim(client, tab, home);
    const own = new Set(this.tabs.list(clientId).map((each) => each.chromeId));
    await this.groups.joinHere(client, tab, own).catch(() => {});
    await this.store.save();
    return this.store.tabs.get(record.handle) === record;
  }

  /** The person takes a tab back from its client. @param {number} chromeId */
  async takeBack(chromeId) {
    const record = this.tabs.byChromeId(chromeId);
    if (record) await this.tabs.takeBack(record);
  }

  /** The person takes back all tabs that they gave. */
  async takeAllBack() {
    const claimed = [...this.store.tabs.values()].filter((record) => record.claimed && !record.missing);
    await Promise.all(claimed.map((record) => this.tabs.takeBack(record)));
  }
}

/** Puts a tab back where its person had it. @param {number} chromeId @param {Home} home */
export async function bringHome(chromeId, { pinned, group }) {
  const [tab, there] = await Promise.all([
    chrome.tabs.get(chromeId),
    group ? chrome.tabGroups.get(group.id).catch(() => null) : null,
  ]);
  // Another group may have the number by now.
  const isIt = there && there.title === group?.title && there.color === group?.color && there.windowId === tab.windowId;
  if (isIt) await chrome.tabs.group({ tabIds: [chromeId], groupId: there.id });
  else await chrome.tabs.ungroup(chromeId);
  if (pinned) await chrome.tabs.update(chromeId, { pinned });
}

/** @param {chrome.tabs.Tab} tab @returns {Promise<Home>} */
async function homeOf({ pinned, groupId }) {
  const group = groupId < 0 ? null : await chrome.tabGroups.get(groupId).catch(() => null);
  return group ? { pinned, group: { id: group.id, title: group.title ?? '', color: group.color } } : { pinned };
}

/** Whether agents could work in a tab at all. A private window's are nobody's affair. @param {Pick<chrome.tabs.Tab, 'url' | 'incognito'>} tab */
export function isGivable({ url = '', incognito }) {
  return !incognito && /^(https?|file):/.test(url);
}
