import { ToolFailure } from './errors.js';

/** @import {Frame, Page} from './page.js' */

/**
 * Where the mouse meets a ref's element, after everything on the way to it was found free: `point` in the coordinates of
 * its frame's own process, `inTab` in those of the tab. `event`: by which event the frame is sure to hear a press there.
 *
 * @param {Page} page
 * @param {string} ref
 * @param {number} [waitMs] How long it may take until the element can be acted on.
 */
export async function locate(page, ref, waitMs = PATIENCE_MS) {
  const { call } = page;
  const until = performance.now() + Math.min(waitMs, call.remaining() - ANSWER_MS);
  for (;;) {
    const { frame, label, x, y, opensTab, link, plain, own } = await ready(page, ref, 'click', until - performance.now());
    const way = await page.toTab(frame, { x, y }, true);
    if (!way.not) {
      const event = own ? /** @type {const} */ ('pointerdown') : undefined;
      return { frame, label, opensTab, link, plain, event, inTab: way, point: await inProcess(page, frame, { x, y }) };
    }
    if (performance.now() > until) throw notActionable(label, way.not, '');
    await call.race(new Promise((resolve) => setTimeout(resolve, RETRY_MS)));
  }
}

/**
 * Moves the mouse onto a ref's element and aims once more: what the mouse leaves may close, and what lies below it moves.
 *
 * @param {Page} page
 * @param {string} ref
 * @param {number} [waitMs] How long it may take each time until the element can be acted on.
 */
export async function approach(page, ref, waitMs) {
  let aimed = await locate(page, ref, waitMs);
  for (let attempt = 0; attempt < MOST_APPROACHES; attempt++) {
    await page.call.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...aimed.point }, aimed.frame.sessionId);
    const { point } = aimed;
    aimed = await locate(page, ref, waitMs);
    if (aimed.point.x === point.x && aimed.point.y === point.y) break;
  }
  return aimed;
}

/** A point of a frame in the coordinates of the session that takes its input. @param {Page} page @param {Frame} frame @param {{x: number, y: number}} point */
export async function inProcess(page, frame, point) {
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
export async function ready(page, ref, kind, waitMs = PATIENCE_MS) {
  const { call } = page;
  call.note(`waiting until ${ref} can be acted on`);
  const bounded = Math.max(0, Math.min(waitMs, call.remaining() - ANSWER_MS));
  const { frame, result } = await page.runOn(ref, 'ready', { kind, waitMs: bounded });
  if (result.bad) throw new ToolFailure('bad_input', result.bad, result.fix);
  if (!result.ok) throw notActionable(result.label, result.not, result.fix);
  return { frame, ...result };
}

/** @param {string} label @param {string} reason @param {string} fix */
export function notActionable(label, reason, fix) {
  return new ToolFailure(
    'not_actionable',
    `${label} cannot be acted on: ${reason}.`,
    fix || 'Take a fresh browser_snapshot and look at what is in the way.',
  );
}

/** Throws what keeps an element from taking what it was given, if anything does. @param {string} label @param {{bad?: string, not?: string, fix?: string} | null} result */
export function refuse(label, result) {
  const { bad, not, fix = '' } = result ?? {};
  if (bad) throw new ToolFailure('bad_input', `${label} cannot take that: ${bad}.`, fix);
  if (not) throw notActionable(label, not, fix);
}

/** How long an element may take to become visible, still, enabled and free. */
const PATIENCE_MS = 5_000;
/** What is kept of a call's time for its answer. */
const ANSWER_MS = 300;
/** A page that moves its elements away from each approach of the mouse is taken as it stands. */
const MOST_APPROACHES = 3;
/** Between looks at a frame that is covered. */
const RETRY_MS = 100;
