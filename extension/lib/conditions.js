import { ProtocolError, ToolFailure } from './errors.js';
import { urlFits } from './glob.js';
import { FrameGone, Page, staleFailure } from './page.js';
import { Predicate } from './predicate.js';

/**
 * @import {Call} from './call.js'
 * @import {Frame} from './page.js'
 *
 * Something that a page may come to.
 * @typedef {object} Condition
 * @property {string} what What is waited for, in a few words.
 * @property {(until: number) => Promise<boolean>} comes Whether it came about before that time, on the clock of
 *   `performance.now()`.
 * @property {() => string} met The clause that says that it came about.
 * @property {string} missing The beginning of the sentence that says that it did not.
 * @property {() => Promise<string> | string} instead The sentence about what there is in its place; may be empty.
 *
 * What can be seen on a page: one of the three.
 * @typedef {{text?: string, selector?: string, ref?: string}} Sight
 */

/** What a call waits for, in the order in which it is waited for. @param {Call} call @returns {Condition[]} */
export function conditionsOf(call) {
  const { text = '', textGone = '', ref, selector, state, url, networkIdle, function: code } = call.args;
  const hidden = state === 'hidden';
  /** @type {Condition[]} */
  const conditions = [];
  if (url) conditions.push(address(call, url));
  if (text.trim()) conditions.push(words(call, text, false));
  if (textGone.trim()) conditions.push(words(call, textGone, true));
  if (selector) conditions.push(selected(call, selector, hidden));
  if (ref) conditions.push(referred(call, ref, hidden));
  if (code) conditions.push(truth(call, code));
  if (networkIdle) conditions.push(idle(call));
  return conditions;
}

/** @param {Call} call @param {string} text @param {boolean} gone @returns {Condition} */
function words(call, text, gone) {
  const quoted = quote(text);
  return {
    what: `the text ${quoted} to ${gone ? 'go' : 'appear'}`,
    comes: (until) => comesInSight(call, { text }, gone, until),
    met: () => `${quoted} is ${gone ? 'not ' : ''}on the page`,
    missing: `The text ${quoted} ${gone ? 'is still on the page' : 'did not appear'}`,
    async instead() {
      if (gone) return '';
      const lines = (await found(call, { text })).map(({ text }) => text).filter(Boolean);
      return lines.length > 0 ? `The text that comes closest is ${quote(lines[0])}.` : 'No text on the page is like it.';
    },
  };
}

/** @param {Call} call @param {string} selector @param {boolean} gone @returns {Condition} */
function selected(call, selector, gone) {
  const quoted = quote(selector);
  return {
    what: `${quoted} to match ${gone ? 'no' : 'a'} visible element`,
    async comes(until) {
      const page = new Page(call);
      const isOne = await again(async () => page.run(await page.main(), 'isSelector', { selector }));
      if (isOne) return comesInSight(call, { selector }, gone, until);
      throw new ToolFailure('bad_input', `\`selector\` is no CSS selector: ${quoted}.`, 'Correct it, or wait for `text`.');
    },
    met: () => `${quoted} matches ${gone ? 'no' : 'a'} visible element`,
    missing: `${quoted} ${gone ? 'still matches a' : 'matched no'} visible element`,
    async instead() {
      if (gone) return '';
      const count = (await found(call, { selector })).reduce((sum, { matches }) => sum + matches, 0);
      return count > 0 ? `It matches ${count} that cannot be seen.` : 'It matches nothing at all.';
    },
  };
}

