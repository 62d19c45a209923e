import { ProtocolError } from './errors.js';

/**
 * @import {Call} from './call.js'
 * @import {Page, Frame} from './page.js'
 *
 * What was told to the scripts in one document, by the protocol's numbers of the elements: `inner` is the document in
 * their world, `outer` in the page's own. Chromium 156 corrupts a world that is asked for the listeners of another.
 * @typedef {{token: string, inner: string, outer: string, known: Set<number>}} Told
 */

/**
 * Tells a frame's page scripts which elements listen to the mouse by listeners that scripts added, which no other world
 * of the page can see. Each is told once; an element that does not listen any more stays told.
 *
 * @param {Page} page
 * @param {Frame} frame
 */
export async function tellListeners(page, frame) {
  try {
    await tell(page.call, frame, await toldIn(page, frame));
  } catch (error) {
    // The page changed meanwhile: it is read with what is known.
    if (!(error instanceof ProtocolError)) throw error;
  }
}

/** @param {Page} page @param {Frame} frame @returns {Promise<Told>} */
async function toldIn(page, frame) {
  const earlier = tolds.get(frame);
  if (earlier && frame.contextId !== 0 && earlier.token === frame.token) return earlier;
  const inner = await page.documentOf(frame);
  const { sessionId, token } = frame;
  const { node } = await page.call.send('DOM.describeNode', { objectId: inner }, sessionId);
  const place = { backendNodeId: node.backendNodeId };
  const { object } = await page.call.send('DOM.resolveNode', place, sessionId);
  const told = { token, inner, outer: object.objectId, known: new Set() };
  tolds.set(frame, told);
  return told;
}

/** @param {Call} call @param {Frame} frame @param {Told} told */
async function tell(call, { contextId, sessionId, token }, { inner, outer, known }) {
  const where = { objectId: outer, depth: -1 };
  const { listeners } = await call.send('DOMDebugger.getEventListeners', where, sessionId);
  /** @type {Set<number>} */
  const fresh = new Set();
  for (const { type, backendNodeId } of listeners) {
    if (fresh.size >= MOST_AT_ONCE) break;
    if (MOUSE.has(type) && backendNodeId && !known.has(backendNodeId)) fresh.add(backendNodeId);
  }
  if (fresh.size === 0) return;
  const group = { executionContextId: contextId, objectGroup: GROUP };
  const found = await Promise.allSettled(
    [...fresh].map((backendNodeId) => call.send('DOM.resolveNode', { backendNodeId, ...group }, sessionId)),
  );
  for (const number of fresh) known.add(number);
  // An element that went away meanwhile is told by nobody.
  const elements = found.flatMap((one) => (one.status === 'fulfilled' ? [{ objectId: one.value.object.objectId }] : []));
  const listen = { functionDeclaration: LISTEN, objectId: inner, arguments: [{ value: token }, ...elements] };
  await call.send('Runtime.callFunctionOn', listen, sessionId);
  call.send('Runtime.releaseObjectGroup', { objectGroup: GROUP }, sessionId).catch(() => {});
}

/** What was told in each frame. @type {WeakMap<Frame, Told>} */
const tolds = new WeakMap();
/** What a person can do to an element with the mouse; what only watches the mouse pass is none. */
const MOUSE = new Set(['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup']);
/** Each costs a command of the protocol, once; the next snapshot goes on. */
const MOST_AT_ONCE = 500;
const LISTEN = 'function (token, ...elements) { if (globalThis.__tabmux?.token === token) __tabmux.listen(elements); }';
/** What is held in the page for the time being, so that it is let go of at once. */
const GROUP = 'tabmux-listeners';
