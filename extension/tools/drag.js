import { approach, inProcess, locate } from '../lib/aim.js';
import { acted } from '../lib/answer.js';
import { Drag } from '../lib/drag.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';

/** @import {Call} from '../lib/call.js' */

/** Drags with the mouse. */
export const handlers = {
  /** @param {Call} call */
  async browser_drag(call) {
    const { startRef, endRef } = call.args;
    const page = new Page(call);
    // Looked at before the button goes down: an end that cannot be reached must leave nothing half dragged.
    const { label: onto } = await locate(page, endRef);
    const start = await approach(page, startRef);
    const drag = new Drag(page, start);
    call.note(`waiting for the page to take ${start.label} to ${onto}`);
    const done = () => `${drag.dropped ? 'Dragged' : 'Began to drag'} ${start.label} to ${onto}`;
    const run = () => drag.run(() => middleOf(page, endRef));
    const outcome = await withOutcome(call, done, run, { frame: start.frame, label: start.label, event: start.event });
    return acted(call, `${done()}.`, drag.refused ? [REFUSED] : [], outcome);
  },
};

/**
 * The middle of a ref's element, scrolled into view. What lies over it is not refused: it may be what is dragged.
 *
 * @param {Page} page
 * @param {string} ref
 */
async function middleOf(page, ref) {
  const { frame, result } = await page.runOn(ref, 'boxOf');
  const middle = { x: result.x + result.width / 2, y: result.y + result.height / 2 };
  // Brings the frame into view, too.
  const free = await page.toTab(frame, middle, true);
  const inTab = free.not ? await page.toTab(frame, middle, false) : free;
  return { frame, inTab, point: await inProcess(page, frame, middle) };
}

const REFUSED = 'Drop: nothing at that place took it.';
