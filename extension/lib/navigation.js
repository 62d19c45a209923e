import { downloaded } from './downloads.js';
import { ToolFailure } from './errors.js';

/**
 * @import {Call} from './call.js'
 *
 * What an input led to: whether the main frame went to another page or within its page, its address, and whether a
 * navigation is still under way.
 * @typedef {{navigated: boolean, url: string, pending: boolean}} Settled
 *
 * An input on what leads nowhere by itself; the child session of the frame that takes it.
 * @typedef {{sessionId: string | undefined}} Plain
 */

/**
 * Notes where the tab stands; made before an input, so that nothing the input starts is missed.
 *
 * @param {Call} call
 * @param {Plain} [plain] Says that nothing but the page's own scripts can follow from the input, and in which session.
 * @returns {{begun: Promise<unknown>, settle(rest?: (still: boolean) => Promise<boolean>): Promise<Settled>}}
 */
export function watch(call, plain) {
  const { document } = call.session;
  const { revision, openings, handover, fruitless } = document;
  const { begun } = call.session.downloads;
  const { ends } = call.session;
  const scripts = plain && scriptTime(call, plain.sessionId);
  scripts?.catch(() => {});
  return {
    /** Resolves when the input may be sent: inputs overtake commands on their way into the page. */
    begun: Promise.resolve(scripts),
    /**
     * Waits for what the input started, and for nothing else. `rest` waits for what stays within the page, told whether
     * no script of the page heard the input; it resolves with whether it passed through the page's thread.
     */
    async settle(rest = async () => false) {
      const still = Boolean(scripts && (await scripts) === (await scriptTime(call, plain.sessionId)));
      const passed = await rest(still);
      if (!still && !passed) await overtake(call, plain?.sessionId);
      if (document.handover !== handover) await handedOver(call, ends);
      if (document.openings !== openings) await opened(call);
      const navigated = document.revision !== revision;
      if (navigated) await arrive(call);
      // A navigation that ends without a document may be a download.
      if (document.fruitless !== fruitless || call.session.downloads.begun !== begun) await downloaded(call, begun);
      return { navigated, url: document.url, pending: document.pending !== null };
    },
  };
}

/**
 * Leads the tab to an address and waits until the page can be worked with.
 *
 * @param {Call} call
 * @param {string} url
 * @returns {Promise<boolean>} Whether there is a page; else the browser downloads what is there.
 */
export async function navigate(call, url) {
  const { begun } = call.session.downloads;
  call.note(`waiting for an answer from ${url}`);
  const { errorText, loaderId, isDownload } = await call.send('Page.navigate', { url });
  if (isDownload) {
    await downloaded(call, begun);
    return false;
  }
  if (errorText === 'net::ERR_ABORTED') throw noDocument(url);
  const committed = () => call.session.document.loaderId === loaderId;
  // A failed navigation ends on an error page; what comes next must not meet it half-way.
  if (errorText) await call.race(call.session.until(committed, { signal: call.signal, timeoutMs: START_PATIENCE_MS }));
  if (errorText) throw refused(url, errorText);
  if (loaderId) await call.race(call.session.until(committed, call));
  await loaded(call);
  return true;
}

/**
 * Goes a step through the tab's history.
 *
 * @param {Call} call
 * @param {1 | -1} by Forward, or back.
 */
export async function step(call, by) {
  const { currentIndex, entries } = await call.send('Page.getNavigationHistory');
  const entry = entries[currentIndex + by];
  if (!entry) {
    throw new ToolFailure(
      'page_refused',
      `There is no ${by < 0 ? 'earlier' : 'later'} page in this tab's history.`,
      'Use browser_navigate to go to a page.',
    );
  }
  const { session } = call;
  const { document } = session;
  const { revision } = document;
  call.note(`waiting for the page ${by < 0 ? 'before' : 'after'}, ${entry.url}`);
  await call.send('Page.navigateToHistoryEntry', { entryId: entry.id });
  await call.race(session.until(() => document.revision !== revision && document.pending === null, call));
  await arriveAt(call, entry);
  await shown(call);
}

