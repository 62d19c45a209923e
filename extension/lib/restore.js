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
  const { free, inGroup } = await look(store, sought);
  return sought.filter((record) => {
    const same = free.get(record.chromeId);
    const byItsId = !store.fresh && !record.missing;
    const known = same && (byItsId || inGroup(same, record)) ? same : undefined;
    const showsIt = (/** @type {chrome.tabs.Tab} */ tab) => tab.url === record.url && inGroup(tab, record);
    // A worker that died while it opened a tab never heard the tab's id; groups keep theirs while the browser lives.
    const wasOpening = byItsId && record.chromeId < 0;
    const groupId = store.clients.get(record.clientId)?.groupId ?? -1;
    const isItsStart = (/** @type {chrome.tabs.Tab} */ tab) =>
      groupId >= 0 && tab.groupId === groupId && tab.url === record.url && !tab.active;
    const unknown = wasOpening ? isItsStart : byItsId ? () => false : showsIt;
    const tab = known ?? [...free.values()].find(unknown);
    if (!tab) return true;
    free.delete(tab.id);
    settle(store, record, tab);
    record.url = tab.url || record.url;
    record.title = tab.title || record.title;
    return false;
  });
}

/**
 * Finds tabs that the browser brought back as they were some seconds before it ended: Chromium writes its session down no
 * oftener. They stand in their owner's group and show an address of before.
 *
 * @param {Store} store
 * @param {TabRecord[]} sought
 * @returns {Promise<TabRecord[]>} Those that are found; they have the id that their tab has.
 */
export async function restoreEarlier(store, sought) {
  const { free, inGroup } = await look(store, sought);
  return sought.filter((record) => {
    const showed = (/** @type {chrome.tabs.Tab} */ tab) => (record.past ?? []).includes(tab.url ?? '') && inGroup(tab, record);
    const tab = [...free.values()].find(showed);
    if (!tab) return false;
    free.delete(tab.id);
    settle(store, record, tab);
    return true;
  });
}

/**
 * Tabs that the browser brought back although an agent had closed them seconds before its end, or that it brought back
 * after they were opened again.
 *
 * @param {Store} store
 * @param {import('./store.js').ClosedTab[]} closed
 * @returns {Promise<number[]>} Their ids.
 */
export async function leftovers(store, closed) {
  const { free, groupOf } = await look(store, []);
  /** @type {number[]} */
  const ids = [];
  for (const { urls, label, colour } of closed) {
    for (const [id, tab] of free) {
      const group = groupOf(tab);
      if (!group || group.title !== label || group.color !== colour || !urls.includes(tab.url ?? '')) continue;
      free.delete(id);
      ids.push(id ?? -1);
      break;
    }
  }
  return ids;
}

/** What is open and no record's, and which of it stands in whose group. @param {Store} store @param {TabRecord[]} sought */
async function look(store, sought) {
  const [tabs, groups] = await Promise.all([chrome.tabs.query({}), chrome.tabGroups.query({})]);
  const taken = new Set([...store.tabs.values()].filter((record) => !sought.includes(record)).map((record) => record.chromeId));
  const free = new Map(tabs.filter((tab) => !taken.has(tab.id ?? -1)).map((tab) => [tab.id, tab]));
  const groupOf = (/** @type {chrome.tabs.Tab} */ tab) => groups.find((group) => group.id === tab.groupId);
  const inGroup = (/** @type {chrome.tabs.Tab} */ tab, /** @type {TabRecord} */ record) => {
    const client = store.clients.get(record.clientId);
    const group = groupOf(tab);
    return client && group ? group.title === client.label && group.color === client.colour : false;
  };
  return { free, groupOf, inGroup };
}

/** @param {Store} store @param {TabRecord} record @param {chrome.tabs.Tab} tab */
function settle(store, record, tab) {
  record.chromeId = tab.id ?? -1;
  const client = store.clients.get(record.clientId);
  if (client && tab.groupId >= 0) client.groupId = tab.groupId;
}
