import { ProtocolError, ToolFailure } from './errors.js';
import { tellListeners } from './listeners.js';
import { openShadows } from './shadows.js';
import { isGranted } from './numbers.js';

/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 *
 * One frame's document, with the isolated world in which the page scripts run.
 * @typedef {object} Frame
 * @property {string} frameId
 * @property {string | undefined} sessionId the child session of an out-of-process frame; none in the tab's own process
 * @property {number} number 0 for the main frame, else the number in its refs; -1 until the scripts are there
 * @property {number} contextId the isolated world; 0 until the scripts are there
 * @property {string} token proves that an answer comes from the scripts and not from a page that took over the context's number
 * @property {Frame | null} parent
 * @property {string} owner the ref of the frame's element in its parent
 *
 * @typedef {{url: string, title: string, lines: string[], frames: {ref: string, index: number, depth: number}[]}} Part
 */

/** What a call sees of its tab: the frames, and the page scripts in them. */
export class Page {
  /** @param {Call} call */
  constructor(call) {
    this.call = call;
    this.known = knownOf(call.session);
  }

  /** The tab's main frame. @returns {Promise<Frame>} */
  async main() {
    const { session } = this.call;
    let frameId = session.document.frameId;
    if (!frameId || !session.attached) {
      const { frameTree } = await this.call.send('Page.getFrameTree');
      frameId = frameTree.frame.id;
    }
    const main = this.known.main;
    if (main?.frameId === frameId) return main;
    return (this.known.main = newFrame(frameId, undefined, null, ''));
  }

  /**
   * Calls a function of the page scripts in a frame, after installing them if need be.
   *
   * @param {Frame} frame
   * @param {string} name
   * @param {{budget?: number, [name: string]: any}} [args] With a `budget` of bytes where it may show more than a few refs.
   * @param {{timeout?: number, shadows?: number}} [options] `timeout`: after so many milliseconds the page is stopped in
   *   it, and it fails; `shadows`: how often it is read again for the closed shadow roots in it.
   * @returns {Promise<any>}
   */
  async run(frame, name, args = {}, options = {}) {
    const { counters } = this.call.tab;
    const least = Math.max(FEW_REFS, Math.ceil((args.budget ?? 0) / SHORTEST_LINE));
    const ranges = frame.parent ? null : await this.call.race(this.call.numbers.refs(counters, least));
    const expression = `__tabmux.run(${JSON.stringify(name)}, ${JSON.stringify(args)}, ${JSON.stringify(ranges)})`;
    const { shadows = DEEPEST_SHADOWS, ...limits } = options;
    if (WITH_LISTENERS.has(name) && shadows === DEEPEST_SHADOWS) await tellListeners(this, frame);
    const how = { returnByValue: true, awaitPromise: true, ...limits };
    const { value, next, ms, strangers } = await this.#evaluate(frame, expression, how);
    this.call.timing.pageMs += ms;
    if (!frame.parent) counters.ref.next = Math.max(counters.ref.next, next);
    // What a closed shadow root holds is seen by the debugger only: the page is read again with it.
    if (strangers && name === 'snapshot' && shadows > 0 && (await openShadows(this.call, frame)))
      return this.run(frame, name, args, { ...limits, shadows: shadows - 1 });
    return value;
  }

  /**
   * The frame and function result for a ref: `run` with a refusal for a ref that names nothing any more.
   *
   * @param {string} ref
   * @param {string} name A function that answers `{stale}` for such a ref.
   * @param {object} [args]
   * @returns {Promise<{frame: Frame, result: any}>}
   */
  async runOn(ref, name, args = {}) {
    const frame = await this.frameOf(ref);
    let result;
    try {
      result = await this.run(frame, name, { ref, ...args });
    } catch (error) {
      if (error instanceof FrameGone) throw staleFailure(ref, { why: 'earlier' });
      throw error;
    }
    if (result?.stale) throw staleFailure(ref, result.stale);
    return { frame, result };
  }

