import { beginning, shownUrl, text } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { navigate } from '../lib/navigation.js';
import { arrived } from '../lib/outcome.js';
import { bytesOf } from '../lib/parts.js';
import { address } from './navigate.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Context, Tool} from '../lib/calls.js'
 * @import {TabRecord} from '../lib/store.js'
 */

/** @type {Record<string, Tool['run']>} */
export const handlers = {
  browser_tabs: async (call, context) => {
    const run = Object.hasOwn(ACTIONS, call.args.action) ? ACTIONS[call.args.action] : null;
    if (!run) throw new ToolFailure('bad_input', 'There is no such action.', 'Use list, new, select or close.');
    const sentence = await run(call, context);
    const lines = shown(await list(call, context));
    if (!sentence && lines.length === 0) throw noTab();
    return [text([...(sentence ? [sentence] : []), ...lines].join('\n'))];
  },

  browser_close: async (call, { tabs }) => {
    const record = tabs.resolve(clientOf(call, tabs), call.tab.handle);
    if (!record) throw noTab();
    return [text(await close(call, tabs, record))];
  },
};

/** @type {Record<string, (call: Call, context: Context) => Promise<string | null>>} What each action does; it tells a sentence. */
const ACTIONS = {
  list: async () => null,

  new: async (call, { tabs, sessions }) => {
    const url = call.args.url === undefined ? null : address(call.args.url);
    const record = tabs.open(clientOf(call, tabs));
    call.note('waiting for its tab');
    await call.race(tabs.ready(record));
    if (!url) return `Opened tab ${record.handle}.`;
    const session = sessions.of(record);
    call.bind(record, session, tabs.store.numbers);
    const release = session.use();
    try {
      call.watchDialogs();
      if (!(await navigate(call, url))) return `Opened tab ${record.handle}, which is empty: ${shownUrl(url)} is a download.`;
      await arrived(call);
    } catch (error) {
      if (!(error instanceof ToolFailure)) throw error;
      throw new ToolFailure(error.code, `Opened tab ${record.handle}, but: ${error.message}`, error.fix);
    } finally {
      release();
    }
    return `Opened tab ${record.handle} at ${shownUrl(url)}`;
  },

  select: async (call, { tabs }) => {
    const record = named(call, tabs);
    await tabs.select(record);
    return `Selected tab ${record.handle}.`;
  },

  close: async (call, { tabs }) => {
    return close(call, tabs, named(call, tabs));
  },
};

/** @param {Call} call @param {Context['tabs']} tabs @param {TabRecord} record */
async function close(call, tabs, record) {
  call.note('waiting for the tab to close');
  await call.race(tabs.close(record));
  if (!record.claimed) return `Closed tab ${record.handle}.`;
  return `Tab ${record.handle} is the person's: it stays open, and is given back to them.`;
}

/** One line a tab. @param {Call} call @param {Context} context */
async function list(call, { tabs }) {
  const client = clientOf(call, tabs);
  const lines = tabs.list(call.clientId).map(async (record, index) => {
    if (!record.missing) await tabs.ready(record);
    const tab = await chrome.tabs.get(record.chromeId).catch(() => null);
    const current = record.handle === client.current ? '(current) ' : '';
    const title = JSON.stringify(beginning(tab?.title ?? record.title, LONGEST_TITLE));
    return `- ${index}: ${current}[${record.handle}] ${title} ${beginning(tab?.url || record.url, LONGEST_URL)}`;
  });
  return call.race(Promise.all(lines));
}

/** The lines that fit into an answer, and how many do not. @param {string[]} lines */
function shown(lines) {
  let bytes = 0;
  const end = lines.findIndex((line) => (bytes += bytesOf(line) + 1) > MOST_LINES);
  if (end < 0) return lines;
  return [...lines.slice(0, end), `... and ${lines.length - end} more, by their indexes. Close those that you are done with.`];
}

/** The tab that `tab` or `index` names, or the current one. @param {Call} call @param {Context['tabs']} tabs @returns {TabRecord} */
function named(call, tabs) {
  const { index } = call.args;
  const own = tabs.list(call.clientId);
  if (call.tabNamed === undefined && index !== undefined) {
    const record = own[index];
    if (record) return record;
    const message = `You have no tab with index ${index}; you have ${own.length} in all.`;
    throw new ToolFailure('no_tab', message, 'List your own tabs with browser_tabs.');
  }
  const record = tabs.resolve(clientOf(call, tabs), call.tabNamed);
  if (!record) throw noTab();
  return record;
}

/** @param {Call} call @param {Context['tabs']} tabs */
function clientOf(call, tabs) {
  const client = tabs.store.clients.get(call.clientId);
  if (!client) throw noTab();
  return client;
}

function noTab() {
  return new ToolFailure('no_tab', 'You have no tab.', 'Open one with browser_navigate or browser_tabs.');
}

/** What the lines of tabs may hold in all, in bytes of UTF-8: an answer stays below 10,000. */
const MOST_LINES = 8_500;
const LONGEST_TITLE = 150;
const LONGEST_URL = 300;
