import { UNREACHABLE } from './answer.js';
import { ToolFailure } from './errors.js';
import { FrameGone, Page } from './page.js';
import { aboutPage, bytesOf } from './parts.js';

/**
 * @import {Call} from './call.js'
 * @import {Frame, Part} from './page.js'
 *
 * What of the page is shown, as the page scripts take it.
 * @typedef {{level?: string, viewport?: boolean, depth?: number}} Choice
 */

/** Address, title and lines of the page, or of what is below a ref. @param {Call} call @param {string} ref @param {number} budget What all may take, the header included. @param {Choice} choice */
export async function view(call, ref, budget, choice) {
  const page = new Page(call);
  call.note('reading the page');
  const frame = ref ? await page.frameOf(ref) : await page.main();
  let header = HEADER;
  for (;;) {
    const top = await read(page, frame, ref, budget - header, choice);
    const lines = await withFrames(page, frame, top, budget - header, choice);
    const { document } = call.session;
    const failed = document.unreachable && !frame.parent;
    const about = [...aboutPage(failed ? document.url : top.url, top.title), ...(failed ? [UNREACHABLE] : [])];
    const size = about.reduce((sum, line) => sum + bytesOf(line) + 3, NOTES);
    if (lines.length === 0) lines.push(await whyNothing(page, frame));
    if (size <= header) return { about, lines };
    // An address or title of unusual length: the page is folded a little more.
    header = size;
  }
}

/** What is told of a page without a line. @param {Page} page @param {Frame} frame */
async function whyNothing(page, frame) {
  const { contentType } = await page.run(frame, 'view');
  if (contentType !== 'application/pdf') return '(The page shows nothing.)';
  return "(A PDF in the browser's own viewer, which cannot be read as lines: look at it with browser_take_screenshot.)";
}

/** @param {Page} page @param {Frame} frame @param {string} ref @param {number} budget @param {Choice} choice @returns {Promise<Part>} */
async function read(page, frame, ref, budget, choice) {
  const part = ref
    ? (await page.runOn(ref, 'snapshot', { budget, ...choice })).result
    : await page.run(frame, 'snapshot', { budget, ...choice });
  if (part.frames.length === 0) return part;
  // Frames need room: a page that fills the budget by itself is folded a little more.
  const reserve = Math.min(MOST_RESERVED, part.frames.length * FRAME_RESERVE);
  if (bytes(part.lines) <= budget - reserve) return part;
  return page.run(frame, 'snapshot', { ref, budget: budget - reserve, ...choice });
}

/**
 * The lines of a part, with the content of its frames below their elements' lines.
 *
 * @param {Page} page
 * @param {Frame} frame
 * @param {Part} part
 * @param {number} budget
 * @param {Choice} choice
 * @param {number} [deep] How many frames are around this one.
 * @returns {Promise<string[]>}
 */
async function withFrames(page, frame, { lines, frames }, budget, choice, deep = 0) {
  const all = [...lines];
  const near = frames.filter(({ depth }) => depth < (choice.depth ?? Number.POSITIVE_INFINITY)).slice(0, MOST_FRAMES);
  const share = Math.floor(Math.max(budget - bytes(lines), 0) / near.length);
  const shown = deep < DEEPEST_FRAME && share >= LEAST_SHARE ? near : [];
  for (const one of frames) if (!shown.includes(one)) all[one.index] += ` (folded: browser_snapshot ref=${one.ref})`;
  const parts = await Promise.all(
    shown.map(async ({ ref, depth }) => {
      const inside = choice.depth === undefined ? choice : { ...choice, depth: choice.depth - depth };
      const below = await frameLines(page, frame, ref, share, inside, deep);
      return below.map((line) => '  '.repeat(depth) + line);
    }),
  );
  for (let i = shown.length - 1; i >= 0; i--) all.splice(shown[i].index + 1, 0, ...parts[i]);
  return all;
}

/** @param {Page} page @param {Frame} parent @param {string} ref @param {number} share @param {Choice} choice @param {number} deep @returns {Promise<string[]>} */
async function frameLines(page, parent, ref, share, choice, deep) {
  const reading = readFrame(page, parent, ref, share, choice, deep);
  try {
    return (await page.call.race(Promise.race([reading, patience()]))) ?? ['- (frame not read: it does not answer)'];
  } catch (error) {
    if (error instanceof FrameGone) return ['- (frame not read: it is loading)'];
    if (error instanceof ToolFailure) throw error;
    return ['- (frame not read: it does not let itself be read)'];
  }
}

/** @param {Page} page @param {Frame} parent @param {string} ref @param {number} share @param {Choice} choice @param {number} deep @returns {Promise<string[]>} */
async function readFrame(page, parent, ref, share, choice, deep) {
  const child = await page.childOf(parent, ref);
  if (!child) return [];
  const part = await read(page, child, '', share, choice);
  return withFrames(page, child, part, share, choice, deep + 1);
}

/** @returns {Promise<null>} */
function patience() {
  return new Promise((resolve) => setTimeout(resolve, FRAME_PATIENCE_MS, null));
}

/** What lines take in an answer, in bytes. @param {string[]} lines */
export function bytes(lines) {
  return lines.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
}

/** What address, title and notes take of the budget, unless they are longer than usual. */
export const HEADER = 400;
/** What the notes take of that, the one on a base included. */
const NOTES = 250;
/** What is kept for each frame, and for all of them, on a page that would fill the budget by itself. */
const FRAME_RESERVE = 1_500;
const MOST_RESERVED = 4_500;
/** With less room than this a frame says nothing of use. */
const LEAST_SHARE = 150;
const MOST_FRAMES = 10;
const DEEPEST_FRAME = 4;
/** A frame whose process hangs must not hold up the page. */
const FRAME_PATIENCE_MS = 3_000;
