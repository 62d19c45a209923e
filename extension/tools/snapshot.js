import { text, UNREACHABLE } from '../lib/answer.js';
import { changes } from '../lib/diff.js';
import { ToolFailure } from '../lib/errors.js';
import { FrameGone, Page } from '../lib/page.js';
import { aboutPage, BUDGET, bytesOf, goOn, inParts, NOTICE, written } from '../lib/parts.js';

/**
 * @import {Content} from '../protocol.d.ts'
 * @import {Call} from '../lib/call.js'
 * @import {Frame, Part} from '../lib/page.js'
 * @import {Session} from '../lib/session.js'
 *
 * What of the page is shown, as the page scripts take it.
 * @typedef {{level?: string, viewport?: boolean, depth?: number}} Choice
 *
 * A snapshot that later ones can be compared with.
 * @typedef {{asked: string, lines: string[]}} Base
 */

/** Reads the page as a tree of lines. */
export const handlers = {
  /** @param {Call} call */
  async browser_snapshot(call) {
    const { cursor, base, ref = '', level, viewport, depth } = call.args;
    if (cursor !== undefined) return goOn(call);
    const full = level === 'full';
    const { about, lines } = await look(call, ref, full ? FULL_BUDGET : BUDGET, { level, viewport, depth });
    const asked = askedFor(ref, { level, viewport, depth });
    const name = await keep(call, { asked, lines });
    const notes = [`Snapshot: ${name}`];
    if (base !== undefined) {
      const changed = since(call, base, { asked, lines });
      if (changed.lines && bytes(changed.lines) <= Math.min(Math.max(bytes(lines), SMALL), BUDGET - HEADER - bytes(about))) {
        return [text(written([...about, ...notes, changed.note, NOTICE], changed.lines))];
      }
      notes.push(changed.lines ? `Base: the changes since ${base} are more than the page, which follows` : changed.note);
    }
    if (full) return inParts(call, [...about, ...notes, NOTICE], lines);
    return [text(written([...about, ...notes, NOTICE], lines))];
  },
};

/** The page, or what is below a ref, within a budget of bytes. @param {Call} call @param {string} ref @param {number} budget */
export async function snapshot(call, ref, budget) {
  const { about, lines } = await look(call, ref, budget, {});
  return written([...about, NOTICE], lines);
}

/** The page as a snapshot that is asked for without more words shows it, for an answer that tells its address. @param {Call} call @param {number} budget What all may take, in bytes. */
export async function page(call, budget) {
  const { lines } = await look(call, '', budget, {});
  const name = await keep(call, { asked: askedFor('', {}), lines });
  return written([`Snapshot: ${name}`, NOTICE], lines);
}

/** Address, title and lines of the page. @param {Call} call @param {string} ref @param {number} budget What all may take, the header included. @param {Choice} choice */
async function look(call, ref, budget, choice) {
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

/** What tells snapshots apart that show different parts. @param {string} ref @param {Choice} choice */
function askedFor(ref, { level, viewport, depth }) {
  return JSON.stringify([ref, level, viewport, depth]);
}

/** Names a snapshot, and keeps it to be compared with. @param {Call} call @param {Base} made */
async function keep(call, made) {
  const bases = basesOf(call.session);
  const name = await call.race(call.numbers.name('s'));
  bases.set(name, made);
  for (const oldest of bases.keys()) {
    if (bases.size <= BASES_KEPT) break;
    bases.delete(oldest);
  }
  return name;
}

/** What became of the page since a snapshot, with what is said of it; without lines if that is not known. @param {Call} call @param {string} name @param {Base} made @returns {{note: string, lines?: string[]}} */
function since(call, name, made) {
  const base = basesOf(call.session).get(name);
  const shown = JSON.stringify(name.slice(0, 20));
  if (!base) return { note: `Base: no snapshot ${shown} of this tab is kept any more; the whole page follows` };
  if (base.asked !== made.asked) return { note: `Base: ${shown} was asked for otherwise; the whole page follows` };
  if (base.lines.length * made.lines.length > MOST_COMPARED) return { note: `Base: ${shown} is too large to compare` };
  const lines = changes(base.lines, made.lines);
  if (lines.length === 0) return { note: `Base: ${name}`, lines: ['(Nothing changed.)'] };
  return { note: `Base: ${name}; its lines are + added, - removed, ~ changed, below those that they stand in`, lines };
}

/** @type {WeakMap<Session, Map<string, Base>>} */
const kept = new WeakMap();

/** @param {Session} session */
function basesOf(session) {
  const bases = kept.get(session) ?? new Map();
  kept.set(session, bases);
  return bases;
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

/** @param {string[]} lines */
function bytes(lines) {
  return lines.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
}

/** What address, title and notes take of the budget, unless they are longer than usual. */
const HEADER = 400;
/** What the notes take of that, the one on a base included. */
const NOTES = 250;
/** What a snapshot with everything in it may hold: it is read in parts. */
const FULL_BUDGET = 60_000;
/** Changes of this size are told, even of a page that is smaller. */
const SMALL = 200;
/** How many snapshots of a tab can be compared with. */
const BASES_KEPT = 10;
/** Two snapshots are compared line by line, each with each, up to this many pairs. */
const MOST_COMPARED = 4_000_000;
/** What is kept for each frame, and for all of them, on a page that would fill the budget by itself. */
const FRAME_RESERVE = 1_500;
const MOST_RESERVED = 4_500;
/** With less room than this a frame says nothing of use. */
const LEAST_SHARE = 150;
const MOST_FRAMES = 10;
const DEEPEST_FRAME = 4;
/** A frame whose process hangs must not hold up the page. */
const FRAME_PATIENCE_MS = 3_000;
