import { notActionable, ready } from './aim.js';
import { ToolFailure } from './errors.js';
import { fileField, giveFiles, namesOf } from './files.js';
import { parseChord } from './keys.js';
import { aim, clickAt } from './mouse.js';
import { SNAPSHOT_FIX } from './page.js';
import { act, fill, otherwise, press } from './typing.js';

/**
 * @import {SentFile} from '../protocol.d.ts'
 * @import {Page} from './page.js'
 *
 * A control, and what it is to hold: a value, or files.
 * @typedef {{ref: string, value?: string, paths?: SentFile[]}} Asked
 */

/**
 * One control and what it is to hold; whatever kind it is, it is filled as a person would, and looked at afterwards.
 */
export class Field {
  /**
   * @param {Page} page
   * @param {Asked} asked
   * @param {number} waitMs How long it may take until the control can be filled.
   */
  constructor(page, { ref, value, paths: files }, waitMs) {
    this.page = page;
    this.call = page.call;
    this.ref = ref;
    this.value = value ?? '';
    this.isEmpty = value === undefined;
    this.files = files;
    this.waitMs = waitMs;
    /** The control in words; its ref until it was seen. */
    this.label = ref;
  }

  /** Fills the control. @returns {Promise<string>} What it came to, in a few words. */
  async fill() {
    const { page, ref, value, files } = this;
    if (files) return this.#choose(files);
    const { result: control } = await page.runOn(ref, 'control', { value });
    if (control.kind === 'file') throw this.#refused('it takes files', 'Give `paths`.');
    if (this.isEmpty) throw this.#refused('it is to hold nothing', 'Give `value`, which may be empty.');
    const kind = control.kind === 'select' ? 'select' : 'edit';
    // What a label draws in its place may have no size of its own.
    const target = control.click ?? ref;
    const { frame, label } = await ready(page, target, control.click ? 'click' : kind, this.waitMs);
    this.frame = frame;
    this.label = label;
    switch (control.kind) {
      case 'select':
        return this.#select();
      case 'check':
        return this.#check(control);
      case 'radio':
        return this.#turn(control);
      case 'combobox':
        return this.#pick(control);
      case 'listbox':
        return this.#pickFrom('selected');
      case 'slider':
        return this.#slide();
      default:
        return this.#type();
    }
  }

  async #type() {
    const { page, ref, value, label } = this;
    await fill(page, this.#in(), { ref, label, text: value });
    const held = await otherwise(page, this.#in(), ref, value);
    return held === null ? 'filled' : `filled, and holds ${held}`;
  }

  /** @param {SentFile[]} files */
  async #choose(files) {
    const { frame, label } = await fileField(this.page, this.ref, files.length);
    this.label = label;
    await giveFiles(this.page, frame, { ref: this.ref, label, files });
    return files.length === 0 ? 'emptied' : `chosen ${namesOf(files)}`;
  }