  /** The frame that a ref belongs to. @param {string} ref @returns {Promise<Frame>} */
  async frameOf(ref) {
    const parts = /^(?:f(\d{1,9}))?e(\d{1,12})$/.exec(ref);
    if (!parts) {
      throw new ToolFailure(
        'bad_input',
        `${JSON.stringify(ref.slice(0, 80))} is not a ref; refs look like e12 or f1e3.`,
        SNAPSHOT_FIX,
      );
    }
    const kind = parts[1] ? 'frame' : 'ref';
    const number = Number(parts[1] ?? parts[2]);
    const { handle, clientId, counters } = this.call.tab;
    if (!isGranted(counters[kind], number)) {
      const owner = this.call.numbers.ownerOf(kind, number);
      if (owner) throw foreignFailure(ref, handle, owner.clientId === clientId ? owner.handle : '');
      if (kind === 'ref') throw staleFailure(ref, { why: 'unknown' });
    }
    if (kind === 'ref') return this.main();
    const frame = this.known.frames.get(number);
    if (!frame) throw staleFailure(ref, { why: 'earlier' });
    return frame;
  }

  /** A ref's element as a remote object of the isolated world. @param {Frame} frame @param {string} ref @returns {Promise<string>} */
  async objectOf(frame, ref) {
    const object = await this.#evaluate(
      frame,
      `__tabmux.element(${JSON.stringify({ ref })})`,
      { returnByValue: false },
      true,
    );
    if (!object.objectId) throw staleFailure(ref, { why: 'gone' });
    return object.objectId;
  }

  /** A frame's document as a remote object of the isolated world. @param {Frame} frame @returns {Promise<string>} */
  async documentOf(frame) {
    const { objectId } = await this.#evaluate(frame, 'document', { returnByValue: false }, true);
    return objectId;
  }

  /** The frame that the iframe with this ref shows; `null` if it shows none. @param {Frame} parent @param {string} ref */
  async childOf(parent, ref) {
    const objectId = await this.objectOf(parent, ref);
    const { node } = await this.call.send('DOM.describeNode', { objectId }, parent.sessionId);
    this.call.send('Runtime.releaseObject', { objectId }, parent.sessionId).catch(() => {});
    if (!node.frameId) return null;
    const sessionId = this.#sessionOf(node.frameId) ?? parent.sessionId;
    for (const frame of this.known.frames.values()) {
      if (frame.frameId === node.frameId && frame.sessionId === sessionId && frame.parent === parent) return frame;
    }
    return newFrame(node.frameId, sessionId, parent, ref);
  }

  /** The frames below the main one whose lines were shown, the latest first. @returns {Frame[]} */
  shown() {
    return [...this.known.frames.values()].filter(({ contextId }) => contextId !== 0).reverse();
  }

  /** The frames that can be read, the main frame first, down to a bounded number. @returns {Promise<Frame[]>} */
  async frames() {
    const all = [await this.main()];
    for (let i = 0; i < all.length && all.length < MOST_FRAMES; i++) {
      try {
        for (const ref of await this.run(all[i], 'frameRefs')) {
          const child = await this.childOf(all[i], ref);
          if (child) all.push(child);
        }
      } catch (error) {
        if (!(error instanceof FrameGone) || i === 0) throw error;
      }
    }
    return all.slice(0, MOST_FRAMES);
  }

  /**
   * A point of a frame's viewport in the coordinates of the tab's.
   *
   * @param {Frame} frame
   * @param {{x: number, y: number}} point
   * @param {boolean} hit Whether the way must be free; then `{not}` says what stands in it.
   * @returns {Promise<{x: number, y: number, not?: string}>}
   */
  async toTab(frame, point, hit) {
    let at = point;
    for (let inner = frame; inner.parent; inner = inner.parent) {
      const next = await this.run(inner.parent, 'through', { ref: inner.owner, x: at.x, y: at.y, hit });
      if (next.not) return next;
      at = next;
    }
    return at;
  }

  /** @param {string} frameId */
  #sessionOf(frameId) {
    for (const [sessionId, child] of this.call.session.children) if (child.targetId === frameId) return sessionId;
    return undefined;
  }

  /**
   * Evaluates in a frame's world. The scripts' token is checked first: context numbers are reused across processes, and
   * an expression must never reach a page's own world. A main document that went away under the call is followed.
   *
   * @param {Frame} frame
   * @param {string} expression
   * @param {{returnByValue: boolean, awaitPromise?: boolean, timeout?: number}} options
   * @param {boolean} [asObject] Resolves with the remote object rather than its value.
   */
  async #evaluate(frame, expression, options, asObject = false) {
    for (let attempt = 0; ; attempt++) {
      try {
        if (!frame.contextId) await this.#install(frame);
        const guarded = `globalThis.__tabmux?.token === ${JSON.stringify(frame.token)} ? ${expression} : ${GONE}`;
        const { result, exceptionDetails } = await this.call.send(
          'Runtime.evaluate',
          { expression: guarded, contextId: frame.contextId, ...options },
          frame.sessionId,
        );
        if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
        if (result.value !== GONE_VALUE) return asObject ? result : result.value;
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        if (!CONTEXT_LOST.test(error.message)) throw error;
      }
      frame.contextId = 0;
      if (frame.parent) throw new FrameGone();
      if (attempt >= 1) {
        this.call.note('following a page that is being replaced again and again');
        await this.call.race(new Promise((resolve) => setTimeout(resolve, REPLACED_PAUSE_MS)));
        const { frameTree } = await this.call.send('Page.getFrameTree');
        frame.frameId = frameTree.frame.id;
      }
    }
  }

  /** @param {Frame} frame */
  async #install(frame) {
    const { frameId, sessionId } = frame;
    const { counters } = this.call.tab;
    const number = frame.parent ? await this.call.race(this.call.numbers.frame(counters)) : 0;
    const source = await sources();
    const { executionContextId } = await this.call.send(
      'Page.createIsolatedWorld',
      { frameId, worldName: WORLD },
      sessionId,
    );
    const token = crypto.randomUUID();
    const from = frame.parent ? 1 : counters.ref.next;
    const adopt = `__tabmux.adopt(${JSON.stringify(token)}, ${number}, ${from})`;
    const { result, exceptionDetails } = await this.call.send(
      'Runtime.evaluate',
      {
        expression: `${DOOR}{\n${source}\n}\n${adopt}`,
        contextId: executionContextId,
        returnByValue: true,
      },
      sessionId,
    );
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    frame.number = result.value.frame;
    if (frame.parent) this.known.add(frame);
    frame.contextId = executionContextId;
    frame.token = token;
  }
}

