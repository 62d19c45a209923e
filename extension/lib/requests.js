/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 */

/**
 * The requests that a page makes while it is waited for: what it asks for to show it, and not what it only reports.
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
    this.#off();
    const offs = [
      this.session.on('Network.requestWillBeSent', ({ requestId, type, request }, sessionId) =>
        this.#add(requestId, type.toLowerCase(), request.url, sessionId),
      ),
      this.session.on('Network.loadingFinished', ({ requestId }) => this.#open.delete(requestId)),
      this.session.on('Network.loadingFailed', ({ requestId }) => this.#open.delete(requestId)),
    ];
    this.#off = () => offs.forEach((off) => off());
    return this.session.traffic.start();
  }

  /** Counts in what the tab's document has asked for before, as far as it is not answered. */
  takeUp() {
    const { document, traffic } = this.session;
    for (const { id, type, url, sessionId, loaderId, ms } of traffic.entries) {
      if (loaderId === document.loaderId && ms < 0) this.#add(id, type, url, sessionId);
    }
  }

  /** Ends it. */
  stop() {
    this.#off();
  }

  /** The addresses of those that are not answered yet. */
  get open() {
    return [...this.#open.values()];
  }

  /** Waits until all are answered. @param {Call} call @param {number} ms At most so long. @returns {Promise<boolean>} */
  async answered(call, ms) {
    return call.race(this.session.until(() => this.#open.size === 0, { signal: call.signal, timeoutMs: ms }));
  }

  /** @param {string} id @param {string} type @param {string} url @param {string | undefined} sessionId */
  #add(id, type, url, sessionId) {
    if (!AWAITED.has(type) || !this.sessionIds.includes(sessionId)) return;
    if (!this.#open.has(id)) this.made += 1;
    this.#open.set(id, url);
  }
}

/** Pictures, films and beacons change no line of the page, streams and sockets never end, and documents are navigations. */
const AWAITED = new Set(['fetch', 'xhr', 'script', 'stylesheet']);
