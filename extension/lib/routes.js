import { base64Of } from './base64.js';
import { urlFits } from './glob.js';

/**
 * @import {Session} from './session.js'
 *
 * What becomes of the requests of a client's tabs whose address fits.
 * @typedef {object} Route
 * @property {string} pattern
 * @property {'block' | 'mock' | 'headers'} action
 * @property {number} [status]
 * @property {string} [body]
 * @property {[string, string][]} headers Of the answer that is made up, or else added to the request.
 * @property {string[]} [removed] The request's headers that are left out, in lower case.
 *
 * A request that the browser holds until it is told what to do with it.
 * @typedef {{requestId: string, request: {url: string, method: string, headers: Record<string, string>}}} Paused
 */

/**
 * Changes what a tab's page asks for. The browser holds requests only while there is a route, and each is answered,
 * failed or let go, whatever happens: an end of the session, too, lets go of those that are held.
 */
export class Interception {
  /** The routes of the tab's owner, as they stand; the last of those that fit counts. @type {() => Route[]} */
  routes = () => [];
  #holding = false;

  /**
   * @param {Session} session
   * @param {(method: string, params: object, sessionId?: string) => Promise<any>} command Runs a command without attaching.
   */
  constructor(session, command) {
    this.session = session;
    this.command = command;
    session.on('Fetch.requestPaused', (paused, sessionId) => this.#decide(paused, sessionId));
    session.on('detached', () => {
      this.#holding = false;
    });
  }

  /** Holds requests if there are routes, and none if there are none. */
  async apply() {
    const wanted = this.routes().length > 0;
    if (wanted === this.#holding) return;
    this.#holding = wanted;
    const sessionIds = [undefined, ...this.session.children.keys()];
    await Promise.all(sessionIds.map((id) => this.#hold(wanted, id)));
    await this.session.expectFrames();
  }

  /** Holds the requests of an out-of-process frame, too. @param {string} sessionId */
  join(sessionId) {
    if (this.#holding) this.#hold(true, sessionId);
  }

  /** @param {boolean} wanted @param {string} [sessionId] */
  async #hold(wanted, sessionId) {
    const [method, params] = wanted ? ['Fetch.enable', EVERYTHING] : ['Fetch.disable', {}];
    // A frame may be gone, and a session that ends holds nothing.
    await this.command(method, params, sessionId).catch(() => {});
  }

  /** @param {Paused} paused @param {string} [sessionId] */
  async #decide({ requestId, request }, sessionId) {
    const route = this.routes().findLast(({ pattern }) => urlFits(pattern)(request.url));
    const [method, params] = route ? ANSWERS[route.action](route, request) : [GO_ON, {}];
    try {
      await this.command(method, { requestId, ...params }, sessionId);
    } catch {
      // What the browser does not take must not leave the page waiting; a request that is gone takes nothing.
      await this.command('Fetch.failRequest', { requestId, errorReason: 'Failed' }, sessionId).catch(() => {});
    }
  }
}

/** A route in a line. @param {Route} route */
export function lineOf({ pattern, action, status, body, headers, removed = [] }) {
  const given = headers.map(([name, value]) => `${name}: ${value}`);
  const words = {
    block: ['blocked'],
    mock: [`answered with ${status ?? 200}`, body ? `${body.length} characters` : 'no body', ...given],
    headers: [given.length > 0 && `sent with ${given.join(', ')}`, removed.length > 0 && `sent without ${removed.join(', ')}`],
  }[action];
  return `${pattern}: ${words.filter(Boolean).join(', ')}`;
}

/** @type {Record<Route['action'], (route: Route, request: Paused['request']) => [string, object]>} */
const ANSWERS = {
  block: () => ['Fetch.failRequest', { errorReason: 'BlockedByClient' }],

  mock: ({ status = 200, body = '', headers }, request) => {
    // A page of another origin is meant to get the answer, too, and the browser asks beforehand whether it may.
    const asks = isPreflight(request);
    const given = headers.some(([name]) => /^access-control-allow-origin$/i.test(name));
    const all = [...(asks ? [] : headers), ...(given && !asks ? [] : shared(request))];
    const responseHeaders = all.map(([name, value]) => ({ name, value }));
    const answer = asks ? { responseCode: 204 } : { responseCode: status, body: base64Of(body) };
    return ['Fetch.fulfillRequest', { ...answer, responseHeaders }];
  },

  headers: ({ headers, removed = [] }, request) => {
    if (isPreflight(request)) return [GO_ON, {}];
    const left = new Set([...removed, ...headers.map(([name]) => name.toLowerCase())]);
    const kept = Object.entries(request.headers).filter(([name]) => !left.has(name.toLowerCase()));
    return [GO_ON, { headers: [...kept, ...headers].map(([name, value]) => ({ name, value })) }];
  },
};

/** Whether the browser asks if a page of another origin may send what follows. @param {Paused['request']} request */
function isPreflight({ method, headers }) {
  return method === 'OPTIONS' && headerOf(headers, 'access-control-request-method') !== undefined;
}

/** What lets a page of another origin have the answer. @param {Paused['request']} request @returns {[string, string][]} */
function shared({ headers }) {
  const origin = headerOf(headers, 'origin');
  if (origin === undefined) return [];
  return [
    ['Access-Control-Allow-Origin', origin],
    ['Access-Control-Allow-Credentials', 'true'],
    ['Access-Control-Allow-Methods', headerOf(headers, 'access-control-request-method') ?? '*'],
    ['Access-Control-Allow-Headers', headerOf(headers, 'access-control-request-headers') ?? '*'],
  ];
}

/** @param {Record<string, string>} headers @param {string} wanted In lower case. */
function headerOf(headers, wanted) {
  return Object.entries(headers).find(([name]) => name.toLowerCase() === wanted)?.[1];
}

const GO_ON = 'Fetch.continueRequest';
const EVERYTHING = { patterns: [{ urlPattern: '*' }] };