  async #select() {
    const { labels } = await act(this.page, this.ref, this.label, 'select', { values: [this.value] });
    return `selected ${JSON.stringify(labels[0])}`;
  }

  /** @param {{on: boolean, click: string}} control */
  async #check({ on, click }) {
    const wanted = WORDS[this.value.trim().toLowerCase()];
    if (wanted === undefined) throw this.#refused('it is switched on or off', 'Give true or false.');
    const state = wanted ? 'checked' : 'unchecked';
    return on === wanted ? state : this.#switch(click, this.ref, wanted, state);
  }

  /** @param {{radio?: string, on?: boolean, click?: string, options?: string[]}} control */
  async #turn({ radio, on, click, options }) {
    if (!radio || !click) throw this.#noOption(options);
    return on ? 'chosen' : this.#switch(click, radio, true, 'chosen');
  }

  /** Clicks a control that is on or off, and makes sure that it took it. @param {string} click @param {string} ref @param {boolean} on @param {string} state */
  async #switch(click, ref, on, state) {
    await this.#click(click);
    const took = await this.page.run(this.#in(), 'becomes', { ref, on, waitMs: TAKE_MS });
    if (took) return state;
    if (took === null) return 'clicked, and gone from the page since';
    throw notActionable(this.label, `it was clicked and stayed ${on ? 'off' : 'on'}`, SNAPSHOT_FIX);
  }

  /** @param {{open: boolean, editable: boolean}} control */
  async #pick({ open, editable }) {
    if (editable) {
      await this.#type();
      return this.#pickFrom('filled, and selected');
    }
    if (!open) await this.#click(this.ref);
    return this.#pickFrom('selected');
  }

  /** Clicks the option in the control's list. @param {string} done */
  async #pickFrom(done) {
    const { page, ref, value } = this;
    const waitMs = Math.min(LIST_MS, this.waitMs);
    const shown = await page.run(this.#in(), 'option', { ref, value, waitMs });
    if (shown.option) {
      if (!shown.selected) await this.#click(shown.option);
      return `${done} ${JSON.stringify(value)}`;
    }
    if (done.startsWith('filled')) return 'filled; its list shows no such option';
    // What it opened would lie over the fields below it.
    if (shown.open) await this.#click(ref);
    throw this.#noOption(shown.options);
  }

  /** Moves a slider with the arrow keys. */
  async #slide() {
    const { page, ref, value } = this;
    const level = (/** @type {object} */ args = {}) => page.run(this.#in(), 'level', { ref, ...args });
    await page.run(this.#in(), 'focusOn', { ref });
    const before = await level();
    const wanted = Number(value);
    if (value.trim() === '' || !Number.isFinite(wanted)) return this.#slideTo(before, level);
    const { min, max } = before;
    if ((min !== null && wanted < min) || (max !== null && wanted > max)) {
      throw this.#refused(`it goes from ${min ?? 'any number'} to ${max ?? 'any number'}`, 'Give a number between them.');
    }
    let at = before;
    for (let pressed = 0; at.now !== null && at.now !== wanted && pressed < MOST_PRESSES; ) {
      const key = at.now < wanted ? 'Up' : 'Down';
      const next = await this.#step(key, 1, at, level);
      pressed += 1;
      const step = next.now - at.now;
      if (step === 0) break;
      // The nearest that its steps reach may lie beyond.
      if (Math.abs(wanted - next.now) >= Math.abs(wanted - at.now)) {
        at = await this.#step(key === 'Up' ? 'Down' : 'Up', 1, next, level);
        break;
      }
      const times = Math.min(Math.floor((wanted - next.now) / step), MOST_AT_ONCE);
      at = times > 0 ? await this.#step(key, times, next, level) : next;
      pressed += Math.max(0, times);
    }
    return this.#arrived(before, at, at.now === wanted);
  }

  /** Moves a slider from its beginning until it reads as wanted. @param {any} before @param {(args?: object) => Promise<any>} level */
  async #slideTo(before, level) {
    const isThere = (/** @type {any} */ at) => at.text.toLowerCase() === this.value.trim().toLowerCase();
    if (before.text === '') throw this.#refused('it takes a number', 'Give a number.');
    let at = isThere(before) ? before : await this.#step('Home', 1, before, level);
    for (let pressed = 0; !isThere(at) && pressed < MOST_AT_ONCE; pressed++) {
      const next = await this.#step('Up', 1, at, level);
      if (next.at === at.at) break;
      at = next;
    }
    return this.#arrived(before, at, isThere(at));
  }

  /** @param {any} before @param {any} at @param {boolean} there */
  #arrived(before, at, there) {
    const stands = at.text || String(at.now);
    if (there) return `set to ${stands}`;
    if (at.at !== before.at) return `set to ${stands}, the nearest that its steps reach`;
    throw notActionable(this.label, `the arrow keys leave it at ${stands}`, 'Move it with browser_drag, or by its buttons.');
  }

  /**
   * Presses an arrow key, the other one of the same sense if that does nothing, and reads where the slider stands then.
   *
   * @param {'Up' | 'Down' | 'Home'} way
   * @param {number} times
   * @param {any} from
   * @param {(args: object) => Promise<any>} level
   */
  async #step(way, times, from, level) {
    for (const key of KEYS[way]) {
      const chord = parseChord(key);
      await Promise.all(Array.from({ length: times }, () => press(this.call, this.#in().sessionId, chord)));
      const at = await level({ before: from.at, waitMs: STEP_MS });
      if (at && at.at !== from.at) return at;
    }
    return from;
  }

  /** @param {string} ref */
  async #click(ref) {
    const { frame, point, label } = await aim(this.page, ref, this.waitMs);
    this.call.note(`waiting for the page to take the click on ${label}`);
    await clickAt(this.page, frame, point);
  }

  #in() {
    return /** @type {import('./page.js').Frame} */ (this.frame);
  }

  /** @param {string} why @param {string} fix */
  #refused(why, fix) {
    return new ToolFailure('bad_input', `${this.label} cannot take that: ${why}.`, fix);
  }

  /** @param {string[]} [options] */
  #noOption(options = []) {
    const fix = options.length > 0 ? `Its options are: ${options.join(', ')}.` : 'Take a browser_snapshot to see its options.';
    return this.#refused(`it has no option ${JSON.stringify(this.value.slice(0, 80))}`, fix);
  }
}

/** What agents write for on and off. @type {Record<string, boolean | undefined>} */
const WORDS = {
  ...Object.fromEntries(['true', 'on', 'yes', 'checked', '1'].map((word) => [word, true])),
  ...Object.fromEntries(['false', 'off', 'no', 'unchecked', '0', ''].map((word) => [word, false])),
};
/** Sliders of most kinds know the first of each; some know those of their own direction only. */
const KEYS = { Up: ['ArrowUp', 'ArrowRight'], Down: ['ArrowDown', 'ArrowLeft'], Home: ['Home'] };
/** A page that draws a control by itself needs a frame or two. */
const TAKE_MS = 1_000;
const STEP_MS = 200;
/** Lists that a server fills come within a second or two. */
const LIST_MS = 2_500;
/** A slider with more steps is not moved by keys. */
const MOST_PRESSES = 1_000;
const MOST_AT_ONCE = 100;
