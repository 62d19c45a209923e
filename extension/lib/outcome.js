import { notActionable } from './aim.js';
import { ToolFailure } from './errors.js';
import { hideHighlight } from './highlight.js';
import { scriptsRun, watch } from './navigation.js';
import { FrameGone, Page } from './page.js';
import { Requests } from './requests.js';

/**
 * @import {Call} from './call.js'
 * @import {Frame} from './page.js'
 *
 * What an action led to, told to an agent: what was waited for, and the lines of the page that it changed.
 * @typedef {{waited: string[], changes: string[]}} Outcome
 */

/**
 * Does something and waits for what it starts: a navigation, requests, changes of the page until a frame passes without
 * one. Where it starts nothing, nothing is waited for. A dialog that it raises is told together with what was done: it was.
 *
 * @param {Call} call
 * @param {string | (() => string)} done What was done, in the past tense; asked for when it is known.
 * @param {() => Promise<unknown>} action
 * @param {{frame?: Frame, ref?: string, label?: string, plain?: boolean, briefly?: boolean, event?: 'pointerdown' | 'keydown'}}
 *   [how] The frame and the element that take the input, and how that is called; whether nothing but the page's own scripts can follow from it; whether
 *   another input follows at once, so that the page need not come to rest; by which event the page is sure to hear it.
 * @returns {Promise<Outcome>}
 */
export async function withOutcome(call, done, action, how = {}) {
  const { frame, label = 'The element', plain = false, briefly = false } = how;
  if (call.session.highlighted !== null) await hideHighlight(call);
  const aftermath = briefly ? null : new Aftermath(call, how);
  await aftermath?.begin();
  try {
    const watching = watch(call, plain ? frame : undefined);
    await watching.begun;
    await untilAway(call, action());
    await watching.settle(aftermath ? (still) => aftermath.settle(still) : undefined);
    if (aftermath && !aftermath.isHere) return { waited: await arrived(call), changes: [] };
    if (aftermath?.unheard && how.event === 'pointerdown') throw notActionable(label, SWALLOWED, SWALLOWED_FIX);
    return aftermath?.told() ?? { waited: [], changes: [] };
  } catch (error) {
    if (error instanceof ToolFailure && error.code === 'dialog_open') {
      throw new ToolFailure('dialog_open', `${said(done)}. ${error.message}`, error.fix);
    }
    throw error;
  } finally {
    aftermath?.end();
  }
}

/**
 * Waits, as after an action, for what a page that has just come shows late: what its scripts ask for at first, and what
 * they do with the answers.
 *
 * @param {Call} call
 * @returns {Promise<string[]>} What was waited for, told to an agent.
 */
export async function arrived(call) {
  const aftermath = new Aftermath(call, {});
  const { requests } = aftermath;
  try {
    await call.race(requests.start());
    await scriptsRun(call);
    requests.takeUp();
    if (requests.open.length === 0) return [];
    await aftermath.begin();
    await aftermath.settle(false);
    return aftermath.told().waited;
  } finally {
    aftermath.end();
  }
}

/** @param {string | (() => string)} done */
function said(done) {
  return typeof done === 'string' ? done : done();
}

/** What follows an input in its tab, as long as the tab shows the same document. */
class Aftermath {
  /** @type {Frame[]} */
  #frames = [];
  /** @type {string[]} */
  #changes = [];
  #waitedMs = 0;
  #restless = false;
  #unheard = false;

  /** @param {Call} call @param {{frame?: Frame, ref?: string, event?: string}} how */
  constructor(call, { frame, ref, event }) {
    this.call = call;
    this.page = new Page(call);
    this.frame = frame;
    this.ref = ref;
    this.event = event;
    this.loaderId = call.session.document.loaderId;
    this.requests = new Requests(call.session, [...new Set([undefined, frame?.sessionId])]);
  }

