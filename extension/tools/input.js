import { approach, locate, notActionable, ready } from '../lib/aim.js';
import { acted } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { bitsOf, eventsOf, keyFor, modifierName, openBehind, parseChord } from '../lib/keys.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Chord} from '../lib/keys.js'
 * @import {Frame} from '../lib/page.js'
 */

/** Does what a person's mouse and keys could do. */
export const handlers = {
  /** @param {Call} call */
  async browser_click(call) {
    const { ref, doubleClick = false, button = 'left', modifiers = [] } = call.args;
    const page = new Page(call);
    const { session } = call;
    const leaves = session.hoveredIn === session.document.loaderId;
    const { frame, point, label, opensTab, plain } = await (leaves ? approach(page, ref) : locate(page, ref));
    const held = modifiers.map(modifierName);
    // A tab that a link opens stays behind only if the modifier for that is held.
    const behind = opensTab && button === 'left' && held.length === 0 ? [openBehind] : held;
    const clicks = doubleClick ? 2 : 1;
    call.note(`waiting for the page to take the click on ${label}`);
    const how = { button, modifiers: bitsOf(behind), clicks };
    const done = `${doubleClick ? 'Double-clicked' : 'Clicked'} ${label}`;
    const outcome = await withOutcome(call, done, () => clickAt(call, frame, point, how), { frame, ref, plain });
    return acted(call, `${done}.`, [], outcome);
  },

  /** @param {Call} call */
  async browser_type(call) {
    const { ref, text, submit = false, slowly = false } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'edit');
    const fill = async () => {
      const edited = await act(page, frame, ref, label, 'edit', { text });
      if (edited.done) return;
      call.note(`waiting for the page to take the text for ${label}`);
      await enter(call, frame, text, { slowly, empty: edited.empty });
    };
    const typed = await withOutcome(call, `Typed into ${label}`, fill, { frame, ref, briefly: submit });
    const held = await page.run(frame, 'holds', { ref, text }).catch((error) => {
      if (error instanceof ToolFailure) throw error;
      return { same: true };
    });
    const differs = held.same ? [] : [`Field holds: ${JSON.stringify(held.value)}`];
    if (!submit) return acted(call, `Typed into ${label}.`, differs, typed);
    const done = `Typed into ${label} and pressed Enter`;
    const outcome = await withOutcome(call, done, () => press(call, frame.sessionId, parseChord('Enter')), { frame, ref });
    return acted(call, `${done}.`, differs, outcome);
  },

  /** @param {Call} call */
  async browser_press_key(call) {
    const chord = parseChord(call.args.key);
    const name = [...chord.modifiers, chord.key.key === ' ' ? 'Space' : chord.key.key].join('+');
    call.note(`waiting for the page to take ${name}`);
    const outcome = await withOutcome(call, `Pressed ${name}`, () => press(call, undefined, chord));
    return acted(call, `Pressed ${name}.`, [], outcome);
  },

  /** @param {Call} call */
  async browser_select_option(call) {
    const { ref, values } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'select');
    /** @type {any} */
    let selected;
    const choose = async () => {
      selected = await act(page, frame, ref, label, 'select', { values });
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

/** Runs an editing function on a ref's element. @param {Page} page @param {Frame} frame @param {string} ref @param {string} label @param {string} name @param {object} args */
async function act(page, frame, ref, label, name, args) {
  const { result } = await page.runOn(ref, name, args);
  if (result.bad) throw new ToolFailure('bad_input', `${label} cannot take that: ${result.bad}.`, result.fix);
  if (result.not) throw notActionable(label, result.not, result.fix);
  return result;
}

/**
 * Moves the mouse, presses and releases: sent together, in order.
 *
 * @param {Call} call
 * @param {Frame} frame
 * @param {{x: number, y: number}} point
 * @param {{button: string, modifiers: number, clicks: number}} how
 */
async function clickAt(call, frame, { x, y }, { button, modifiers, clicks }) {
  const buttons = BUTTONS[button];
  const send = (/** @type {object} */ event) =>
    call.send('Input.dispatchMouseEvent', { x, y, modifiers, ...event }, frame.sessionId);
  const events = [send({ type: 'mouseMoved', button: 'none', buttons: 0 })];
  for (let clickCount = 1; clickCount <= clicks; clickCount++) {
    events.push(send({ type: 'mousePressed', button, buttons, clickCount }));
    events.push(send({ type: 'mouseReleased', button, buttons: 0, clickCount }));
  }
  await Promise.all(events);
}

/** Replaces the selected content. @param {Call} call @param {Frame} frame @param {string} text @param {{slowly: boolean, empty: boolean}} how */
async function enter(call, frame, text, { slowly, empty }) {
  if (text === '' || slowly) {
    if (!empty) await press(call, frame.sessionId, parseChord('Delete'));
    if (slowly) await typeKeys(call, frame, text);
    return;
  }
  await call.send('Input.insertText', { text }, frame.sessionId);
}

/** Types character by character; what no key types is inserted. @param {Call} call @param {Frame} frame @param {string} text */
async function typeKeys(call, frame, text) {
  for (const character of text.replaceAll('\r\n', '\n')) {
    const key = keyFor(character);
    if (key) await press(call, frame.sessionId, { key, modifiers: [] });
    else await call.send('Input.insertText', { text: character }, frame.sessionId);
  }
}

/** Presses and releases a chord: sent together, in order. @param {Call} call @param {string | undefined} sessionId @param {Chord} chord */
async function press(call, sessionId, chord) {
  await Promise.all(eventsOf(chord).map((event) => call.send('Input.dispatchKeyEvent', event, sessionId)));
}

/** The bits by which the protocol names the buttons that are down. @type {Record<string, number>} */
const BUTTONS = { left: 1, right: 2, middle: 4 };
