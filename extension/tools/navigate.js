import { acted, shownUrl } from '../lib/answer.js';
import { isClosed, leadOn, whyClosed } from '../lib/closed.js';
import { ProtocolError, ToolFailure } from '../lib/errors.js';
import { navigate, reload, step } from '../lib/navigation.js';
import { arrived } from '../lib/outcome.js';

/** @import {Call} from '../lib/call.js' */

/** @type {Record<string, import('../lib/calls.js').Tool['run']>} */
export const handlers = {
  browser_navigate: async (call) => {
    const url = address(call.args.url);
    if (!(await navigate(call, url))) return acted(call, `${shownUrl(url)} is a download; the tab still shows the page before.`);
    return shown(call, `Opened ${shownUrl(url)}`, call.session.document.ready ? [] : [UNFINISHED]);
  },

  browser_navigate_back: (call) => stepped(call, -1, 'Went back.'),

  browser_go_forward: (call) => stepped(call, 1, 'Went forward.'),

  browser_reload: async (call) => {
    await reload(call);
    return shown(call, 'Reloaded the page.');
  },
};

/** What works by the browser's own buttons on pages to which it does not let the debugger. @type {Record<string, (call: Call) => Promise<import('../protocol.d.ts').Content[]>>} */
export const closed = {
  browser_navigate_back: async (call) => acted(call, 'Went back.', await leadOn(call, (id) => chrome.tabs.goBack(id))),
  browser_go_forward: async (call) => acted(call, 'Went forward.', await leadOn(call, (id) => chrome.tabs.goForward(id))),
  browser_reload: async (call) => acted(call, 'Reloaded the page.', await leadOn(call, (id) => chrome.tabs.reload(id))),
};

/** @param {Call} call @param {1 | -1} by @param {string} sentence */
async function stepped(call, by, sentence) {
  try {
    await step(call, by);
  } catch (error) {
    // Nothing was done on a page that is closed from the start.
    if (call.session.closed === error) throw error;
    // A step onto a page of the browser's own ends the session.
    const ended = error instanceof ProtocolError && error.detached;
    const closed = ended || isClosed(error) ? await whyClosed(call) : [];
    if (closed.length === 0) throw error;
    return acted(call, sentence, closed);
  }
  return shown(call, sentence);
}

/** What is told of a page that has come. @param {Call} call @param {string} sentence @param {string[]} [extra] */
async function shown(call, sentence, extra) {
  return acted(call, sentence, extra, { waited: await arrived(call), changes: [] });
}

/**
 * The address that was meant: `https://` where no scheme is given, `http://` on this machine.
 *
 * @param {string} given
 * @returns {string}
 */
export function address(given) {
  const text = given.trim();
  if (text === 'about:blank') return text;
  const complete = SCHEME.test(text) && !HOST_AND_PORT.test(text) ? text : withScheme(text);
  const url = URL.canParse(complete) ? new URL(complete) : null;
  if (!url || (!url.hostname && /^https?:$/.test(url.protocol))) {
    const fix = 'Give an address such as https://example.com/page.';
    throw new ToolFailure('bad_input', `${JSON.stringify(text.slice(0, 200))} is not an address.`, fix);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    const fix = 'Open an http:// or https:// address.';
    throw new ToolFailure('page_refused', `Addresses with ${url.protocol} are not opened for agents.`, fix);
  }
  return url.href;
}

/** @param {string} text */
function withScheme(text) {
  return `${LOCAL.test(text) ? 'http' : 'https'}://${text.replace(/^\/\//, '')}`;
}

const UNFINISHED = 'Loading: the page is not complete yet; what is there can be read.';
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** `localhost:3000/x` looks like a scheme and is a host with its port. */
const HOST_AND_PORT = /^[a-z0-9.-]+:\d{1,5}([/?#]|$)/i;
const LOCAL = /^(\/\/)?(localhost|[a-z0-9-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])([:/?#]|$)/i;