/** @param {Call} call @param {string} ref @param {boolean} gone @returns {Condition} */
function referred(call, ref, gone) {
  return {
    what: `${ref} to be ${gone ? 'hidden or gone' : 'visible'}`,
    async comes(until) {
      const page = new Page(call);
      const { stale } = await again(async () => page.run(await page.frameOf(ref), 'check', { ref })).catch((error) => {
        if (error instanceof FrameGone) return { stale: { why: 'earlier' } };
        throw error;
      });
      // A name that changed is the same element.
      if (!stale || stale.why === 'changed') return comesInSight(call, { ref }, gone, until);
      if (gone && stale.why !== 'unknown') return true;
      throw staleFailure(ref, stale);
    },
    met: () => `${ref} is ${gone ? 'hidden or gone' : 'visible'}`,
    missing: `${ref} ${gone ? 'is still' : 'did not become'} visible`,
    async instead() {
      if (gone) return '';
      const there = (await found(call, { ref })).some(({ isThere }) => isThere);
      return there ? 'It is in the document, where it cannot be seen.' : 'It is gone from the document.';
    },
  };
}

/** @param {Call} call @param {string} url @returns {Condition} */
function address(call, url) {
  const quoted = quote(url);
  const isIt = urlFits(url);
  const fits = () => isIt(call.session.document.url);
  return {
    what: `the address to match ${quoted}`,
    comes: (until) => call.race(call.session.until(fits, { signal: call.signal, timeoutMs: until - performance.now() })),
    met: () => `the address matches ${quoted}`,
    missing: `The address did not come to match ${quoted}`,
    instead: () => `The tab is at ${call.session.document.url}.`,
  };
}

/** @param {Call} call @param {string} code @returns {Condition} */
function truth(call, code) {
  const predicate = new Predicate(call, code);
  return {
    what: 'the function to return a true value',
    async comes(until) {
      const page = new Page(call);
      for (;;) {
        const began = performance.now();
        if (await again(() => predicate.holds())) return true;
        const ended = performance.now();
        if (ended >= until) return false;
        const limits = { rest: (ended - began) * SHARE, ms: Math.min(LOOK_MS, until - ended) };
        await again(async () => page.run(await page.main(), 'stirred', limits));
      }
    },
    met: () => `the function returned ${predicate.last}`,
    missing: 'The function did not return a true value',
    instead: () => `At last it ${predicate.threw ? 'threw' : 'returned'} ${predicate.last}.`,
  };
}

/** @param {Call} call @returns {Condition} */
function idle(call) {
  const { session } = call;
  const open = () => session.traffic.open.filter(({ type }) => !ENDLESS.has(type));
  const isAtRest = () => session.document.pending === null && session.document.loaded && open().length === 0;
  return {
    what: 'the network to be idle',
    async comes(until) {
      for (;;) {
        const { stirredAt } = session.traffic;
        const rests = isAtRest();
        const left = until - performance.now();
        const quiet = stirredAt + QUIET_MS - Date.now();
        if (rests && quiet <= 0) return true;
        if (left <= 0) return false;
        const changes = () => rests !== isAtRest() || stirredAt !== session.traffic.stirredAt;
        const timeoutMs = rests ? Math.min(left, quiet) : left;
        await call.race(session.until(changes, { signal: call.signal, timeoutMs }));
      }
    },
    met: () => 'the network is idle',
    missing: 'The network did not become idle',
    instead() {
      const urls = open().map(({ url }) => quote(url));
      return urls.length > 0 ? `Not answered yet: ${urls.slice(0, MOST_NAMED).join(', ')}.` : '';
    },
  };
}

/** What the frames that are still there have of something that was not seen. @param {Call} call @param {Sight} what @returns {Promise<any[]>} */
async function found(call, what) {
  const page = new Page(call);
  const frames = what.ref ? [await page.frameOf(what.ref)] : await page.frames();
  const told = await Promise.allSettled(frames.map((frame) => page.run(frame, 'instead', { what })));
  return told.flatMap((told) => (told.status === 'fulfilled' ? [told.value] : []));
}

/**
 * Whether something comes to be seen, or goes, before that time. Slices of the wait follow the frames that come and go,
 * and navigations.
 *
 * @param {Call} call
 * @param {Sight} what
 * @param {boolean} gone
 * @param {number} until
 */
