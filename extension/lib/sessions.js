import { Session } from './session.js';

/** @import {TabRecord} from './store.js' */

/** The debugging sessions of all tabs, and the only listener to `chrome.debugger`. */
export class Sessions {
  /** @type {Map<number, Session>} By the tab's id in Chromium. */
  #sessions = new Map();
  /** @type {Set<(session: Session) => void>} */
  #onDialog = new Set();

  /**
   * @param {() => void} onCancel The person pressed Cancel on the debugger bar.
   * @param {() => import('./errors.js').ToolFailure | null} [forbidden] Why no tab may be attached to, if so.
   * @param {(clientId: string) => import('./routes.js').Route[]} [routes] What becomes of the requests of a client's tabs.
   */
  constructor(onCancel, forbidden, routes = () => []) {
    this.onCancel = onCancel;
    this.forbidden = forbidden;
    this.routes = routes;
  }

  /**
   * The session of a tab; made when there is none, attached when first used. Whoever attaches it first, it makes the page
   * see what its owner set, and changes its requests by its owner's routes.
   *
   * @param {{chromeId: number, clientId: string, emulation?: import('./emulation.js').Settings}} tab
   */
  of({ chromeId, clientId, emulation }) {
    const session = this.#sessions.get(chromeId) ?? this.#make(chromeId, emulation);
    session.interception.routes = () => this.routes(clientId);
    return session;
  }

  /**
   * Takes up the tabs whose requests are changed and whose session outlived the worker: what the browser held for the
   * earlier worker goes on.
   *
   * @param {TabRecord[]} records
   */
  async resume(records) {
    const wanted = records.filter(({ chromeId, clientId }) => chromeId >= 0 && this.routes(clientId).length > 0);
    if (wanted.length === 0) return;
    const targets = await chrome.debugger.getTargets();
    const attached = new Set(targets.flatMap(({ attached, tabId }) => (attached && tabId !== undefined ? [tabId] : [])));
    const left = wanted.filter(({ chromeId }) => attached.has(chromeId));
    // A tab on which no extension works meanwhile is attached to with its next call.
    await Promise.all(left.map((record) => this.of(record).attach().catch(() => {})));
  }

  /** Every tab's session. */
  all() {
    return [...this.#sessions.values()];
  }

  /** Hears which tab shows a dialog. @param {(session: Session) => void} heard @returns {() => void} Ends that. */
  onDialog(heard) {
    this.#onDialog.add(heard);
    return () => this.#onDialog.delete(heard);
  }

  /** The tab is gone, or belongs to no client any more. @param {number} chromeId */
  async drop(chromeId) {
    const session = this.#sessions.get(chromeId);
    this.#sessions.delete(chromeId);
    await session?.detach();
  }

  /** Gives all tabs back to themselves. */
  async detachAll() {
    await Promise.all(this.all().map((session) => session.detach()));
  }

  /** @param {chrome.debugger.DebuggerSession} source @param {string} method @param {object} [params] */
  handleEvent(source, method, params) {
    if (source.tabId !== undefined) this.#sessions.get(source.tabId)?.handleEvent(method, params ?? {}, source.sessionId);
  }

  /** @param {chrome.debugger.Debuggee} source @param {string} reason */
  handleDetach(source, reason) {
    const session = source.tabId === undefined ? undefined : this.#sessions.get(source.tabId);
    session?.handleDetach(reason);
    if (session && reason === 'canceled_by_user') this.onCancel();
  }

  /** A tab came to the front of its window. @param {number} chromeId */
  handleActivated(chromeId) {
    this.#sessions.get(chromeId)?.handleActivated();
  }

  /** A navigation of a main frame ended without a document. @param {number} chromeId */
  handleFailedNavigation(chromeId) {
    const session = this.#sessions.get(chromeId);
    if (!session) return;
    session.document.settled();
    session.emit('failedNavigation', {});
  }

  /** @param {number} chromeId @param {import('./emulation.js').Settings} [emulation] */
  #make(chromeId, emulation = {}) {
    const session = new Session(chromeId, this.forbidden);
    session.emulation.settings = emulation;
    this.#sessions.set(chromeId, session);
    session.on('dialog', (dialog) => {
      if (dialog) for (const heard of this.#onDialog) heard(session);
    });
    return session;
  }
}
