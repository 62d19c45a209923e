/** @import {Session} from './session.js' */

/**
 * Closes a tab, whatever its page wants to ask first: `chrome.tabs.remove` would wait for ever for a leave-page dialog.
 *
 * @param {Session} session
 * @param {Promise<void>} gone Resolves when the tab is gone.
 */
export async function closeTab(session, gone) {
  await keepBrowserOpen(session.chromeId);
  const accept = () => session.send('Page.handleJavaScriptDialog', { accept: true }).catch(() => {});
  const off = session.on('dialog', (dialog) => {
    if (dialog) accept();
  });
  try {
    const asked = askPage(session, accept);
    await Promise.race([gone, asked.then(() => gone), after(POLITE_MS)]);
  } finally {
    off();
  }
  await Promise.race([gone, chrome.tabs.remove(session.chromeId).catch(() => {})]);
}

/** @param {Session} session @param {() => Promise<unknown>} accept */
async function askPage(session, accept) {
  try {
    await session.attach();
    if (session.dialog) await accept();
    await session.send('Page.close');
  } catch {
    // A page that cannot be attached to has nothing to ask.
    await chrome.tabs.remove(session.chromeId).catch(() => {});
  }
}

/** The last tab of the last window takes the browser with it: an empty one is put beside it first. @param {number} chromeId */
async function keepBrowserOpen(chromeId) {
  const tabs = await chrome.tabs.query({});
  const [last] = tabs;
  if (tabs.length === 1 && last?.id === chromeId) await chrome.tabs.create({ windowId: last.windowId, active: true });
}

/** @param {number} ms @returns {Promise<void>} */
function after(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How long a page may take to end by itself. */
const POLITE_MS = 3_000;
