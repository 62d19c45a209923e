import { Session } from './session.js';

/** The debugging sessions of all tabs, and the only listener to `chrome.debugger`. */
export class Sessions {
  /** @type {Map<number, Session>} By the tab's id in Chromium. */
  #sessions = new Map();
  /** @type {Set<(session: Session) => void>} */
  #onDialog = new Set();

  /**
   * @param {() => void} onCancel The person pressed Cancel on the debugger bar.
   * @param {() => import('./errors.js').ToolFailure | null} [forbidden] Why no tab may be attached to, if so.
   */
  constructor(onCancel, forbidden) {
    this.onCancel = onCancel;
    this.forbidden = forbidden;
  }

  /**
   * The session of a tab; made when there is none, attached when first used. Whoever attaches it first, it makes the page
   * see what its owner set.
   *
   * @param {{chromeId: number, emulation?: import('./emulation.js').Settings}} tab
   */
  of({ chromeId, emulation }) {
    return this.#sessions.get(chromeId) ?? this.#make(chromeId, emulation);
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
