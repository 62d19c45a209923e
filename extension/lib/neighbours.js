import { ToolFailure } from './errors.js';

/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 * @import {Sessions} from './sessions.js'
 * @import {Tabs} from './tabs.js'
 */

/**
 * Pages that share a process, such as a page and the tab that it opened, stand still together while one of them shows a
 * dialog. A call on another of them is told so, and does not wait for its deadline.
 */
export class Neighbours {
  /** @param {Sessions} sessions @param {Tabs} tabs */
  constructor(sessions, tabs) {
    this.sessions = sessions;
    this.tabs = tabs;
  }

  /** Refuses a call, before it does anything, whose page stands still. @param {Call} call */
  async check(call) {
    for (const other of this.sessions.all()) {
      if (!other.dialog || other === call.session) continue;
      if (await call.race(isHeldUp(call.session, other))) throw this.#failure(call, other);
    }
  }

  /** Stops a call when a dialog makes its page stand still. @param {Call} call @returns {() => void} Ends that. */
  watch(call) {
    return this.sessions.onDialog(async (other) => {
      if (other === call.session || !(await isHeldUp(call.session, other))) return;
      call.stop(this.#failure(call, other));
    });
  }

  /** @param {Call} call @param {Session} other */
  #failure({ tab, clientId }, { chromeId }) {
    const owner = this.tabs.byChromeId(chromeId);
    const own = owner?.clientId === clientId;
    const where = own ? `your tab ${owner.handle}` : "another agent's tab";
    const fix = own
      ? `Answer it with browser_handle_dialog tab=${owner.handle}, then go on; look at the page before repeating an action.`
      : 'Try again once that agent has answered it; look at the page before repeating an action.';
    const message = `Tab ${tab.handle} stands still under a dialog that is open in ${where}: their pages share a process.`;
    return new ToolFailure('dialog_open', message, fix);
  }
}

/**
 * Whether a page gives no sign of life while another's dialog stays open.
 *
 * @param {Session} session
 * @param {Session} other
 */
async function isHeldUp(session, other) {
  const { dialog } = other;
  // A page answers this in the middle of a script, too, so that one that is busy is not taken for one that stands still.
  const lives = session.send('Performance.getMetrics').then(
    () => true,
    () => true,
  );
  const closes = other.until(() => other.dialog !== dialog, { timeoutMs: PATIENCE_MS });
  return !(await Promise.race([lives, closes]));
}

/** A page that does not stand still answers within this. */
const PATIENCE_MS = 2_000;
