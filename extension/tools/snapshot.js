import { text } from '../lib/answer.js';
import { askedFor, keep, since } from '../lib/bases.js';
import { BUDGET, goOn, inParts, NOTICE, written } from '../lib/parts.js';
import { bytes, HEADER, view } from '../lib/view.js';

/** @import {Call} from '../lib/call.js' */

/** Reads the page as a tree of lines. */
export const handlers = {
  /** @param {Call} call */
  async browser_snapshot(call) {
    const { cursor, base, ref = '', level, viewport, depth } = call.args;
    if (cursor !== undefined) return goOn(call);
    const full = level === 'full';
    const { about, lines } = await view(call, ref, full ? FULL_BUDGET : BUDGET, { level, viewport, depth });
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

/** What a snapshot with everything in it may hold: it is read in parts. */
const FULL_BUDGET = 60_000;
/** Changes of this size are told, even of a page that is smaller. */
const SMALL = 200;