  /** Looks at the page as it stands. */
  async begin() {
    const main = await this.page.main();
    // A key goes to whichever frame has the focus.
    const others = this.frame ? [this.frame] : this.page.shown().slice(0, MOST_FRAMES);
    const frames = [...new Set([main, ...others])];
    const watched = frames.map((frame) => this.#ask(frame, 'watchChanges', { event: this.event }));
    // Inputs overtake commands on their way into the page, so that these are waited for.
    const told = await this.#whileHere(Promise.all([this.requests.start(), ...watched]));
    if (told) this.#frames = frames.filter((_, at) => told[at + 1] !== GONE);
  }

  /** Waits until the page has come to rest. @param {boolean} still Whether no script of the page heard the input. @returns {Promise<boolean>} Whether the page told. */
  async settle(still) {
    const until = performance.now() + Math.min(this.#longestMs, this.call.remaining() / 2);
    const frames = this.#frames;
    if (frames.length === 0) return false;
    let turn = !still;
    for (;;) {
      const left = Math.max(0, until - performance.now());
      const seen = await this.#whileHere(this.#look(frames, turn, left), left + BUSY_MS);
      if (!seen || seen.length === 0) return false;
      this.#changes = seen.flatMap(({ lines }) => lines);
      this.#restless = seen.some(({ restless }) => restless);
      this.#unheard = seen.length === frames.length && seen.every(({ unheard }) => unheard);
      if (this.#unheard && this.event === 'pointerdown' && !this.#leaves()) return true;
      this.#waitedMs += Math.max(...seen.map(({ waitedMs }) => waitedMs));
      if (this.requests.open.length === 0 || this.#leaves() || performance.now() >= until) return true;
      this.call.note(`waiting for ${this.requests.open[0]}`);
      const began = performance.now();
      await this.#whileHere(this.requests.answered(this.call, until - began), until - began);
      this.#waitedMs += performance.now() - began;
      // What the page does with the answer comes behind it.
      turn = true;
    }
  }

  /** Whether the browser took the input and passed nothing of it on to the page. */
  get unheard() {
    return this.#unheard && this.isHere && !this.#leaves();
  }

  /** @returns {Outcome} */
  told() {
    const unheard = this.unheard ? [NOT_PASSED_ON] : [];
    return { waited: [...unheard, ...this.#waits()], changes: this.isHere ? this.#changes : [] };
  }

  end() {
    this.requests.stop();
  }

  /** @returns {string[]} */
  #waits() {
    const { made, open } = this.requests;
    const requests = `${made === 1 ? 'a request' : `${made} requests`}`;
    const waited = [made > 0 ? requests : '', 'the page to come to rest'].filter(Boolean).join(' and ');
    const went = this.isHere && this.#waitedMs >= WORTH_TELLING_MS;
    const lines = went ? [`Waited: ${Math.round(this.#waitedMs)} ms for ${waited}.`] : [];
    if (!this.isHere || this.#leaves()) return lines;
    const named = open.slice(0, MOST_NAMED).map((url) => url.slice(0, LONGEST_URL));
    if (open.length > named.length) named.push(`and ${open.length - named.length} more`);
    if (open.length > 0) lines.push(`Not answered yet: ${named.join(' ')}`);
    if (this.#restless && this.#longestMs > 0) lines.push('The page goes on changing.');
    return lines;
  }

  /** @param {Frame[]} frames @param {boolean} turn @param {number} ms */
  async #look(frames, turn, ms) {
    const limits = { turn, ms: this.#leaves() ? 0 : ms, budget: Math.floor(BUDGET / frames.length) };
    const looks = frames.map((frame) =>
      this.#ask(frame, 'changes', { ...limits, ref: frame === this.frame ? this.ref : undefined }),
    );
    return (await Promise.all(looks)).filter((seen) => seen !== GONE);
  }

  /** What a frame says; GONE if the input closed it. @param {Frame} frame @param {string} name @param {object} args */
  async #ask(frame, name, args) {
    try {
      return await this.page.run(frame, name, args);
    } catch (error) {
      if (error instanceof FrameGone) return GONE;
      throw error;
    }
  }

  /** What a promise resolves with, unless the tab goes to another document or the page is busy for too long; else null. @template T @param {Promise<T>} promise @param {number} [ms] */
  async #whileHere(promise, ms = BUSY_MS) {
    const { session } = this.call;
    const over = new AbortController();
    const away = session.until(() => !this.isHere, { signal: over.signal, timeoutMs: ms }).then(() => null);
    try {
      return await this.call.race(Promise.race([promise, away]));
    } catch (error) {
      // A frame that went away, or a page: that is known through events, too.
      if (error instanceof ToolFailure) throw error;
      return null;
    } finally {
      over.abort();
      promise.catch(() => {});
    }
  }

  /** After so long the action is answered with the word that the page is still at work. */
  get #longestMs() {
    return this.call.args.settle_ms ?? LONGEST_MS;
  }

  /** Whether the tab shows the document of the beginning. */
  get isHere() {
    return this.call.session.document.loaderId === this.loaderId;
  }

  #leaves() {
    return this.call.session.document.pending !== null;
  }
}

/** Waits for an input's acknowledgement, which never comes when the page goes away under it. @param {Call} call @param {Promise<unknown>} input */
async function untilAway(call, input) {
  const { session } = call;
  const { loaderId } = session.document;
  const over = new AbortController();
  const away = session.until(() => session.document.loaderId !== loaderId, { signal: over.signal });
  try {
    await Promise.race([input, call.race(away)]);
  } finally {
    over.abort();
    input.catch(() => {});
  }
}

const SWALLOWED = 'the browser took the input and passed nothing of it on to the page, so that nothing was done';
const SWALLOWED_FIX =
  'A question of the browser itself may be open in this tab, such as one about another program: ask the person to ' +
  'answer it, or close it by leaving the page with browser_navigate to about:blank and coming back.';
/** A list that is open below a field takes keys by itself, so that this need not be a failure. */
const NOT_PASSED_ON = 'Not heard: no event of it came to the page; a list or a question of the browser itself may have taken it.';
const GONE = Symbol('the frame is gone');
/** How many frames below the main one are looked at for an input that may go to any. */
const MOST_FRAMES = 3;
/** How long an action is waited for unless its caller says otherwise. */
const LONGEST_MS = 1_000;
/** A page whose thread is busy is not waited for longer than it may be at work by itself. */
const BUSY_MS = 500;
/** A frame or two are no news. */
const WORTH_TELLING_MS = 100;
/** What the changed lines may take, in bytes of UTF-8: about 400 tokens. */
const BUDGET = 1_500;
/** How many addresses that are not answered yet are named. */
const MOST_NAMED = 2;
const LONGEST_URL = 200;
