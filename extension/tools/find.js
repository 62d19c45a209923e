import { ProtocolError, ToolFailure } from '../lib/errors.js';
import { FrameGone, Page } from '../lib/page.js';
import { aboutPage, bytesOf, goOn, inParts, NOTICE } from '../lib/parts.js';

/**
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 *
 * @typedef {{count: number, shown: number, lines: string[], url: string, title: string, problem?: string}} Found
 */

/** Finds what the page says, without reading all of it. */
export const handlers = {
  /** @param {Call} call */
  async browser_find(call) {
    if (call.args.cursor !== undefined) return goOn(call);
    const { text, regex, role, name } = call.args;
    if (![text, regex, role, name].some((one) => one?.trim())) {
      throw new ToolFailure('bad_input', 'Nothing to find was given.', 'Call browser_find with text, regex, role or name.');
    }
    const page = new Page(call);
    call.note('searching the page');
    let left = MOST_BYTES_FOUND;
    let [count, shown] = [0, 0];
    /** @type {string[]} */
    const lines = [];
    /** @type {Found | null} */
    let top = null;
    for (const frame of await page.frames()) {
      const found = await search(page, frame, { text, regex, role, name, budget: left });
      if (!found) continue;
      top ??= found;
      count += found.count;
      shown += found.shown;
      if (found.lines.length === 0) continue;
      const inside = found.lines.flatMap((block) => block.split('\n'));
      const owner = `- iframe [ref=${frame.owner}]`;
      const more = frame.parent ? [owner, ...inside.map((line) => `  ${line}`)] : inside;
      left -= more.reduce((sum, line) => sum + bytesOf(line) + 1, 0);
      lines.push(...(lines.length > 0 ? ['...'] : []), ...more);
    }
    const { url, title } = /** @type {Found} */ (top);
    const told = shown < count ? `${count}; the first ${shown} are shown, so ask for something narrower` : String(count);
    if (count === 0) lines.push('(Nothing on the page matches.)');
    return inParts(call, [...aboutPage(url, title), `Matches: ${told}`, NOTICE], lines);
  },
};

/** What a frame has of it; null if it is not there to be searched. @param {Page} page @param {Frame} frame @param {object} wanted @returns {Promise<Found | null>} */
async function search(page, frame, wanted) {
  /** @type {Found} */
  let found;
  try {
    found = await page.run(frame, 'search', wanted, { timeout: SEARCH_MS });
  } catch (error) {
    if (error instanceof FrameGone) return null;
    if (error instanceof ProtocolError && STOPPED.test(error.message)) throw tooSlow();
    throw error;
  }
  if (found.problem) {
    throw new ToolFailure('bad_input', `The pattern is none: ${found.problem}.`, 'Call browser_find again with another regex.');
  }
  return found;
}

function tooSlow() {
  return new ToolFailure(
    'timeout',
    `The search was stopped after ${SEARCH_MS} ms: the pattern tries too many ways to match, or the page is very large.`,
    'Call browser_find again with text, or with a regex without nested repetitions.',
  );
}

/** What all matches may hold that are kept: more of them are a question that was too wide. */
const MOST_BYTES_FOUND = 60_000;
/** A pattern can take for ever, and the page stands still meanwhile. */
const SEARCH_MS = 1_500;
/** What Chromium answers when it has stopped the page. */
const STOPPED = /terminated|^Internal error$/i;
