import { snapshot } from '../tools/snapshot.js';
import { Call } from './call.js';
import { ToolFailure } from './errors.js';

/**
 * @import {ExtensionCallParams} from '../protocol.d.ts'
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
    return await call.race(snapshot(call, '', LOOK_BYTES));
  } catch (error) {
    if (error instanceof ToolFailure && error.code === 'dialog_open') return error.message;
    return null;
  } finally {
    call.finish();
    release();
  }
}

/** The answer must not wait for a page that hangs. */
const LOOK_MS = 1_000;
/** Enough to see what an action has changed, and little beside the agent's own snapshots. */
const LOOK_BYTES = 2_000;
