/**
 * Keeps in front what the person has in front. Chromium activates a tab that a page opens, and focuses a window that it
 * opens, even when that page is itself in the background.
 */
export class Front {
  /** @type {Map<number, {tab: number, before?: number}>} The tab in front of each window, and the one before it. */
  #windows = new Map();
  /** @type {number} */
  #focused = chrome.windows.WINDOW_ID_NONE;
  /** @type {Set<number>} Tabs that were opened behind, for as long as Chromium may still activate them. */
  #guarded = new Set();

  /** Reads what is in front, and what was when an earlier life of the worker ended: the event that woke this one may speak of a tab that is activated by now. */
  async load() {
    const [tabs, window, { [FRONT]: earlier }] = await Promise.all([
      chrome.tabs.query({ active: true }),
      chrome.windows.getLastFocused().catch(() => null),
      chrome.storage.session.get(FRONT),
    ]);
    const kept = /** @type {[number, {tab: number, before?: number}][] | undefined} */ (earlier) ?? [];
    this.#windows = new Map(kept.filter(([windowId]) => tabs.some((tab) => tab.windowId === windowId)));
    for (const tab of tabs) if (tab.id !== undefined) this.#note(tab.windowId, tab.id);
    if (window?.focused && window.id !== undefined) this.#focused = window.id;
  }

  /** @param {number} tabId @param {number} windowId */
  handleActivated(tabId, windowId) {
    const front = this.#windows.get(windowId);
    if (this.#guarded.has(tabId) && front && front.tab !== tabId) this.#activate(front.tab);
    else this.#note(windowId, tabId);
  }

  /** @param {number} windowId */
  handleFocus(windowId) {
    if (windowId !== chrome.windows.WINDOW_ID_NONE) this.#focused = windowId;
  }

  /** @param {number} windowId */
  handleWindowRemoved(windowId) {
    this.#windows.delete(windowId);
  }

  /** Whether a person may be looking at the tab: it is in front of its window. @param {chrome.tabs.Tab} tab */
  shows(tab) {
    return this.#windows.get(tab.windowId)?.tab === tab.id;
  }

  /**
   * Puts what was in front before a tab was opened back in front.
   *
   * @param {chrome.tabs.Tab} tab The tab that a page opened.
   * @param {number} homeWindowId The window of the client's group, into which the tab of a window of its own is moved.
   */
  async restore(tab, homeWindowId) {
    const id = tab.id ?? -1;
    this.#guarded.add(id);
    setTimeout(() => this.#guarded.delete(id), GUARDED_MS);
    const front = this.#windows.get(tab.windowId);
    const before = front?.tab === id ? front.before : front?.tab;
    if (before !== undefined) {
      this.#note(tab.windowId, before);
      await this.#activate(before);
    } else {
      await this.#bringHome(tab, homeWindowId);
    }
  }

  /** @param {chrome.tabs.Tab} tab @param {number} homeWindowId */
  async #bringHome(tab, homeWindowId) {
    const focused = this.#focused;
    const refocus = focused !== tab.windowId && focused !== chrome.windows.WINDOW_ID_NONE;
    if (refocus) chrome.windows.update(focused, { focused: true }).catch(() => {});
    await chrome.tabs.move(tab.id ?? -1, { windowId: homeWindowId, index: -1 }).catch(() => {});
  }

  /** @param {number} tabId */
  async #activate(tabId) {
    // The person may have closed it in the meantime; then Chromium has chosen another.
    await chrome.tabs.update(tabId, { active: true }).catch(() => {});
  }

  /** @param {number} windowId @param {number} tab */
  #note(windowId, tab) {
    const front = this.#windows.get(windowId);
    if (front?.tab === tab) return;
    this.#windows.set(windowId, { tab, before: front?.tab });
    chrome.storage.session.set({ [FRONT]: [...this.#windows] }).catch(() => {});
  }
}

const FRONT = 'front';
/** Chromium activates an opened tab within milliseconds; later activations are the person's. */
const GUARDED_MS = 500;
