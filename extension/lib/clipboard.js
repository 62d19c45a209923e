import { notActionable } from './aim.js';
import { ToolFailure } from './errors.js';
import { eventsOf, openBehind, parseChord } from './keys.js';
import { press } from './typing.js';

/**
 * @import {Call} from './call.js'
 * @import {Chord} from './keys.js'
 * @import {Frame, Page} from './page.js'
 *
 * What an agent's clipboard holds.
 * @typedef {{text: string, html: string}} Clip
 */

/** The clipboards of the agents, by client; they live as long as the browser. @type {Promise<Map<string, Clip>> | null} */
let kept = null;

/** @returns {Promise<Map<string, Clip>>} */
function clips() {
  kept ??= chrome.storage.session.get(KEY).then((stored) => new Map(/** @type {[string, Clip][]} */ (stored[KEY] ?? [])));
  return kept;
}

/** What the caller's clipboard holds. @param {Call} call @returns {Promise<Clip>} */
export async function held(call) {
  return (await call.race(clips())).get(call.clientId) ?? { text: '', html: '' };
}

/** @param {Call} call @param {Clip} clip */
export async function hold(call, clip) {
  if (clip.text.length + clip.html.length > MOST) {
    throw new ToolFailure('bad_input', `A clipboard holds ${MOST} characters at most.`, 'Copy less at a time.');
  }
  const all = await call.race(clips());
  all.delete(call.clientId);
  all.set(call.clientId, clip);
  for (const oldest of all.keys()) {
    if (all.size <= MOST_CLIPS) break;
    all.delete(oldest);
  }
  await call.race(chrome.storage.session.set({ [KEY]: [...all] }));
}

/** The frame that has the keyboard. @param {Page} page @returns {Promise<Frame>} */
export async function focusedFrame(page) {
  let frame = await page.main();
  for (;;) {
    const ref = await page.run(frame, 'focusedFrame');
    const inner = ref ? await page.childOf(frame, ref) : null;
    if (!inner) return frame;
    frame = inner;
  }
}

/** Copies or cuts what is selected. @param {Page} page @param {Frame} frame @param {boolean} cut @returns {Promise<number>} How many characters. */
export async function copy(page, frame, cut) {
  const { text, html, remove } = await page.run(frame, 'copyOut', { cut });
  if (text === '' && html === '') return 0;
  await hold(page.call, { text, html });
  if (remove) await press(page.call, frame.sessionId, parseChord('Delete'));
  return text.length;
}

/** Pastes what the clipboard holds to where the keyboard is. @param {Page} page @param {Frame} frame @returns {Promise<number>} How many characters. */
export async function paste(page, frame) {
  const clip = await held(page.call);
  const { taken, editable } = await page.run(frame, 'pasteIn', clip);
  if (!taken && !editable) {
    throw notActionable('What has the focus', 'nothing can be pasted there', 'Give the `ref` of a field.');
  }
  if (!taken) await page.call.send('Input.insertText', { text: clip.text }, frame.sessionId);
  return clip.text.length;
}

/** What a chord does with the clipboard; undefined for any other. @param {Chord} chord @returns {'copy' | 'cut' | 'paste' | undefined} */
export function clipboardUse({ key, modifiers }) {
  if (modifiers.length !== 1 || modifiers[0] !== openBehind) return undefined;
  return USES[key.key.toLowerCase()];
}

/**
 * Presses one of the chords of the clipboard. The browser would use the system's clipboard for them, which is the
 * person's, so that the page is told of the letter by an event that the browser does nothing for.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {Chord} chord
 * @returns {Promise<string>} What was done, for the answer.
 */
export async function pressClipboard(page, frame, chord) {
  const { call } = page;
  const events = /** @type {any[]} */ (eventsOf(chord));
  const send = (/** @type {object} */ event) => call.send('Input.dispatchKeyEvent', event, frame.sessionId);
  const { key, code, keyCode } = chord.key;
  const told = { key, code, keyCode, ctrlKey: openBehind === 'Control', metaKey: openBehind === 'Meta' };
  await send(events[0]);
  try {
    if (await page.run(frame, 'tellKey', { type: 'keydown', ...told })) return 'Clipboard: the page used the key for itself';
    const use = clipboardUse(chord);
    const length = use === 'paste' ? await paste(page, frame) : await copy(page, frame, use === 'cut');
    await page.run(frame, 'tellKey', { type: 'keyup', ...told });
    return length === 0 ? `Clipboard: nothing to ${use}` : `Clipboard: ${PAST[use ?? 'copy']} ${length} characters, in your own clipboard`;
  } finally {
    await send(events[events.length - 1]);
  }
}

/** @type {Record<string, 'copy' | 'cut' | 'paste'>} */
const USES = { c: 'copy', x: 'cut', v: 'paste' };
export const PAST = { copy: 'copied', cut: 'cut', paste: 'pasted' };
const KEY = 'clipboards';
/** What one clipboard may hold, and how many are kept: the memory is shared with what calls need. */
const MOST = 200_000;
const MOST_CLIPS = 8;
