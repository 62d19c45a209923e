/** A small stand-in for the parts of `chrome` that the units under test touch; it keeps everything in memory. */
export function fakeChrome() {
  const area = () => {
    /** @type {Map<string, any>} */
    const items = new Map();
    const writes = [];
    return {
      items,
      writes,
      async get(keys) {
        const wanted = keys === null ? [...items.keys()] : [keys].flat();
        return structuredClone(Object.fromEntries(wanted.filter((k) => items.has(k)).map((k) => [k, items.get(k)])));
      },
      async set(values) {
        await Promise.resolve();
        writes.push(structuredClone(values));
        for (const [key, value] of Object.entries(structuredClone(values))) items.set(key, value);
      },
      async remove(keys) {
        for (const key of [keys].flat()) items.delete(key);
      },
    };
  };
  /** @type {Map<number, any>} */
  const tabs = new Map();
  /** @type {Map<number, any>} */
  const groups = new Map();
  let next = 100;
  const chrome = {
    storage: { local: area(), session: area() },
    windows: {
      WINDOW_ID_NONE: -1,
      getLastFocused: async () => ({ id: 1, type: 'normal', focused: true }),
      getAll: async () => [{ id: 1, type: 'normal' }],
      get: async (id) => ({ id, type: 'normal' }),
      update: async () => {},
    },
    tabs: {
      all: tabs,
      query: async ({ windowId } = {}) => [...tabs.values()].filter((tab) => windowId === undefined || tab.windowId === windowId),
      get: async (id) => {
        if (!tabs.has(id)) throw new Error(`No tab with id: ${id}.`);
        return tabs.get(id);
      },
      create: async ({ url = 'about:blank', windowId = 1, active = true }) => {
        const tab = { id: next++, url, title: '', windowId, active, groupId: -1, status: 'complete' };
        tabs.set(tab.id, tab);
        return tab;
      },
      update: async (id, change) => Object.assign(tabs.get(id) ?? {}, change),
      move: async () => {},
      remove: async (id) => {
        tabs.delete(id);
      },
      group: async ({ tabIds, groupId = next++, createProperties: { windowId = 1 } = {} }) => {
        if (!groups.has(groupId)) groups.set(groupId, { id: groupId, windowId, title: '', color: 'grey' });
        for (const id of tabIds) Object.assign(tabs.get(id), { groupId, pinned: false, windowId: groups.get(groupId).windowId });
        return groupId;
      },
      ungroup: async (id) => {
        tabs.get(id).groupId = -1;
      },
    },
    tabGroups: {
      all: groups,
      get: async (id) => {
        if (!groups.has(id)) throw new Error('no group');
        return groups.get(id);
      },
      query: async () => [...groups.values()],
      update: async (id, change) => Object.assign(groups.get(id), change),
    },
    debugger: {
      commands: [],
      attach: async () => {},
      detach: async () => {},
      sendCommand: async (target, method, params) => {
        chrome.debugger.commands.push([method, params, target.sessionId]);
        if (method === 'Page.getFrameTree') return { frameTree: { frame: { id: 'F', loaderId: 'L1', url: 'about:blank' } } };
        if (method === 'Page.close') chrome.tabs.all.delete(target.tabId);
        return {};
      },
    },
    permissions: {
      held: new Set(),
      contains: async ({ permissions }) => permissions.every((each) => chrome.permissions.held.has(each)),
      remove: async ({ permissions }) => permissions.forEach((each) => chrome.permissions.held.delete(each)),
    },
    runtime: { getManifest: () => ({ version: '0.1.0' }) },
  };
  globalThis.chrome = /** @type {any} */ (chrome);
  return chrome;
}

/** Timers of half a minute and more (an idle tab, a silent hub) would keep the test's process alive. */
const { setTimeout: realSetTimeout } = globalThis;
globalThis.setTimeout = /** @type {any} */ (
  (work, ms, ...rest) => {
    const timer = realSetTimeout(work, ms, ...rest);
    if (ms >= 5_000) timer.unref();
    return timer;
  }
);