/** A frame went away, or shows another document, while it was being read. */
export class FrameGone extends Error {}

/** Why a ref names nothing any more, told to an agent. @param {string} ref @param {any} stale What `find` answered. */
export function staleFailure(ref, { why, role, name, now, match }) {
  const was = role ? `${role} ${JSON.stringify(name)}` : '';
  const reason = {
    earlier: `${ref} belongs to a page that this tab or frame does not show any more.`,
    gone: was
      ? `${ref} was ${was}; that element is gone from the page.`
      : `The element of ${ref} is gone from the page.`,
    unknown: `There is no ${ref} on this page.`,
    unfolded: `What ${ref} held is not on the page any more.`,
    changed: `${ref} was ${was} and is ${now?.role} ${JSON.stringify(now?.name)} by now.`,
  }[/** @type {string} */ (why)];
  if (!match) return new ToolFailure('stale_ref', String(reason), SNAPSHOT_FIX);
  const others = match.count > 1 ? `, the first of ${match.count} such` : '';
  const best = `${match.role} ${JSON.stringify(match.name)} [ref=${match.ref}]${others}`;
  return new ToolFailure(
    'stale_ref',
    `${reason} The best match is ${best}.`,
    `Use ref ${match.ref} if that is what you mean, or take a fresh browser_snapshot.`,
  );
}

/** A ref that was given for another tab. @param {string} ref @param {string} here @param {string} owner The handle of that tab, if it is the caller's; else empty. */
function foreignFailure(ref, here, owner) {
  if (!owner) return new ToolFailure('stale_ref', `${ref} belongs to another tab than ${here}.`, SNAPSHOT_FIX);
  return new ToolFailure(
    'stale_ref',
    `${ref} belongs to your tab ${owner}, and this call is on tab ${here}.`,
    `Call again with tab=${owner} if that is what you mean, or take a fresh browser_snapshot of tab ${here}.`,
  );
}

