/** @import {ClientRecord} from './store.js' */

/** The tab groups: one a client, with its label and colour. Whether a group is folded is the person's affair. */
export class Groups {
  /** @type {Map<string, Promise<unknown>>} The last work on each client's group: two calls must not make two groups. */
  #work = new Map();

  /**
   * Opens a tab behind the one in front, in the client's group. Its id is in the record as soon as there is a tab, so
   * that it is never taken for one that is nobody's.
   *
   * @param {ClientRecord} client
   * @param {{chromeId: number}} record
   * @param {string} [url]
   * @returns {Promise<void>}
   */
  open(client, record, url = 'about:blank') {
    return this.#inTurn(client, async () => {
      const group = await this.#group(client);
      const windowId = group?.windowId ?? (await lastOrdinaryWindow());
      const tab = await (windowId === null ? inNewWindow(url) : behind(windowId, url));
      record.chromeId = tab.id ?? -1;
      await this.#join(client, record.chromeId, group);
    });
  }

  /** Brings a tab that is open already into the client's group. @param {ClientRecord} client @param {number} chromeId */
  join(client, chromeId) {
    return this.#inTurn(client, async () => this.#join(client, chromeId, await this.#group(client)));
  }

  /**
   * Brings a tab of the person's into a group of the client's without moving it to another window.
   *
   * @param {ClientRecord} client
   * @param {chrome.tabs.Tab} tab
   * @param {Set<number>} own The client's tabs.
   */
  joinHere(client, { id = -1, windowId }, own) {
    return this.#inTurn(client, async () => {
      const home = await this.#group(client);
      if (!home || home.windowId === windowId) return this.#join(client, id, home);
      const beside = await chrome.tabs.query({ windowId });
      const ofClient = beside.find((each) => each.id !== id && each.groupId >= 0 && own.has(each.id ?? -1));
      if (ofClient) await whileDragging(() => chrome.tabs.group({ tabIds: [id], groupId: ofClient.groupId }));
      else await this.#make(client, id);
    });
  }

  /**
   * The client has another label or colour: so have its groups, unless the person gave them others.
   *
   * @param {ClientRecord} client
   * @param {{label: string, colour: string}} before
   * @param {number[]} own The client's tabs.
   */
  relabel(client, before, own) {
    return this.#inTurn(client, async () => {
      const tabs = await Promise.all(own.map((id) => chrome.tabs.get(id).catch(() => null)));
      for (const id of new Set([client.groupId, ...tabs.map((tab) => tab?.groupId ?? -1)])) {
        const group = id < 0 ? null : await chrome.tabGroups.get(id).catch(() => null);
        if (group?.title === before.label && group.color === before.colour) await this.#dress(client, id);
      }
    });
  }

  /** Whether that group is the client's: by id, or, after a move between windows, by what the person sees. @param {ClientRecord} client @param {number} groupId */
  async owns(client, groupId) {
    if (groupId < 0) return false;
    if (groupId === client.groupId) return true;
    const group = await chrome.tabGroups.get(groupId).catch(() => null);
    return group !== null && group.title === client.label && group.color === client.colour;
  }

  /** @param {ClientRecord} client */
  async #group(client) {
    return client.groupId < 0 ? null : chrome.tabGroups.get(client.groupId).catch(() => null);
  }

  /** @param {ClientRecord} client @param {number} chromeId @param {chrome.tabGroups.TabGroup | null} group */
  async #join(client, chromeId, group) {
    if (group) {
      await whileDragging(() => chrome.tabs.group({ tabIds: [chromeId], groupId: group.id }));
      return;
    }
    client.groupId = await this.#make(client, chromeId);
  }

  /** Makes a group for a tab where it stands. @param {ClientRecord} client @param {number} chromeId */
  async #make(client, chromeId) {
    const { windowId } = await chrome.tabs.get(chromeId);
    const createProperties = { windowId };
    const groupId = await whileDragging(() => chrome.tabs.group({ tabIds: [chromeId], createProperties }));
    await this.#dress(client, groupId);
    return groupId;
  }

  /** @param {ClientRecord} client @param {number} groupId */
  async #dress({ label, colour }, groupId) {
    const color = /** @type {chrome.tabGroups.Color} */ (colour);
    await whileDragging(() => chrome.tabGroups.update(groupId, { title: label, color }));
  }

  /**
   * @template T
   * @param {ClientRecord} client
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  #inTurn({ clientId }, work) {
    const before = this.#work.get(clientId) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#work.set(clientId, mine);
    mine.catch(() => {}).finally(() => {
      if (this.#work.get(clientId) === mine) this.#work.delete(clientId);
    });
    return mine;
  }
}

/** @returns {Promise<number | null>} */
async function lastOrdinaryWindow() {
  const window = await chrome.windows.getLastFocused({ windowTypes: ['normal'] }).catch(() => null);
  if (window?.type === 'normal' && window.id !== undefined) return window.id;
  const [any] = await chrome.windows.getAll({ windowTypes: ['normal'] });
  return any?.id ?? null;
}

/** @param {number} windowId @param {string} url */
function behind(windowId, url) {
  return whileDragging(() => chrome.tabs.create({ windowId, url, active: false }));
}

/** @param {string} url @returns {Promise<chrome.tabs.Tab>} */
async function inNewWindow(url) {
  const window = await chrome.windows.create({ url, focused: false });
  const tab = window?.tabs?.[0];
  if (!tab) throw new Error('the browser opened a window without a tab');
  return tab;
}

/**
 * Repeats what Chromium refuses while the person drags a tab.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function whileDragging(work) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === DRAG_ATTEMPTS || !/dragging|cannot be edited/i.test(String(error))) throw error;
      await new Promise((resolve) => setTimeout(resolve, DRAG_PAUSE_MS));
    }
  }
}

/** A person drags a tab for a few seconds at most. */
const DRAG_ATTEMPTS = 50;
const DRAG_PAUSE_MS = 100;
