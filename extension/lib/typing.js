import { notActionable, ready, refuse } from './aim.js';
import { ToolFailure } from './errors.js';
import { eventsOf, keyFor, parseChord } from './keys.js';

/**
 * @import {Call} from './call.js'
 * @import {Chord} from './keys.js'
 * @import {Frame, Page} from './page.js'
 */

/**
 * Replaces what a field holds that was found ready.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {{ref: string, label: string, text: string, slowly?: boolean}} what
 */
export async function fill(page, frame, { ref, label, text, slowly = false }) {
  const edited = await act(page, ref, label, 'edit', { text });
  if (edited.done) return;
  page.call.note(`waiting for the page to take the text for ${label}`);
  await enter(page.call, frame, text, { slowly, empty: edited.empty });
}

/** What a field holds if that differs from the text that went into it; else null. @param {Page} page @param {Frame} frame @param {string} ref @param {string} text @returns {Promise<string | null>} */
export async function otherwise(page, frame, ref, text) {
  const held = await page.run(frame, 'holds', { ref, text }).catch((error) => {
    if (error instanceof ToolFailure) throw error;
    return { same: true };
  });
  return held.same ? null : JSON.stringify(held.value);
}

/** Gives a ref's element the keyboard. @param {Page} page @param {string} ref */
export async function focus(page, ref) {
  const { frame, label } = await ready(page, ref, 'edit');
  if (await page.run(frame, 'focusOn', { ref })) return { frame, label: String(label) };
  throw notActionable(label, 'it does not take the keyboard', 'Click it, and press the key without `ref`.');
}

/** Runs an editing function on a ref's element. @param {Page} page @param {string} ref @param {string} label @param {string} name @param {object} args */
export async function act(page, ref, label, name, args) {
  const { result } = await page.runOn(ref, name, args);
  refuse(label, result);
  return result;
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
export async function press(call, sessionId, chord) {
  await Promise.all(eventsOf(chord).map((event) => call.send('Input.dispatchKeyEvent', event, sessionId)));
}

