import { Page } from '../lib/page.js';
import { aboutPage, goOn, inParts, MOST_BYTES, NOTICE } from '../lib/parts.js';

/** @import {Call} from '../lib/call.js' */

/** Reads what the page says as Markdown. */
export const handlers = {
  /** @param {Call} call */
  async browser_get_text(call) {
    if (call.args.cursor !== undefined) return goOn(call);
    const page = new Page(call);
    const { ref = '' } = call.args;
    call.note('reading the text of the page');
    const { url, title, part, lines, full } = await read(page, ref);
    const notes = part ? [`Text of: ${part}`] : [];
    if (full) notes.push(`The text beyond ${MOST_BYTES} bytes is left out: read it by the refs of its parts.`);
    if (lines.length === 0) lines.push('(No text.)');
    return inParts(call, [...aboutPage(url, title), ...notes, NOTICE], lines);
  },
};

/** @param {Page} page @param {string} ref @returns {Promise<{url: string, title: string, part: string, lines: string[], full: boolean}>} */
async function read(page, ref) {
  const limit = MOST_BYTES;
  if (!ref) return page.run(await page.main(), 'readText', { limit });
  const { frame, result } = await page.runOn(ref, 'readText', { limit });
  if (!/^iframe\b/.test(result.part)) return result;
  const child = await page.childOf(frame, ref);
  return child ? page.run(child, 'readText', { limit }) : result;
}
