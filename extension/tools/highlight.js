import { text } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { hideHighlight, highlight } from '../lib/highlight.js';
import { Page } from '../lib/page.js';

/** @type {Record<string, import('../lib/calls.js').Tool['run']>} Points things out to the person. */
export const handlers = {
  browser_highlight: async (call) => {
    const { ref, off = false } = call.args;
    if (off === (ref !== undefined)) {
      throw new ToolFailure('bad_input', 'Either `ref` or `off` is needed.', 'Call browser_highlight with ref=e12, or with off=true.');
    }
    if (off) {
      await hideHighlight(call);
      return [text('Nothing is highlighted.')];
    }
    const page = new Page(call);
    const { frame } = await page.runOn(ref, 'check');
    const objectId = await page.objectOf(frame, ref);
    await highlight(call, objectId, frame.sessionId);
    call.send('Runtime.releaseObject', { objectId }, frame.sessionId).catch(() => {});
    return [text(`Highlighted ${ref} for the person who looks at tab ${call.tab.handle}, until your next action there.`)];
  },
};
