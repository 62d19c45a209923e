import { acted } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { withOutcome } from '../lib/outcome.js';
import { FrameGone, Page } from '../lib/page.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 *
 * How far something that scrolls stands, in CSS pixels.
 * @typedef {{top: number, left: number, height: number, width: number, clientHeight: number, clientWidth: number, isPage: boolean}} Scrolled
 */

/** Shows another part of the page. */
export const handlers = {
  /** @param {Call} call */
  async browser_scroll(call) {
    const { ref, text, to, deltaX, deltaY } = call.args;
    const page = new Page(call);
    const moves = to !== undefined || deltaX !== undefined || deltaY !== undefined || call.args.direction !== undefined;
    if (text !== undefined && (moves || ref !== undefined)) {
      throw new ToolFailure('bad_input', 'A text is brought into view by itself.', 'Give `text` alone, or leave it out.');
    }
    const target = ref === undefined ? await page.main() : await page.frameOf(ref);
    const place = { frame: target, done: 'Scrolled' };
    const before = await heightOf(page, target, ref);
    const scroll = async () => {
      if (text !== undefined) Object.assign(place, await showText(page, text));
      else if (ref !== undefined && !moves) place.done = `Brought ${(await page.runOn(ref, 'scrollToRef')).result.label} into view`;
      else {
        const direction = moves ? call.args.direction : 'down';
        const args = { ref, to, direction, deltaX, deltaY };
        if (ref === undefined) await page.run(target, 'scroll', args);
        else await page.runOn(ref, 'scroll', args);
      }
    };
    const outcome = await withOutcome(call, () => place.done, scroll, { frame: target });
    return acted(call, `${place.done}.`, await position(page, place.frame, before), outcome);
  },
};

/** Brings a text into view, in whichever frame it stands. @param {Page} page @param {string} text */
async function showText(page, text) {
  for (const frame of await page.frames()) {
    try {
      if (await page.run(frame, 'scrollToText', { text })) return { frame, done: `Brought ${JSON.stringify(text)} into view` };
    } catch (error) {
      if (!(error instanceof FrameGone)) throw error;
    }
  }
  const fix = 'Scroll down if the page loads more as it is scrolled, or look for other words with browser_find.';
  throw new ToolFailure('bad_input', `The text ${JSON.stringify(text.slice(0, 200))} is not on the page.`, fix);
}

/** @param {Page} page @param {Frame} frame @param {string} [ref] @returns {Promise<number | null>} */
async function heightOf(page, frame, ref) {
  return page.run(frame, 'scrollHeight', { ref }).catch(orNull);
}

/** Where the view stands, and whether the page grew under it. @param {Page} page @param {Frame} frame @param {number | null} before */
async function position(page, frame, before) {
  /** @type {Scrolled | null} */
  const at = await page.run(frame, 'scrolled').catch(orNull);
  if (!at) return [];
  const [bottom, right] = [at.top + at.clientHeight, at.left + at.clientWidth];
  const of = at.isPage ? '' : ' of this part';
  const end = bottom >= at.height - 1 ? ', the end' : '';
  const lines = [`In view: ${Math.round(at.top)} to ${Math.round(bottom)} of ${at.height} px${of}${end}`];
  if (at.width > at.clientWidth) lines.push(`Across: ${Math.round(at.left)} to ${Math.round(right)} of ${at.width} px`);
  if (before !== null && at.height > before) lines.push(`Loaded: ${at.height - before} px more`);
  return lines;
}

/** A frame that is gone stands nowhere. @param {unknown} error */
function orNull(error) {
  if (error instanceof FrameGone) return null;
  throw error;
}
