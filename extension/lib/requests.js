/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 */

/**
 * The requests that a page makes while an input is at work: what it asks for to show it, and not what it only reports.
 */
export class Requests {
  /** How many were made. */
  made = 0;
  /** @type {Map<string, string>} The addresses of those that are not answered yet, by their ids. */
  #open = new Map();
  #off = () => {};

  /** @param {Session} session @param {(string | undefined)[]} sessionIds The tab's own process, and the frames' whose requests count. */
  constructor(session, sessionIds) {
    this.session = session;
    this.sessionIds = sessionIds;
  }

  /** Begins to listen. @returns {Promise<unknown>} Resolves when nothing that the page asks for is missed. */
  start() {
    const offs = [
      this.session.on('Network.requestWillBeSent', ({ requestId, type, request }) => {
        if (!AWAITED.has(type)) return;
        if (!this.#open.has(requestId)) this.made += 1;
        this.#open.set(requestId, request.url);
      }),
      this.session.on('Network.loadingFinished', ({ requestId }) => this.#open.delete(requestId)),
      this.session.on('Network.loadingFailed', ({ requestId }) => this.#open.delete(requestId)),
    ];
    this.#off = () => offs.forEach((off) => off());
    return this.#send('Network.enable', NOTHING_KEPT);
  }

  /** Ends it: the events of an idle tab must not keep the worker busy. */
  stop() {
    this.#off();
    this.#send('Network.disable', {});
  }

  /** The addresses of those that are not answered yet. */
  get open() {
    return [...this.#open.values()];
  }

  /** Waits until all are answered. @param {Call} call @param {number} ms At most so long. @returns {Promise<boolean>} */
  async answered(call, ms) {
    return call.race(this.session.until(() => this.#open.size === 0, { signal: call.signal, timeoutMs: ms }));
  }

  /** @param {string} method @param {object} params */
  async #send(method, params) {
    if (!this.session.attached) return;
    await Promise.all(this.sessionIds.map((id) => this.session.send(method, params, id).catch(() => {})));
  }
}

/** Pictures, films and beacons change no line of the page, streams and sockets never end, and documents are navigations. */
const AWAITED = new Set(['Fetch', 'XHR', 'Script', 'Stylesheet']);
/** Bodies are not asked for. */
const NOTHING_KEPT = { maxTotalBufferSize: 0, maxResourceBufferSize: 0, maxPostDataSize: 0 };
