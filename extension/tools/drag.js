import { approach, inProcess, locate } from '../lib/aim.js';
import { acted } from '../lib/answer.js';
import { Drag } from '../lib/drag.js';
import { ToolFailure } from '../lib/errors.js';
import { bring, namesOf } from '../lib/files.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';

/**
 * @import {SentFile} from '../protocol.d.ts'
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 */

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

  /** @param {Call} call */
  async browser_drop(call) {
    const { ref, paths: files = [] } = call.args;
    const data = dataOf(call.args);
    const kinds = [...(files.length > 0 ? [namesOf(files)] : []), ...Object.keys(data)].join(', ');
    if (kinds === '') throw new ToolFailure('bad_input', 'There is nothing to drop.', 'Give `paths`, `text`, `html` or `url`.');
    const page = new Page(call);
    const { frame, label, point } = await locate(page, ref);
    const done = `Dropped ${kinds} onto ${label}`;
    call.note(`waiting for the page to take what is dropped onto ${label}`);
    let taken = true;
    const drop = async () => {
      // The browser takes files for a drop by their paths only, and none from extensions.
      taken = files.length > 0 ? await dropFiles(page, frame, ref, files, data) : await dropData(page, frame, point, data);
    };
    const outcome = await withOutcome(call, done, drop, { frame, ref });
    return acted(call, taken ? `${done}.` : `Held ${kinds} over ${label}.`, taken ? [] : [REFUSED], outcome);
  },
};

/** What is dropped beside files, by media type. @param {Record<string, any>} args @returns {Record<string, string>} */
function dataOf({ text, html, url, data = {} }) {
  const further = typeof data === 'string' ? JSON.parse(data) : data;
  const named = Object.entries({ 'text/plain': text ?? url, 'text/html': html, 'text/uri-list': url, ...further });
  return Object.fromEntries(named.filter(([, value]) => value !== undefined).map(([type, value]) => [type, String(value)]));
}

/** @param {Page} page @param {Frame} frame @param {string} ref @param {SentFile[]} files @param {Record<string, string>} data @returns {Promise<boolean>} */
async function dropFiles(page, frame, ref, files, data) {
  await bring(page, frame, files);
  return page.run(frame, 'drop', { ref, data });
}

/** @param {Page} page @param {Frame} frame @param {{x: number, y: number}} point @param {Record<string, string>} data @returns {Promise<boolean>} */
async function dropData(page, frame, point, data) {
  const { call } = page;
  await page.run(frame, 'watchDrop');
  const items = Object.entries(data).map(([mimeType, value]) => ({ mimeType, data: value }));
  const event = { ...point, data: { items, dragOperationsMask: EVERY_OPERATION } };
  for (const type of ['dragEnter', 'dragOver', 'drop']) {
    await call.send('Input.dispatchDragEvent', { type, ...event }, frame.sessionId);
  }
  return page.run(frame, 'dropHeard');
}

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

/** Copying, linking and moving. */
const EVERY_OPERATION = 19;
const REFUSED = 'Drop: nothing at that place took it.';