/**
 * Waits until the tab shows an entry of its history. The history tells of it before the document does, and an event of an
 * earlier step may come late, so that both are looked at.
 *
 * @param {Call} call
 * @param {{id: number, url: string}} entry
 */
async function arriveAt(call, { id, url }) {
  const { session } = call;
  const { document } = session;
  for (;;) {
    const { revision } = document;
    const { currentIndex, entries } = await call.send('Page.getNavigationHistory');
    const there = entries[currentIndex]?.id === id;
    if (there && entries[currentIndex].url === document.url) return;
    const goesOn = () => document.pending !== null || document.revision !== revision;
    const limits = { signal: call.signal, timeoutMs: START_PATIENCE_MS };
    if (!(await call.race(session.until(goesOn, limits)))) {
      if (there) return;
      throw noDocument(url);
    }
    await call.race(session.until(() => document.pending === null, call));
  }
}

/** Loads the tab's page again. @param {Call} call */
export async function reload(call) {
  const { document } = call.session;
  const { revision, loaderId, url } = document;
  call.note(`waiting for an answer from ${url}`);
  await call.send('Page.reload');
  await call.race(call.session.until(() => document.revision !== revision && document.pending === null, call));
  if (document.loaderId === loaderId) throw noDocument(url);
  await shown(call);
}

/** Waits for the document that was gone to, and refuses the browser's own page about an error. @param {Call} call */
async function shown(call) {
  await loaded(call);
  const { document } = call.session;
  if (!document.unreachable) return;
  throw new ToolFailure(
    'page_refused',
    `${document.url} could not be opened: the browser shows an error page in its place.`,
    'Check that its server runs, then try browser_reload, or open another address.',
  );
}

/** Waits for a navigation that is under way, as long as a person would before saying that the page is still loading. */
async function arrive(/** @type {Call} */ call) {
  const { session } = call;
  const { document } = session;
  call.note(`waiting for the page that the action leads to, ${document.pendingUrl || document.url}`);
  if (document.pending === 'requested') {
    await call.race(
      session.until(() => document.pending !== 'requested', { signal: call.signal, timeoutMs: START_PATIENCE_MS }),
    );
    if (document.pending === 'requested') document.settled();
  }
  const timeoutMs = Math.min(ARRIVAL_PATIENCE_MS, call.remaining() / 2);
  const there = () => document.pending === null && document.ready;
  if (await call.race(session.until(there, { signal: call.signal, timeoutMs }))) await loaded(call);
}

/** Waits a bounded time for the document's tree, and for what the document loads first. */
async function loaded(/** @type {Call} */ call) {
  const { session } = call;
  const { document } = session;
  call.note(`waiting for the document of ${document.url}`);
  await call.race(session.until(() => document.pending !== 'started', call));
  // A document whose server never ends it can be read as far as it came.
  const within = (/** @type {number} */ ms) => ({ signal: call.signal, timeoutMs: Math.min(ms, call.remaining() / 2) });
  if (!(await call.race(session.until(() => document.ready, within(ARRIVAL_PATIENCE_MS))))) return;
  await call.race(session.until(() => document.loaded, within(LOAD_PATIENCE_MS)));
}

/**
 * How long the page's scripts have run, in seconds, as its own thread tells behind everything that was sent before. When
 * it is the same before and after an input, no handler of the page ran, and none can have left work for later.
 *
 * @param {Call} call
 * @param {string} [sessionId]
 * @returns {Promise<number>} NaN, which is like nothing else, when the page does not tell.
 */
async function scriptTime(call, sessionId) {
  const answer = await patiently(call, call.send('Performance.getMetrics', {}, sessionId));
  const found = answer?.metrics.find((/** @type {{name: string}} */ { name }) => name === 'ScriptDuration');
  return found ? found.value : Number.NaN;
}

/**
 * Goes through the page's own thread, behind the input's handlers and the timers that they set to fire at once: what
 * they asked for is known after it. Chromium holds such timers until the page has painted the input's effect, up to a
 * frame of 16 ms, so that this is not for inputs that woke no script.
 *
 * @param {Call} call
 * @param {string} [sessionId] The out-of-process frame that took the input.
 */
