import { beginning } from './answer.js';

/**
 * @import {Session} from './session.js'
 *
 * A request of the page or of one of its frames, or a step of one that was redirected.
 * @typedef {object} Entry
 * @property {string} name The name under which agents know it, such as `r12`; empty until it is shown.
 * @property {string} id Chromium's own.
 * @property {string | undefined} sessionId Which process keeps its body.
 * @property {string} loaderId The document that it was made for.
 * @property {string} frameId
 * @property {string} method
 * @property {string} url
 * @property {string} type Lower case, as in `xhr`.
 * @property {number} at When it was made, in milliseconds since the epoch.
 * @property {number} began The same on Chromium's own clock, in seconds.
 * @property {number} ms How long it took; -1 while it is not over.
 * @property {number} status 0 until it is answered.
 * @property {string} mime
 * @property {number} bytes What came over the network; -1 while that is not known.
 * @property {string} failure Why it failed; empty if it did not.
 * @property {boolean} cached Whether the answer came out of a cache.
 * @property {boolean} posts Whether it carries a body.
 * @property {boolean} redirected Whether the answer led on to another address.
 * @property {boolean} observed Whether the browser tells the headers that really crossed the network.
 * @property {number} step How many steps of the same request that were told of in that way came before it.
 * @property {Record<string, string>} requestHeaders
 * @property {Record<string, string>} responseHeaders
 * @property {Timing | null} timing
 *
 * Moments of a request in milliseconds after its start; -1 for what did not happen.
 * @typedef {Record<'dnsStart' | 'dnsEnd' | 'connectStart' | 'connectEnd' | 'sslStart' | 'sslEnd' | 'sendStart' | 'sendEnd' |
 *   'receiveHeadersStart' | 'receiveHeadersEnd', number>} Timing
 */

/**
 * What a tab's page has asked for since its last navigation: kept while an agent works in the tab, and until half a minute
 * after, when the session falls quiet. Half a millisecond a request is what it costs the page to load.
 */
export class Traffic {
  /** @type {Entry[]} In the order in which they were made. */
  entries = [];
  /** Whether earlier requests of the page were dropped to bound the memory. */
  full = false;
  /** @type {Map<string, Entry>} The last step of each request. */
  #latest = new Map();
  /** @type {Map<string, {request: Record<string, string>[], response: Record<string, string>[]}>} The headers that crossed the network, a step each; they may come before what they belong to. */
  #headers = new Map();
  /** @type {[number, number][]} From when to when it heard, in milliseconds since the epoch. */
  #spans = [];
  /** @type {Promise<unknown> | null} */
  #started = null;

