import { acted } from '../lib/answer.js';
import { ToolFailure } from '../lib/errors.js';
import { fileField, giveFiles, namesOf } from '../lib/files.js';
import { withOutcome } from '../lib/outcome.js';
import { Page } from '../lib/page.js';

/**
 * @import {SentFile} from '../protocol.d.ts'
 * @import {Call} from '../lib/call.js'
 * @import {Frame} from '../lib/page.js'
 */

/** Gives pages files. */
export const handlers = {
  /** @param {Call} call */
  async browser_file_upload(call) {
    /** @type {{ref?: string, paths?: SentFile[]}} */
    const { ref, paths: files = [] } = call.args;
    const page = new Page(call);
    const { frame, label } = ref === undefined ? await chooserOf(page) : await fileField(page, ref, files.length);
    const cancels = ref === undefined && files.length === 0;
    const chosen = files.length === 0 ? 'no file' : namesOf(files);
    const done = cancels ? `Cancelled ${label}` : `Chose ${chosen} in ${label}`;
    const give = () => (cancels ? page.run(frame, 'cancelChooser') : giveFiles(page, frame, { ref, label, files }));
    const outcome = await withOutcome(call, done, give, { frame, ref });
    if (ref === undefined) call.session.chooser.close();
    return acted(call, `${done}.`, [], outcome);
  },
};

/** The open chooser's field, handed to the page scripts of its frame. @param {Page} page @returns {Promise<{frame: Frame, label: string}>} */
async function chooserOf(page) {
  const { call } = page;
  const { pending } = call.session.chooser;
  const frame = pending && (await page.frames()).find(({ frameId }) => frameId === pending.frameId);
  if (!pending || !frame) {
    const fix = 'Click what opens one, or give the `ref` of a file field.';
    throw new ToolFailure('bad_input', 'The page has no file chooser open.', fix);
  }
  await page.run(frame, 'takeFiles', { files: [] });
  const node = { backendNodeId: pending.backendNodeId, executionContextId: frame.contextId };
  const { object } = await call.send('DOM.resolveNode', node, frame.sessionId);
  const hand = { objectId: object.objectId, functionDeclaration: 'function () { globalThis.__tabmux.chooser = this; }' };
  await call.send('Runtime.callFunctionOn', hand, frame.sessionId);
  return { frame, label: 'the file chooser' };
}
