/**
 * @import {Session} from './session.js'
 *
 * A file field whose chooser a page opened. None of the protocol's commands tells what becomes of it: it waits until it is
 * given files, or for ever, as it would under a dialog that the person leaves open.
 * @typedef {{frameId: string, sessionId: string | undefined, backendNodeId: number}} Pending
 */

/** The file choosers that pages open: suppressed, and kept for the call that brings the files. */
export class Chooser {
  /** @type {Pending | null} */
  pending = null;

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    session.on('Page.fileChooserOpened', (params, sessionId) => this.#open(params, sessionId));
    session.on('Page.frameNavigated', ({ frame }) => this.#leave(frame.id));
    session.on('Page.frameDetached', ({ frameId }) => this.#leave(frameId));
    session.on('detached', () => (this.pending = null));
  }

  /** It was given its files, or cancelled. */
  close() {
    const { pending } = this;
    this.pending = null;
    if (pending) this.session.send('Runtime.releaseObjectGroup', KEPT, pending.sessionId).catch(() => {});
  }

  /** @param {{frameId: string, backendNodeId?: number}} params @param {string} [sessionId] */
  #open({ frameId, backendNodeId }, sessionId) {
    this.close();
    if (backendNodeId === undefined) return;
    this.pending = { frameId, sessionId, backendNodeId };
    // A field that is not in the page lives on only for its chooser, which was suppressed.
    this.session.send('DOM.resolveNode', { backendNodeId, ...KEPT }, sessionId).catch(() => {});
  }

  /** @param {string} frameId */
  #leave(frameId) {
    if (this.pending?.frameId === frameId) this.pending = null;
  }
}

const KEPT = { objectGroup: 'tabmux-chooser' };