/** The frames that are known of a session's page. */
class Known {
  /** @type {Frame | null} */
  main = null;
  /** @type {Map<number, Frame>} The frames below the main one, by the number in their refs. */
  frames = new Map();

  /** @param {Session} session */
  constructor(session) {
    session.on('Page.frameNavigated', ({ frame }) => this.forget(frame.id));
    session.on('Page.frameDetached', ({ frameId }) => this.forget(frameId));
    session.on('detached', () => this.clear());
  }

  /** @param {Frame} frame */
  add(frame) {
    this.frames.set(frame.number, frame);
    for (const oldest of this.frames.keys()) {
      if (this.frames.size <= FRAMES_KEPT) break;
      this.frames.delete(oldest);
    }
  }

  /** A frame shows another document, or is gone. @param {string} frameId */
  forget(frameId) {
    if (this.main?.frameId === frameId) return this.clear();
    for (const [number, frame] of this.frames) if (isBelow(frame, frameId)) this.frames.delete(number);
  }

  clear() {
    this.main = null;
    this.frames.clear();
  }
}

/** @type {WeakMap<Session, Known>} */
const knownPages = new WeakMap();

/** @param {Session} session */
function knownOf(session) {
  const known = knownPages.get(session) ?? new Known(session);
  knownPages.set(session, known);
  return known;
}

/** @param {Frame | null} frame @param {string} frameId */
function isBelow(frame, frameId) {
  for (let at = frame; at; at = at.parent) if (at.frameId === frameId) return true;
  return false;
}

/** @param {string} frameId @param {string | undefined} sessionId @param {Frame | null} parent @param {string} owner @returns {Frame} */
function newFrame(frameId, sessionId, parent, owner) {
  return { frameId, sessionId, number: parent ? -1 : 0, contextId: 0, token: '', parent, owner };
}

/** @type {Promise<string> | null} */
let loading = null;

/** The page scripts as one text, read once. @returns {Promise<string>} */
function sources() {
  loading ??= Promise.all(
    SCRIPTS.map(async (name) => (await fetch(new URL(`../page/${name}.js`, import.meta.url))).text()),
  ).then((texts) => texts.join('\n'));
  return loading;
}

/** In the order of their use; `run` is the last. */
const SCRIPTS = [
  ...['accessors', 'dom', 'roles', 'states', 'names', 'refs', 'walk', 'looks', 'lines', 'choose', 'fill', 'fold', 'find'],
  ...['text', 'act', 'picture', 'drag', 'edit', 'files', 'form', 'scroll', 'clipboard'],
  ...['wait', 'changes', 'loads', 'keep', 'run'],
];
/** The name of the isolated world, as the browser's own developer tools show it. */
const WORLD = 'tabmux';
/** A page's element of that name, which is reached by it in every world, is not taken for the scripts. */
const DOOR =
  "if (!Object.hasOwn(globalThis, '__tabmux') && Object.defineProperty(globalThis, '__tabmux', { value: {} })) ";
/** What reads the page for an agent that wants to act on it. */
const WITH_LISTENERS = new Set(['snapshot', 'search']);
const GONE = '"tabmux:gone"';
/** Closed shadow roots within each other are followed so far in one snapshot. */
const DEEPEST_SHADOWS = 4;
const GONE_VALUE = 'tabmux:gone';
const CONTEXT_LOST =
  /find context|context was destroyed|navigated or closed|No frame|frame with given id|find default execution|Session with given id|uniqueContextId/i;
/** What a function that is given no budget may show: a match for a ref that is refused, or the frames of a page. */
const FEW_REFS = 100;
/** No line with a ref is shorter, in bytes: by it the refs that fit into a budget are known. */
const SHORTEST_LINE = 12;
/** Between looks at a main frame that has no document for the moment. */
const REPLACED_PAUSE_MS = 20;
/** More frames than this are advertisements; an agent can open a frame by its ref. */
const MOST_FRAMES = 20;
/** How many frame documents' refs stay known. */
const FRAMES_KEPT = 200;
export const SNAPSHOT_FIX = 'Take a fresh browser_snapshot and use the refs in it.';
