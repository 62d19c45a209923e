import { text } from './answer.js';
import { askedFor, keep } from './bases.js';
import { Call } from './call.js';
import { ToolFailure } from './errors.js';
import { BUDGET, bytesOf, NOTICE, written } from './parts.js';
import { view } from './view.js';

/**
 * @import {Content, ExtensionCallParams} from '../protocol.d.ts'
 * @import {Sessions} from './sessions.js'
 * @import {Tabs} from './tabs.js'
 */

/**
 * The page that a call works on, or its client's current one, in short: for an answer that cannot say what the call did.
 *
 * @param {{tabs: Tabs, sessions: Sessions}} parts
 * @param {ExtensionCallParams} params
 * @returns {Promise<string | null>} Null when there is no such tab, or when it does not show itself at once.
 */
export async function look({ tabs, sessions }, params) {
  const record = tabs.peek(params.clientId, params.tab);
  if (!record) return null;
  const deadlineMs = Math.min(LOOK_MS, params.deadlineMs);
  const call = new Call({ ...params, tool: 'browser_snapshot', readOnly: true, deadlineMs }, () => {});
  let release = () => {};
  try {
    await call.race(tabs.ready(record));
    const session = sessions.of(record);
    call.bind(record, session, tabs.store.numbers);
    release = session.use();
    call.watchDialogs();
    await call.race(session.attach());
    return await call.race(inShort(call));
  } catch (error) {
    if (error instanceof ToolFailure && error.code === 'dialog_open') return error.message;
    return null;
  } finally {
    call.finish();
    release();
  }
}

/**
 * What an action answered, with the page as it stands behind it; together they keep to the budget of an answer. A page that
 * does not show itself takes nothing from what was done.
 *
 * @param {Call} call
 * @param {Content[]} content
 * @returns {Promise<Content[]>}
 */
export async function withPage(call, content) {
  const taken = content.reduce((sum, block) => sum + (block.type === 'text' ? bytesOf(block.text) + 1 : 0), 0);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, PAGE_MS, NO_ANSWER)));
  try {
    const shown = await Promise.race([page(call, BUDGET - taken), /** @type {Promise<never>} */ (late)]);
    return [...content, text(shown)];
  } catch (error) {
    const why = error instanceof ToolFailure ? `${error.message} ${error.fix}` : String(error);
    return [...content, text(`- Snapshot: none. ${why}`)];
  } finally {
    clearTimeout(timer);
  }
}

/** The page with its address, for an answer that does not tell it. @param {Call} call */
async function inShort(call) {
  const { about, lines } = await view(call, '', LOOK_BYTES, {});
  return written([...about, NOTICE], lines);
}

/** The page as a snapshot that is asked for without more words shows it, for an answer that tells its address. @param {Call} call @param {number} budget What all may take, in bytes. */
async function page(call, budget) {
  const { lines } = await view(call, '', budget, {});
  const name = await keep(call, { asked: askedFor('', {}), lines });
  return written([`Snapshot: ${name}`, NOTICE], lines);
}

/** The answer must not wait for a page that hangs. */
const LOOK_MS = 1_000;
/** Enough to see what an action has changed, and little beside the agent's own snapshots. */
const LOOK_BYTES = 2_000;
/** What was done is told soon, also of a page that hangs by it. */
const PAGE_MS = 5_000;
const NO_ANSWER = new ToolFailure('timeout', 'The page does not answer.', 'Look at it later with browser_snapshot.');
