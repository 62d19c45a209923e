import { ProtocolError } from './errors.js';

/**
 * @import {Call} from './call.js'
 * @import {Frame} from './page.js'
 */

/**
 * Gives a frame's page scripts the closed shadow roots that no script sees but the debugger does, of the elements that
 * the last walk came across for the first time; whether there were any.
 *
 * @param {Call} call
 * @param {Frame} frame
 */
export async function openShadows(call, frame) {
  try {
    return await openAll(call, frame);
  } catch (error) {
    // The page changed meanwhile: it was read without them.
    if (error instanceof ProtocolError) return false;
    throw error;
  }
}

/** @param {Call} call @param {Frame} frame */
async function openAll(call, { contextId, sessionId, token }) {
  const expression = `globalThis.__tabmux?.token === ${JSON.stringify(token)} ? __tabmux.strangers() : []`;
  const hosts = { expression, contextId, objectGroup: GROUP };
  const { result } = await call.send('Runtime.evaluate', hosts, sessionId);
  const list = { objectId: result.objectId, ownProperties: true };
  const { result: properties } = await call.send('Runtime.getProperties', list, sessionId);
  const opened = await Promise.all(
    properties
      .filter((/** @type {any} */ { name }) => /^\d+$/.test(name))
      .map((/** @type {any} */ { value }) => openShadow(call, contextId, sessionId, value.objectId)),
  );
  call.send('Runtime.releaseObjectGroup', { objectGroup: GROUP }, sessionId).catch(() => {});
  return opened.includes(true);
}

/** @param {Call} call @param {number} contextId @param {string | undefined} sessionId @param {string} host */
async function openShadow(call, contextId, sessionId, host) {
  const { node } = await call.send('DOM.describeNode', { objectId: host }, sessionId);
  const closed = node.shadowRoots?.find((/** @type {any} */ { shadowRootType }) => shadowRootType === 'closed');
  if (!closed) return false;
  const place = { backendNodeId: closed.backendNodeId, executionContextId: contextId, objectGroup: GROUP };
  const { object } = await call.send('DOM.resolveNode', place, sessionId);
  const open = { functionDeclaration: OPEN, objectId: object.objectId, arguments: [{ objectId: host }] };
  await call.send('Runtime.callFunctionOn', open, sessionId);
  return true;
}

const OPEN = 'function (host) { __tabmux.openShadow(host, this); }';
/** What is held in the page for the time being, so that it is let go of at once. */
const GROUP = 'tabmux-shadows';
