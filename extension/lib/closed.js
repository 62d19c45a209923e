import { ToolFailure } from './errors.js';

/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 */

/**
 * Leads a tab on from a page to which the browser does not let the debugger, by the browser's own buttons.
 *
 * @param {Call} call
 * @param {(chromeId: number) => Promise<void>} press
 * @returns {Promise<string[]>} A line that says so where the next page is closed, too.
 */
export async function leadOn(call, press) {
  const { session } = call;
  call.note('waiting for the browser to lead the tab on');
  const fits = (/** @type {{url?: string, status?: string}} */ { url, status }) => url !== undefined || status === 'complete';
  if (!(await call.race(untilTold(session.chromeId, press, fits)))) {
    const message = 'The browser has not led the tab on yet: there may be no such page in its history.';
    throw new ToolFailure('page_refused', message, FIX);
  }
  const limits = { signal: call.signal, timeoutMs: LEAVING_MS };
  // Where it was attached to all the same, the session hears a moment later.
  await call.race(session.until(() => session.closed === null, limits));
  const closed = await whyClosed(call);
  if (closed.length === 0) await call.race(session.until(() => session.document.ready, limits));
  return closed;
}

/** A line that says so, where the tab shows a page to which the browser does not let the debugger. @param {Call} call @returns {Promise<string[]>} */
export async function whyClosed(call) {
  try {
    await call.race(call.session.attach());
    return [];
  } catch (error) {
    if (!isClosed(error)) throw error;
    // It is closed as soon as the browser is on the way to it.
    await call.race(untilTold(call.session.chromeId, (id) => chrome.tabs.get(id), ({ status }) => status === 'complete'));
    return [`Closed: ${error.message}`];
  }
}

/** Whether a tab could not be attached to for the page that it shows. @param {unknown} error @returns {error is ToolFailure} */
export function isClosed(error) {
  return error instanceof ToolFailure && error.code === 'page_refused';
}

/** Leads a tab to the empty page. @param {Session} session */
export async function toBlank(session) {
  const { chromeId } = session;
  const lead = () => chrome.tabs.update(chromeId, { url: BLANK });
  await untilTold(chromeId, lead, ({ url }) => url === BLANK).catch(() => {});
  await session.until(() => session.closed === null, { timeoutMs: LEAVING_MS });
}

/**
 * Does something to a tab, and waits a bounded time until the browser tells what fits.
 *
 * @param {number} chromeId
 * @param {(chromeId: number) => Promise<{url?: string, status?: string} | undefined | void>} act May resolve with the tab.
 * @param {(told: {url?: string, status?: string}) => boolean} fits
 * @returns {Promise<boolean>} Whether it told; rejects with what the browser refuses it with.
 */
function untilTold(chromeId, act, fits) {
  return new Promise((resolve, reject) => {
    const finish = (/** @type {boolean} */ hasTold) => {
      clearTimeout(timer);
      chrome.tabs.onUpdated.removeListener(heard);
      resolve(hasTold);
    };
    const heard = (/** @type {number} */ id, /** @type {{url?: string, status?: string}} */ told) => {
      if (id === chromeId && fits(told)) finish(true);
    };
    const timer = setTimeout(finish, LEAVING_MS, false);
    chrome.tabs.onUpdated.addListener(heard);
    const done = (/** @type {{url?: string, status?: string} | void} */ tab) => {
      if (tab && fits(tab)) finish(true);
    };
    act(chromeId).then(done, (error) => {
      const message = `The browser did not lead the tab on: ${error.message.replace(/\.$/, '')}.`;
      reject(new ToolFailure('page_refused', message, FIX));
      finish(false);
    });
  });
}

const FIX = 'Look where it is with browser_tabs, or go to a page with browser_navigate.';
const BLANK = 'about:blank';
/** A page of the browser's own is left within milliseconds. */
const LEAVING_MS = 2_000;