async function overtake(call, sessionId) {
  const turn = { expression: NEXT_TURN, awaitPromise: true };
  if (sessionId) await patiently(call, call.send('Runtime.evaluate', turn, sessionId));
  await patiently(call, call.send('Runtime.evaluate', turn));
}

/**
 * Waits until the scripts of a page that has come had a frame and a turn: many begin to ask for what they show only then.
 *
 * @param {Call} call
 */
export async function scriptsRun(call) {
  await patiently(call, call.send('Runtime.evaluate', { expression: FRAME_AND_TURN, awaitPromise: true }));
}

/** Waits a bounded time for an answer; null when there is none. @param {Call} call @param {Promise<any>} answer */
async function patiently(call, answer) {
  const patience = new Promise((resolve) => setTimeout(resolve, TURN_PATIENCE_MS, null));
  try {
    return await call.race(Promise.race([answer, patience]));
  } catch (error) {
    // The page went away under the round trip: that, too, is known through its events.
    if (error instanceof ToolFailure) throw error;
    return null;
  }
}

/**
 * Waits until the session has ended over an address of another program, as it mostly does, and is there again: an input
 * that the next call sends meanwhile would be lost.
 *
 * @param {Call} call
 * @param {number} ends How often the session had ended before.
 */
async function handedOver(call, ends) {
  const { session } = call;
  call.handover = session.document.handover?.url ?? '';
  call.note('waiting for the browser to deal with an address of another program');
  const limits = { signal: call.signal, timeoutMs: HANDOVER_PATIENCE_MS };
  if (await call.race(session.until(() => session.ends !== ends, limits))) await call.race(session.attach());
}

/** Waits until the tab that the page asked for has a handle, so that the answer can name it. */
async function opened(/** @type {Call} */ call) {
  const limits = { signal: call.signal, timeoutMs: OPENING_PATIENCE_MS };
  await call.race(call.session.until(() => call.opened.length > 0, limits));
}

/** @param {string} url @param {string} error A name of Chromium's, such as `net::ERR_CONNECTION_REFUSED`. */
function refused(url, error) {
  return new ToolFailure('page_refused', `${url} could not be opened: ${error}.`, fixFor(error));
}

/** @param {string} url */
function noDocument(url) {
  return new ToolFailure(
    'page_refused',
    `${url} answered without a page: an empty answer, or the page stopped the navigation.`,
    'The tab still shows the page before; read it with browser_snapshot, or open another address.',
  );
}

/** @param {string} error */
function fixFor(error) {
  const known = FIXES.find(([names]) => names.test(error));
  return known ? known[1] : 'Check the address and try again, or open another.';
}

/** @type {[RegExp, string][]} */
const FIXES = [
  [/NAME_NOT_RESOLVED/, 'Check the spelling of the host name.'],
  [/CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE/, 'Check that the server runs and that the port is right.'],
  [/CERT_|SSL_/, 'Check the address, or try http:// if the server has no certificate.'],
  [/BLOCKED_BY|UNSAFE_PORT/, 'The browser blocks this address; open another.'],
  [/INTERNET_DISCONNECTED|NETWORK_CHANGED|TIMED_OUT/, 'Try again once the network is back.'],
];
const NEXT_TURN = 'new Promise((done) => setTimeout(done))';
const FRAME_AND_TURN =
  'document.scripts.length === 0 || new Promise((done) => requestAnimationFrame(() => setTimeout(done)))';
/** An address of another program ends the session within some milliseconds, or not at all. */
const HANDOVER_PATIENCE_MS = 500;
/** A page may have replaced its timers, and its thread may be busy for long: then its events tell alone. */
const TURN_PATIENCE_MS = 100;
/** A page that has its tree is of use; a picture or advertisement that hangs must not hold an agent up for long. */
const LOAD_PATIENCE_MS = 3_000;
/** After this long an action is answered with the word that the page is still loading. */
const ARRIVAL_PATIENCE_MS = 15_000;
/** Between a page's wish to go elsewhere and the browser's start of it lie a few milliseconds, unless it is refused. */
const START_PATIENCE_MS = 500;
/** Between a page's wish for another tab and its creation lie some ten milliseconds, unless it is blocked. */
const OPENING_PATIENCE_MS = 1_000;
