import { ToolFailure } from './errors.js';
import { watch } from './navigation.js';

/**
 * @import {Call} from './call.js'
 * @import {Plain} from './navigation.js'
 */

/**
 * Does something and waits for what it starts. A dialog that it raises is told together with what was done: it was.
 *
 * @param {Call} call
 * @param {string | (() => string)} done What was done, in the past tense; asked for when it is known.
 * @param {() => Promise<unknown>} action
 * @param {Plain} [plain]
 */
export async function withOutcome(call, done, action, plain) {
  const watching = watch(call, plain);
  try {
    await untilAway(call, action());
    await watching.settle();
  } catch (error) {
    if (error instanceof ToolFailure && error.code === 'dialog_open') {
      const said = typeof done === 'string' ? done : done();
      throw new ToolFailure('dialog_open', `${said}. ${error.message}`, error.fix);
    }
    throw error;
  }
}

/** Waits for an input's acknowledgement, which never comes when the page goes away under it. @param {Call} call @param {Promise<unknown>} input */
async function untilAway(call, input) {
  const { session } = call;
  const { loaderId } = session.document;
  const over = new AbortController();
  const away = session.until(() => session.document.loaderId !== loaderId, { signal: over.signal });
  try {
    await Promise.race([input, call.race(away)]);
  } finally {
    over.abort();
    input.catch(() => {});
  }
}
