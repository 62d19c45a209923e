/** @import {Store, TabRecord} from './store.js' */

/**
 * Finds every owned tab again after the extension's memory was lost.
 *
 * A worker that merely died finds its tabs by their ids. After a reload of the extension or a start of the browser an id
 * alone says nothing, since Chromium gives ids out again: the tab must stand in a group of the owner's label and colour,
 * and under another id also show the same address.
 *
 * @param {Store} store
 * @param {TabRecord[]} sought
 * @returns {Promise<TabRecord[]>} Those that are not found; the others have the id that their tab has.
 */
export async function restore(store, sought) {
  const [tabs, groups] = await Promise.all([chrome.tabs.query({}), chrome.tabGroups.query({})]);
  const taken = new Set([...store.tabs.values()].filter((record) => !sought.includes(record)).map((record) => record.chromeId));
  const open = new Map(tabs.filter((tab) => !taken.has(tab.id ?? -1)).map((tab) => [tab.id, tab]));
  const groupOf = (/** @type {chrome.tabs.Tab} */ tab) => groups.find((group) => group.id === tab.groupId);
  const inGroup = (/** @type {chrome.tabs.Tab} */ tab, /** @type {TabRecord} */ record) => {
    const client = store.clients.get(record.clientId);
    const group = groupOf(tab);
    return client && group ? group.title === client.label && group.color === client.colour : false;
  };
  /** @type {TabRecord[]} */
  const gone = [];
  for (const record of sought) {
    const same = open.get(record.chromeId);
    const known = same && (!store.fresh || inGroup(same, record)) ? same : undefined;
    const found = known ?? tabs.find((tab) => open.has(tab.id) && tab.url === record.url && inGroup(tab, record));
    if (!store.fresh ? !known : !found) {
      gone.push(record);
      continue;
    }
    const tab = /** @type {chrome.tabs.Tab} */ (known ?? found);
    open.delete(tab.id);
    record.chromeId = tab.id ?? -1;
    record.url = tab.url || record.url;
    record.title = tab.title || record.title;
    const client = store.clients.get(record.clientId);
    if (client && tab.groupId >= 0) client.groupId = tab.groupId;
  }
  return gone;
}