  /**
   * @param {Session} session
   * @param {(method: string, params: object, sessionId?: string) => Promise<any>} command Runs a command without attaching.
   */
  constructor(session, command) {
    this.session = session;
    this.command = command;
    for (const [event, take] of Object.entries(this.#events())) session.on(event, take);
    session.on('Page.frameNavigated', ({ frame }, sessionId) => {
      if (!sessionId && !frame.parentId) this.#begin(frame.loaderId);
    });
    session.on('detached', () => this.#fallSilent());
  }

  /** Begins to listen, unless it does. @returns {Promise<unknown>} Resolves when nothing that the page asks for is missed. */
  start() {
    if (!this.#started) {
      this.#spans.push([Date.now(), Number.POSITIVE_INFINITY]);
      if (this.#spans.length > SPANS_KEPT) this.#spans.shift();
      this.#started = this.#send('Network.enable', LIMITS);
    }
    return this.#started;
  }

  /** Listens in an out-of-process frame, too. @param {string} sessionId @param {string} frameId */
  join(sessionId, frameId) {
    if (!this.#started) return;
    this.command('Network.enable', LIMITS, sessionId).catch(() => {});
    // The frame's process has taken over its document, and may have come to its end before it was listened to.
    const document = this.entries.findLast((entry) => entry.frameId === frameId && entry.type === 'document');
    if (document && document.status > 0 && document.ms < 0) document.ms = Date.now() - document.at;
  }

  /** Ends it: the events of an idle tab must not keep the worker busy. */
  stop() {
    this.#fallSilent();
    this.#send('Network.disable', {});
  }

  /** Whether requests that were made then are known. @param {number} at In milliseconds since the epoch. */
  heard(at) {
    return this.#spans.some(([from, to]) => from <= at && at <= to);
  }

  /** The requests that are under way, as far as it has heard without a break. */
  get open() {
    const since = this.#spans.at(-1)?.[0] ?? 0;
    return this.entries.filter(({ ms, at }) => ms < 0 && at >= since);
  }

  /** When a request was last made or answered, in milliseconds since the epoch. */
  get stirredAt() {
    return this.entries.reduce((latest, { ms, at }) => Math.max(latest, at + Math.max(0, ms)), 0);
  }

  /** The headers of a step as they crossed the network, where the browser told, else as the page knows them. @param {Entry} entry */
  headersOf(entry) {
    const { request = [], response = [] } = (entry.observed && this.#headers.get(entry.id)) || {};
    return {
      request: request[entry.step] ?? entry.requestHeaders,
      response: response[entry.step] ?? entry.responseHeaders,
    };
  }

  /** @returns {Record<string, import('./session.js').Listener>} */
  #events() {
    return {
      'Network.requestWillBeSent': (params, sessionId) => this.#requested(params, sessionId),
      'Network.requestWillBeSentExtraInfo': ({ requestId, headers }) => this.#crossed(requestId, 'request', headers),
      'Network.responseReceivedExtraInfo': ({ requestId, headers }) => this.#crossed(requestId, 'response', headers),
      'Network.responseReceived': ({ requestId, type, response, hasExtraInfo }, sessionId) => {
        const entry = this.#latest.get(requestId);
        if (!entry) return;
        entry.type = type.toLowerCase();
        entry.sessionId = sessionId;
        answered(entry, response, hasExtraInfo);
      },
      'Network.requestServedFromCache': ({ requestId }) => this.#change(requestId, { cached: true }),
      'Network.loadingFinished': ({ requestId, timestamp, encodedDataLength }, sessionId) =>
        this.#end(requestId, timestamp, { bytes: encodedDataLength, sessionId }),
      'Network.loadingFailed': ({ requestId, timestamp, errorText, canceled, blockedReason }) => {
        const failure = blockedReason ? `blocked: ${blockedReason}` : errorText || (canceled ? 'cancelled' : 'failed');
        this.#end(requestId, timestamp, { failure });
      },
      'Network.webSocketCreated': ({ requestId, url }, sessionId) => {
        const at = Date.now();
        this.#add({ ...UNANSWERED, id: requestId, sessionId, method: 'GET', url: beginning(url, MOST_URL), type: 'websocket', at });
      },
      'Network.webSocketWillSendHandshakeRequest': ({ requestId, timestamp, request }) =>
        this.#change(requestId, { began: timestamp, requestHeaders: request.headers }),
      'Network.webSocketHandshakeResponseReceived': ({ requestId, response }) =>
        this.#change(requestId, { status: response.status, responseHeaders: response.headers }),
      'Network.webSocketFrameError': ({ requestId, errorMessage }) => this.#change(requestId, { failure: errorMessage }),
      'Network.webSocketClosed': ({ requestId, timestamp }) => this.#end(requestId, timestamp, {}),
    };
  }

  /** @param {any} params @param {string} [sessionId] */
  #requested(params, sessionId) {
    const { requestId, loaderId, frameId = '', type = 'Other', request, timestamp, wallTime } = params;
    const before = this.#latest.get(requestId);
    let step = 0;
    if (before && params.redirectResponse) {
      before.redirected = true;
      answered(before, params.redirectResponse, params.redirectHasExtraInfo);
      this.#end(requestId, timestamp, { bytes: params.redirectResponse.encodedDataLength ?? -1 });
      step = before.step + (before.observed ? 1 : 0);
    }
    this.#add({
      ...UNANSWERED,
      id: requestId,
      sessionId,
      loaderId,
      frameId,
      step,
      method: request.method,
      url: beginning(request.url + (request.urlFragment ?? ''), MOST_URL),
      type: type.toLowerCase(),
      at: wallTime * 1_000,
      began: timestamp,
      posts: Boolean(request.hasPostData),
      requestHeaders: request.headers,
    });
  }

  /** @param {Entry} entry */
  #add(entry) {
    this.#latest.set(entry.id, entry);
    this.entries.push(entry);
    if (this.entries.length <= MOST_ENTRIES) return;
    this.full = true;
    this.#forget(this.entries.splice(0, this.entries.length - MOST_ENTRIES));
  }

  /** @param {string} requestId @param {Partial<Entry>} change */
  #change(requestId, change) {
    const entry = this.#latest.get(requestId);
    if (entry) Object.assign(entry, change);
  }

