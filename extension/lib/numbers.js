/**
 * @import {Store, TabRecord} from './store.js'
 *
 * @typedef {'ref' | 'frame' | 'name'} Kind What is numbered: elements of main documents, documents of frames, and the
 *   names of snapshots and large outputs.
 *
 * Numbers from the first to before the second.
 * @typedef {[number, number]} Range
 *
 * A tab's numbers of one kind.
 * @typedef {object} Counter
 * @property {number} next The next one to be given.
 * @property {Range[]} ranges What the tab was granted, ascending: by them a ref is known to be this tab's.
 *
 * @typedef {{ref: Counter, frame: Counter}} Counters
 */

/**
 * The numbers in the names that agents get. Each is given once in this browser's life, so that a ref of one tab names
 * nothing in another, and a name from before the worker's death names nothing after it.
 *
 * Tabs are granted ranges, which are written down before any number of them is used. A worker that starts grants anew
 * and goes on in no range: how far its predecessor came need not be written down with each call.
 */
export class Numbers {
  /** @type {Counter} */
  #names = newCounter();
  /** @type {Promise<void>} */
  #written = Promise.resolve();
  #unwritten = false;

  /** @param {Pick<Store, 'granted' | 'tabs' | 'save'>} store */
  constructor(store) {
    this.store = store;
  }

  /** Makes sure that a tab has so many numbers for refs, and resolves with what is left of its ranges. @param {Counters} counters @param {number} least @returns {Promise<Range[]>} */
  async refs({ ref }, least) {
    this.#ensure('ref', ref, least);
    await this.#written;
    return ref.ranges.filter(([, to]) => to > ref.next).map(([from, to]) => [Math.max(from, ref.next), to]);
  }

  /** The number of a frame's document. @param {Counters} counters @returns {Promise<number>} */
  frame({ frame }) {
    return this.#take('frame', frame);
  }

  /** A name for a snapshot or an output: the letter and a number. @param {string} letter @returns {Promise<string>} */
  async name(letter) {
    return letter + (await this.#take('name', this.#names));
  }

  /** The tab that a number was granted to, if it is still there. @param {'ref' | 'frame'} kind @param {number} number @returns {TabRecord | undefined} */
  ownerOf(kind, number) {
    for (const record of this.store.tabs.values()) if (isGranted(record.counters[kind], number)) return record;
    return undefined;
  }

  /** @param {Kind} kind @param {Counter} counter @returns {Promise<number>} */
  async #take(kind, counter) {
    // The number is taken before anything is awaited: frames are installed side by side.
    this.#ensure(kind, counter, 1);
    const range = counter.ranges.find(([, to]) => to > counter.next);
    const number = Math.max(counter.next, range?.[0] ?? 0);
    counter.next = number + 1;
    await this.#written;
    return number;
  }

  /** @param {Kind} kind @param {Counter} counter @param {number} least */
  #ensure(kind, counter, least) {
    const left = counter.ranges.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, counter.next)), 0);
    if (left >= least) {
      if (this.#unwritten) this.#write();
      return;
    }
    const { granted } = this.store;
    const from = granted[kind];
    const to = from + Math.ceil((least - left) / SIZES[kind]) * SIZES[kind];
    granted[kind] = to;
    const last = counter.ranges.at(-1);
    if (last && last[1] === from) last[1] = to;
    else counter.ranges.push([from, to]);
    this.#write();
  }

  #write() {
    this.#unwritten = true;
    this.#written = this.store.save().then(() => {
      this.#unwritten = false;
    });
    this.#written.catch(() => {});
  }
}

/** @returns {Counters} */
export function newCounters() {
  return { ref: newCounter(), frame: newCounter() };
}

/** What a starting worker makes of stored counters: their ranges stay the tab's, and none goes on. @param {Partial<Counters>} stored @returns {Counters} */
export function spent({ ref, frame }) {
  const end = (/** @type {Counter | undefined} */ counter) =>
    counter ? { next: counter.ranges.at(-1)?.[1] ?? 1, ranges: counter.ranges } : newCounter();
  return { ref: end(ref), frame: end(frame) };
}

/** Whether a number is a tab's. @param {Counter} counter @param {number} number */
export function isGranted({ ranges }, number) {
  return ranges.some(([from, to]) => from <= number && number < to);
}

/** @returns {Counter} */
function newCounter() {
  return { next: 1, ranges: [] };
}

/** How many numbers are granted at once: a snapshot fits into a grant of refs, and the store is written seldom. */
const SIZES = { ref: 1_000, frame: 50, name: 1_000 };
