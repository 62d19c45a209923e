import { approach, locate, ready } from '../lib/aim.js';
import { acted } from '../lib/answer.js';
import { clipboardUse, focusedFrame, pressClipboard } from '../lib/clipboard.js';
import { ToolFailure } from '../lib/errors.js';
import { bitsOf, modifierName, openBehind, parseChord } from '../lib/keys.js';
import { aim, clickAt } from '../lib/mouse.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';
import { act, fill, focus, otherwise, press } from '../lib/typing.js';

/** @import {Call} from '../lib/call.js' */

/** Does what a person's mouse and keys could do. */
export const handlers = {
  /** @param {Call} call */
  async browser_click(call) {
    const { ref, doubleClick = false, button = 'left', modifiers = [] } = call.args;
    const page = new Page(call);
    const { frame, point, label, opensTab, link, plain, event } = await aim(page, ref);
    /** @type {string[]} */
    const held = modifiers.map(modifierName);
    // A tab that a link opens stays behind only if the modifier for that is held. Shift would open a window in front of
    // the person; with that modifier it opens a tab, which is put behind at once.
    const opens = (opensTab && held.length === 0) || (link && held.includes('Shift'));
    const behind = opens && button === 'left' ? [...new Set([...held, openBehind])] : held;
    const clicks = doubleClick ? 2 : 1;
    call.note(`waiting for the page to take the click on ${label}`);
    const how = { button, modifiers: bitsOf(behind), clicks };
    const done = `${doubleClick ? 'Double-clicked' : 'Clicked'} ${label}`;
    const outcome = await withOutcome(call, done, () => clickAt(page, frame, point, how), { frame, ref, label, plain, event });
    return acted(call, `${done}.`, [], outcome);
  },

  /** @param {Call} call */
  async browser_type(call) {
    const { ref, text, submit = false, slowly = false } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'edit');
    const type = () => fill(page, frame, { ref, label, text, slowly });
    const typed = await withOutcome(call, `Typed into ${label}`, type, { frame, ref, briefly: submit });
    const held = await otherwise(page, frame, ref, text);
    const differs = held === null ? [] : [`Field holds: ${held}`];
    if (!submit) return acted(call, `Typed into ${label}.`, differs, typed);
    const done = `Typed into ${label} and pressed Enter`;
    const outcome = await withOutcome(call, done, () => press(call, frame.sessionId, parseChord('Enter')), { frame, ref, event: 'keydown' });
    return acted(call, `${done}.`, differs, outcome);
  },

  /** @param {Call} call */
  async browser_press_key(call) {
    const { key, ref, count = 1 } = call.args;
    const chord = parseChord(key);
    const name = [...chord.modifiers, chord.key.key === ' ' ? 'Space' : chord.key.key].join('+');
    const { frame, label } = ref === undefined ? NOWHERE : await focus(new Page(call), ref);
    const done = `Pressed ${name}${count > 1 ? ` ${count} times` : ''}${label ? ` in ${label}` : ''}`;
    call.note(`waiting for the page to take ${name}`);
    /** @type {string[]} */
    const told = [];
    const pressAll = async () => {
      if (clipboardUse(chord)) {
        const page = new Page(call);
        told.push(await pressClipboard(page, frame ?? (await focusedFrame(page)), chord));
        return;
      }
      for (let times = 0; times < count; times++) await press(call, frame?.sessionId, chord);
    };
    const outcome = await withOutcome(call, done, pressAll, { frame, ref, label, event: 'keydown' });
    return acted(call, `${done}.`, told, outcome);
  },

  /** @param {Call} call */
  async browser_select_option(call) {
    const { ref, values } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'select');
    /** @type {any} */
    let selected;
    const choose = async () => {
      selected = await act(page, ref, label, 'select', { values });
    };
    const outcome = await withOutcome(call, `Selected in ${label}`, choose, { frame, ref });
    const names = selected.labels.map((/** @type {string} */ name) => JSON.stringify(name)).join(', ') || 'nothing';
    return acted(call, `Selected ${names} in ${label}.`, [], outcome);
  },

  /** @param {Call} call */
  async browser_hover(call) {
    const { ref } = call.args;
    const page = new Page(call);
    const { frame, label, plain } = await locate(page, ref);
    call.note(`waiting for the page to take the mouse on ${label}`);
    call.session.hoveredIn = call.session.document.loaderId;
    const done = `Moved the mouse onto ${label}`;
    const outcome = await withOutcome(call, done, () => hover(page, ref), { frame, ref, plain });
    return acted(call, `${done}.`, [], outcome);
  },
};

/** Moves the mouse onto a ref's element, which may then be covered by what opens. @param {Page} page @param {string} ref */
async function hover(page, ref) {
  try {
    await approach(page, ref, 0);
  } catch (error) {
    if (!(error instanceof ToolFailure) || !/^(not_actionable|stale_ref)$/.test(error.code)) throw error;
  }
}

/** A key without a ref goes to whatever has the focus. @type {{frame?: import('../lib/page.js').Frame, label?: string}} */
const NOWHERE = {};