  /** @param {string} requestId @param {number} timestamp @param {Partial<Entry>} change */
  #end(requestId, timestamp, change) {
    const entry = this.#latest.get(requestId);
    if (entry) Object.assign(entry, { ms: Math.max(0, (timestamp - entry.began) * 1_000) }, change);
  }

  /** @param {string} requestId @param {'request' | 'response'} side @param {Record<string, string>} headers */
  #crossed(requestId, side, headers) {
    const known = this.#headers.get(requestId) ?? { request: [], response: [] };
    known[side].push(headers);
    this.#headers.set(requestId, known);
    for (const oldest of this.#headers.keys()) {
      if (this.#headers.size <= MOST_ENTRIES) break;
      this.#headers.delete(oldest);
    }
  }

  /** Another document is there: what was asked for another one is forgotten. @param {string} loaderId */
  #begin(loaderId) {
    this.full = false;
    const gone = this.entries.filter((entry) => entry.loaderId !== loaderId);
    this.entries = this.entries.filter((entry) => entry.loaderId === loaderId);
    this.#forget(gone);
  }

  /** @param {Entry[]} entries */
  #forget(entries) {
    for (const entry of entries) {
      if (this.#latest.get(entry.id) !== entry) continue;
      this.#latest.delete(entry.id);
      this.#headers.delete(entry.id);
    }
  }

  #fallSilent() {
    const last = this.#spans.at(-1);
    if (this.#started && last) last[1] = Date.now();
    this.#started = null;
  }

  /** @param {string} method @param {object} params */
  async #send(method, params) {
    const sessionIds = [undefined, ...this.session.children.keys()];
    await Promise.all(sessionIds.map((id) => this.command(method, params, id).catch(() => {})));
  }
}

/** @param {Entry} entry @param {any} response @param {boolean} observed */
function answered(entry, response, observed) {
  entry.status = response.status;
  entry.mime = response.mimeType ?? '';
  entry.cached ||= Boolean(response.fromDiskCache || response.fromPrefetchCache || response.fromServiceWorker);
  entry.responseHeaders = response.headers;
  entry.timing = response.timing ?? null;
  entry.observed = observed;
}

/** @type {Entry} */
const UNANSWERED = {
  ...{ name: '', id: '', sessionId: undefined, loaderId: '', frameId: '', method: '', url: '', type: '', at: 0, began: 0 },
  ...{ ms: -1, status: 0, mime: '', bytes: -1, failure: '', cached: false, posts: false, redirected: false },
  ...{ observed: true, step: 0, requestHeaders: {}, responseHeaders: {}, timing: null },
};
/** A page that makes more is told of by its newest ones. */
const MOST_ENTRIES = 1_000;
/** Addresses can hold whole documents. */
const MOST_URL = 10_000;
/** How many times of listening are remembered. */
const SPANS_KEPT = 50;
/** What Chromium keeps of bodies, in bytes: for a page, and of one of them. */
const LIMITS = { maxTotalBufferSize: 20_000_000, maxResourceBufferSize: 10_000_000, maxPostDataSize: 0 };
