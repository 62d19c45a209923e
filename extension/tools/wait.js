import { acted, text } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { FrameGone, Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 */

/** Waits for a text to appear or to go, or for a time. */
export const handlers = {
  /** @param {Call} call */
  async browser_wait_for(call) {
    const { time, text: wanted = '', textGone: unwanted = '' } = call.args;
    if (wanted.trim() || unwanted.trim()) return waitForText(call, wanted, unwanted, (time ?? DEFAULT_SECONDS) * 1_000);
    if (time === undefined) {
      throw new ToolFailure('bad_input', 'There is nothing to wait for.', 'Give `text`, `textGone` or `time`.');
    }
    call.note(`waiting for ${time} s to pass`);
    await pass(call, time);
    return [text(`Waited ${time} s.`)];
  },
};

/** @param {Call} call @param {string} wanted @param {string} unwanted @param {number} limitMs */
async function waitForText(call, wanted, unwanted, limitMs) {
  if (!call.hasTab)
    throw new ToolFailure(
      'no_tab',
      'There is no tab whose text could be waited for.',
      'Open a page with browser_navigate first.',
    );
  const page = new Page(call);
  const until = performance.now() + limitMs;
  if (wanted.trim()) await untilShown(page, wanted, false, until, limitMs);
  if (unwanted.trim()) await untilShown(page, unwanted, true, until, limitMs);
  const parts = [
    wanted.trim() && `${JSON.stringify(wanted)} is on the page`,
    unwanted.trim() && `${JSON.stringify(unwanted)} is not on the page`,
  ];
  return acted(call, `${parts.filter(Boolean).join(', and ')}.`);
}

/** @param {Page} page @param {string} words @param {boolean} gone @param {number} until @param {number} limitMs */
async function untilShown(page, words, gone, until, limitMs) {
  const { call } = page;
  call.note(`waiting for the text ${JSON.stringify(words.slice(0, 200))} to ${gone ? 'go' : 'appear'}`);
  for (;;) {
    const left = until - performance.now();
    if (await look(page, words, gone, Math.max(0, Math.min(left, SLICE_MS)))) return;
    if (performance.now() < until) continue;
    throw new ToolFailure(
      'timeout',
      `The text ${JSON.stringify(words.slice(0, 200))} ${gone ? 'is still on the page' : 'did not appear'} after ${limitMs / 1_000} s.`,
      'Look at the page with browser_snapshot; wait again, with a longer `time`, if it is still at work.',
    );
  }
}

/**
 * Whether it comes to that within a slice of time, in any frame for a text that is to appear, and in all of them for one
 * that is to go. Slices follow the frames that come and go, and navigations.
 *
 * @param {Page} page
 * @param {string} words
 * @param {boolean} gone
 * @param {number} ms
 * @returns {Promise<boolean>}
 */
async function look(page, words, gone, ms) {
  const frames = await page.frames();
  const stopped = () => stop(page, frames);
  page.call.signal.addEventListener('abort', stopped);
  const began = performance.now();
  try {
    const waits = frames.map((frame) => waitIn(page, frame, words, gone, ms));
    if (!gone) {
      if (await firstTrue(waits)) {
        await stop(page, frames);
        return true;
      }
    } else if ((await Promise.all(waits)).every(Boolean)) {
      // While one frame lost the text another may have gained it: all must be without it at once.
      const still = await Promise.all(frames.map((frame) => waitIn(page, frame, words, true, 0)));
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

/** @param {Page} page @param {Frame} frame @param {string} words @param {boolean} gone @param {number} ms */
async function waitIn(page, frame, words, gone, ms) {
  try {
    return await page.run(frame, 'waitText', { text: words, gone, ms });
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

/** @param {Promise<boolean>[]} promises */
function firstTrue(promises) {
  return new Promise((resolve, reject) => {
    for (const promise of promises) promise.then((value) => value && resolve(true), reject);
    Promise.all(promises).then(() => resolve(false), reject);
  });
}

/** Lets a time pass and says so each second. @param {Call} call @param {number} seconds */
async function pass(call, seconds) {
  const began = performance.now();
  for (let second = 1; ; second++) {
    const end = began + Math.min(second, seconds) * 1_000;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
      await call.race(new Promise((resolve) => (timer = setTimeout(resolve, end - performance.now()))));
    } finally {
      clearTimeout(timer);
    }
    if (second >= seconds) return;
    call.progress(second, seconds, `waited ${second} of ${seconds} s`);
  }
}

/** How long a text is waited for unless the caller says otherwise. */
const DEFAULT_SECONDS = 30;
/** The frames of a page are looked up again so often. */
const SLICE_MS = 1_000;
/** No slice is shorter, so that a page that reloads for ever is not asked without pause. */
const LEAST_SLICE_MS = 50;
