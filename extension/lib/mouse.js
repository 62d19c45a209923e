import { approach, locate } from './aim.js';

/** @import {Frame, Page} from './page.js' */

/**
 * Where a click on a ref's element goes, as `locate` tells it. What an agent hovered over before may close when the mouse
 * leaves it, so that it is moved on first.
 *
 * @param {Page} page
 * @param {string} ref
 * @param {number} [waitMs] How long it may take until the element can be clicked.
 */
export function aim(page, ref, waitMs) {
  const { session } = page.call;
  const leaves = session.hoveredIn === session.document.loaderId;
  return leaves ? approach(page, ref, waitMs) : locate(page, ref, waitMs);
}

/**
 * Moves the mouse, presses and releases: sent together, in order.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {{x: number, y: number}} point In the coordinates of the frame's own process.
 * @param {{button: string, modifiers: number, clicks: number}} [how] One click with the left button unless it says otherwise.
 */
export async function clickAt(page, frame, { x, y }, { button, modifiers, clicks } = LEFT) {
  const { call } = page;
  const buttons = BUTTONS[button];
  const send = (/** @type {object} */ event) =>
    call.send('Input.dispatchMouseEvent', { x, y, modifiers, ...event }, frame.sessionId);
  if (button === 'right') await page.run(frame, 'keepMenuShut', { on: true });
  const events = [send({ type: 'mouseMoved', button: 'none', buttons: 0 })];
  for (let clickCount = 1; clickCount <= clicks; clickCount++) {
    events.push(send({ type: 'mousePressed', button, buttons, clickCount }));
    events.push(send({ type: 'mouseReleased', button, buttons: 0, clickCount }));
  }
  await Promise.all(events);
  if (button === 'right') await page.run(frame, 'keepMenuShut', { on: false });
}

/** The bits by which the protocol names the buttons that are down. @type {Record<string, number>} */
const BUTTONS = { left: 1, right: 2, middle: 4 };
const LEFT = { button: 'left', modifiers: 0, clicks: 1 };
