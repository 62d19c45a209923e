import { acted } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { bitsOf, eventsOf, keyFor, modifierName, openBehind, parseChord } from '../lib/keys.js';
import { watch } from '../lib/navigation.js';
import { Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Chord} from '../lib/keys.js'
 * @import {Plain} from '../lib/navigation.js'
 * @import {Frame} from '../lib/page.js'
 */

/** Does what a person's mouse and keys could do. */
export const handlers = {
  /** @param {Call} call */
  async browser_click(call) {
    const { ref, doubleClick = false, button = 'left', modifiers = [] } = call.args;
    const page = new Page(call);
    const { frame, point, label, opensTab, plain } = await locate(page, ref);
    const held = modifiers.map(modifierName);
    // A tab that a link opens stays behind only if the modifier for that is held.
    const behind = opensTab && button === 'left' && held.length === 0 ? [openBehind] : held;
    const clicks = doubleClick ? 2 : 1;
    call.note(`waiting for the page to take the click on ${label}`);
    const how = { button, modifiers: bitsOf(behind), clicks };
    const done = `${doubleClick ? 'Double-clicked' : 'Clicked'} ${label}`;
    await withOutcome(call, done, () => clickAt(call, frame, point, how), plain ? frame : undefined);
    return acted(call, `${doubleClick ? 'Double-clicked' : 'Clicked'} ${label}.`);
  },

  /** @param {Call} call */
  async browser_type(call) {
    const { ref, text, submit = false, slowly = false } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'edit');
    const edited = await act(page, frame, ref, label, 'edit', { text });
    if (!edited.done) {
      call.note(`waiting for the page to take the text for ${label}`);
      await withOutcome(call, `Typed into ${label}`, () => enter(call, frame, text, { slowly, empty: edited.empty }));
    }
    const held = await page.run(frame, 'holds', { ref, text }).catch((error) => {
      if (error instanceof ToolFailure) throw error;
      return { same: true };
    });
    const differs = held.same ? [] : [`Field holds: ${JSON.stringify(held.value)}`];
    if (submit)
      await withOutcome(call, `Typed into ${label} and pressed Enter`, () =>
        press(call, frame.sessionId, parseChord('Enter')),
      );
    return acted(call, `Typed into ${label}${submit ? ' and pressed Enter' : ''}.`, differs);
  },

  /** @param {Call} call */
  async browser_press_key(call) {
    const chord = parseChord(call.args.key);
    const name = [...chord.modifiers, chord.key.key === ' ' ? 'Space' : chord.key.key].join('+');
    call.note(`waiting for the page to take ${name}`);
    await withOutcome(call, `Pressed ${name}`, () => press(call, undefined, chord));
    return acted(call, `Pressed ${name}.`);
  },

  /** @param {Call} call */
  async browser_select_option(call) {
    const { ref, values } = call.args;
    const page = new Page(call);
    const { frame, label } = await ready(page, ref, 'select');
    /** @type {any} */
    let selected;
    await withOutcome(call, `Selected in ${label}`, async () => {
      selected = await act(page, frame, ref, label, 'select', { values });
    });
    const names = selected.labels.map((/** @type {string} */ name) => JSON.stringify(name)).join(', ') || 'nothing';
    return acted(call, `Selected ${names} in ${label}.`);
  },
};

/**
 * Where to click on a ref's element: the point in the coordinates of its frame's own process, after everything on the way
 * to it was found free.
 *
 * @param {Page} page
 * @param {string} ref
 */
async function locate(page, ref) {
  const { call } = page;
  const until = performance.now() + Math.min(PATIENCE_MS, call.remaining() - ANSWER_MS);
  for (;;) {
    const { frame, label, x, y, opensTab, plain } = await ready(page, ref, 'click', until - performance.now());
    const way = await page.toTab(frame, { x, y }, true);
    if (!way.not) return { frame, label, opensTab, plain, point: await inProcess(page, frame, { x, y }) };
    if (performance.now() > until) throw notActionable(label, way.not, '');
    await call.race(new Promise((resolve) => setTimeout(resolve, RETRY_MS)));
  }
}

/** A point of a frame in the coordinates of the session that takes its input. @param {Page} page @param {Frame} frame @param {{x: number, y: number}} point */
async function inProcess(page, frame, point) {
  let at = point;
  for (let inner = frame; inner.parent && inner.parent.sessionId === inner.sessionId; inner = inner.parent) {
    at = await page.run(inner.parent, 'through', { ref: inner.owner, x: at.x, y: at.y, hit: false });
  }
  return at;
}

/**
 * Waits until a ref's element can be acted on.
 *
 * @param {Page} page
 * @param {string} ref
 * @param {'click' | 'edit' | 'select'} kind
 * @param {number} [waitMs]
 */
async function ready(page, ref, kind, waitMs = PATIENCE_MS) {
  const { call } = page;
  call.note(`waiting until ${ref} can be acted on`);
  const bounded = Math.max(0, Math.min(waitMs, call.remaining() - ANSWER_MS));
  const { frame, result } = await page.runOn(ref, 'ready', { kind, waitMs: bounded });
  if (result.bad) throw new ToolFailure('bad_input', result.bad, result.fix);
  if (!result.ok) throw notActionable(result.label, result.not, result.fix);
  return { frame, ...result };
}

/** Runs an editing function on a ref's element. @param {Page} page @param {Frame} frame @param {string} ref @param {string} label @param {string} name @param {object} args */
async function act(page, frame, ref, label, name, args) {
  const { result } = await page.runOn(ref, name, args);
  if (result.bad) throw new ToolFailure('bad_input', `${label} cannot take that: ${result.bad}.`, result.fix);
  if (result.not) throw notActionable(label, result.not, result.fix);
  return result;
}

/**
 * Does something and waits for what it starts. A dialog that it raises is told together with what was done: it was.
 *
 * @param {Call} call
 * @param {string} done
 * @param {() => Promise<unknown>} action
 * @param {Plain} [plain]
 */
async function withOutcome(call, done, action, plain) {
  const watching = watch(call, plain);
  try {
    await untilAway(call, action());
    await watching.settle();
  } catch (error) {
    if (error instanceof ToolFailure && error.code === 'dialog_open') {
      throw new ToolFailure('dialog_open', `${done}. ${error.message}`, error.fix);
    }
    throw error;
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

/** @param {string} label @param {string} reason @param {string} fix */
function notActionable(label, reason, fix) {
  return new ToolFailure(
    'not_actionable',
    `${label} cannot be acted on: ${reason}.`,
    fix || 'Take a fresh browser_snapshot and look at what is in the way.',
  );
}

/** How long an element may take to become visible, still, enabled and free. */
const PATIENCE_MS = 5_000;
/** What is kept of a call's time for its answer. */
const ANSWER_MS = 300;
/** Between looks at a frame that is covered. */
const RETRY_MS = 100;
/** The bits by which the protocol names the buttons that are down. @type {Record<string, number>} */
const BUTTONS = { left: 1, right: 2, middle: 4 };
