import { inProcess } from '../lib/aim.js';
import { acted } from '../lib/answer.js';
import { Drag } from '../lib/drag.js';
import { ToolFailure } from '../lib/errors.js';
import { openBehind, bitsOf } from '../lib/keys.js';
import { clickAt } from '../lib/mouse.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 *
 * A place in the tab's viewport: the innermost frame there, and the point in the coordinates of that frame's own process.
 * @typedef {{frame: Frame, point: {x: number, y: number}, inTab: {x: number, y: number}, label: string, opensTab: boolean}} Place
 */

/** Uses the mouse by coordinates. */
export const handlers = {
  /** @param {Call} call */
  async browser_mouse_click_xy(call) {
    const { x, y, button = 'left', clickCount = 1 } = call.args;
    const page = new Page(call);
    const { frame, point, label, opensTab } = await placeAt(page, x, y);
    const modifiers = opensTab && button === 'left' ? bitsOf([openBehind]) : 0;
    const done = `Clicked ${label} at ${x}, ${y}`;
    const click = () => clickAt(page, frame, point, { button, modifiers, clicks: clickCount });
    return acted(call, `${done}.`, [], await withOutcome(call, done, click, { frame }));
  },

  /** @param {Call} call */
  async browser_mouse_move_xy(call) {
    const { x, y } = call.args;
    const { frame, point, label } = await placeAt(new Page(call), x, y);
    call.session.hoveredIn = call.session.document.loaderId;
    const done = `Moved the mouse onto ${label} at ${x}, ${y}`;
    const move = () => call.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...point }, frame.sessionId);
    return acted(call, `${done}.`, [], await withOutcome(call, done, move, { frame }));
  },

  /** @param {Call} call */
  async browser_mouse_drag_xy(call) {
    const { startX, startY, endX, endY } = call.args;
    const page = new Page(call);
    const end = await placeAt(page, endX, endY);
    const start = await placeAt(page, startX, startY);
    await call.send('Input.dispatchMouseEvent', { type: 'mouseMoved', ...start.point }, start.frame.sessionId);
    const drag = new Drag(page, start);
    const way = `${start.label} from ${startX}, ${startY} to ${endX}, ${endY}`;
    const done = () => `${drag.dropped ? 'Dragged' : 'Began to drag'} ${way}`;
    const outcome = await withOutcome(call, done, () => drag.run(async () => end), { frame: start.frame });
    return acted(call, `${done()}.`, drag.refused ? ['Drop: nothing at that place took it.'] : [], outcome);
  },

  /** @param {Call} call */
  async browser_mouse_wheel(call) {
    const { deltaX = 0, deltaY = 0 } = call.args;
    const page = new Page(call);
    const { width, height } = await page.run(await page.main(), 'view');
    const { x = width / 2, y = height / 2 } = call.args;
    const { frame, point, label } = await placeAt(page, x, y);
    const done = `Turned the wheel by ${deltaX}, ${deltaY} over ${label}`;
    const event = { type: 'mouseWheel', ...point, deltaX, deltaY };
    const turn = async () => {
      await call.send('Input.dispatchMouseEvent', event, frame.sessionId);
      await page.run(frame, 'painted');
    };
    return acted(call, `${done}.`, [], await withOutcome(call, done, turn, { frame }));
  },
};

/** What is at a place of the viewport, through frames. @param {Page} page @param {number} x @param {number} y @returns {Promise<Place>} */
async function placeAt(page, x, y) {
  let frame = await page.main();
  let at = { x, y };
  let seen = await page.run(frame, 'hitAt', at);
  if (seen.outside) {
    const fix = 'Give CSS pixels of what is in view; divide those of a scaled screenshot by its scale.';
    throw new ToolFailure('bad_input', `${x}, ${y} is outside the viewport of ${seen.width} x ${seen.height} pixels.`, fix);
  }
  while (seen.frame) {
    const child = await page.childOf(frame, seen.frame.ref);
    if (!child) break;
    const { x: innerX, y: innerY } = seen.frame;
    at = { x: innerX, y: innerY };
    frame = child;
    seen = await page.run(frame, 'hitAt', at);
    if (seen.outside) break;
  }
  const { label = 'the page', opensTab = false } = seen;
  return { frame, label, opensTab, inTab: { x, y }, point: await inProcess(page, frame, at) };
}