async function comesInSight(call, what, gone, until) {
  const page = new Page(call);
  const { loaderId } = call.session.document;
  for (;;) {
    const ms = Math.max(0, Math.min(until - performance.now(), SLICE_MS));
    if (await again(() => look(page, what, gone, ms))) return true;
    if (what.ref && call.session.document.loaderId !== loaderId) {
      if (gone) return true;
      throw staleFailure(what.ref, { why: 'earlier' });
    }
    if (performance.now() >= until) return false;
  }
}

/**
 * Whether it comes to that within a slice of time, in any frame for what is to appear, and in all of them for what is to
 * go.
 *
 * @param {Page} page
 * @param {Sight} what
 * @param {boolean} gone
 * @param {number} ms
 * @returns {Promise<boolean>}
 */
async function look(page, what, gone, ms) {
  const frames = what.ref ? [await page.frameOf(what.ref)] : await page.frames();
  const stopped = () => stop(page, frames);
  page.call.signal.addEventListener('abort', stopped);
  const began = performance.now();
  try {
    const waits = frames.map((frame) => waitIn(page, frame, what, gone, ms));
    if (!gone) {
      if (await firstTrue(waits)) {
        await stop(page, frames);
        return true;
      }
    } else if ((await Promise.all(waits)).every(Boolean)) {
      // While one frame lost it another may have gained it: all must be without it at once.
      const still = await Promise.all(frames.map((frame) => waitIn(page, frame, what, true, 0)));
      if (still.every(Boolean)) return true;
    }
  } finally {
    page.call.signal.removeEventListener('abort', stopped);
  }
  // A frame that answers too early, since its document went away, must not make a busy loop.
  const rest = Math.min(ms, LEAST_SLICE_MS) - (performance.now() - began);
  if (rest > 0) await page.call.race(new Promise((resolve) => setTimeout(resolve, rest)));
  return false;
}

/** @param {Page} page @param {Frame} frame @param {Sight} what @param {boolean} gone @param {number} ms */
async function waitIn(page, frame, what, gone, ms) {
  try {
    return await page.run(frame, 'waitFor', { what, gone, ms });
  } catch (error) {
    if (error instanceof FrameGone) return gone;
    throw error;
  }
}

/** Ends the waits that the pages still hold. @param {Page} page @param {Frame[]} frames */
async function stop(page, frames) {
  const { session } = page.call;
  const ends = frames.map(({ contextId, sessionId }) =>
    contextId
      ? session.send('Runtime.evaluate', { expression: 'globalThis.__tabmux?.stopWaiting()', contextId }, sessionId)
      : null,
  );
  await Promise.allSettled(ends);
}

/** What a look at the page resolves with; one that the end of the session cut short is made again. @template T @param {() => Promise<T>} look @returns {Promise<T>} */
async function again(look) {
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!(error instanceof ProtocolError && error.detached)) throw error;
    }
  }
}

/** @param {Promise<boolean>[]} promises */
function firstTrue(promises) {
  return new Promise((resolve, reject) => {
    for (const promise of promises) promise.then((value) => value && resolve(true), reject);
    Promise.all(promises).then(() => resolve(false), reject);
  });
}

/** @param {string} text */
function quote(text) {
  return JSON.stringify(text.slice(0, LONGEST_QUOTE));
}

/** The frames of a page are looked up again so often. */
const SLICE_MS = 1_000;
/** No slice is shorter, so that a page that reloads for ever is not asked without pause. */
const LEAST_SLICE_MS = 50;
/** A value that changes no element is looked at so often. */
const LOOK_MS = 100;
/** The caller's function takes at most one part in this many of the page's time. */
const SHARE = 5;
/** Requests that are open for as long as the page wants, or that change nothing in it. */
const ENDLESS = new Set(['eventsource', 'websocket', 'ping', 'media']);
/** As long as Chromium itself waits before it takes a network for idle. */
const QUIET_MS = 500;
/** How many requests that are not answered yet are named. */
const MOST_NAMED = 3;
const LONGEST_QUOTE = 200;
