import { ProtocolError } from './errors.js';

/** @import {Call} from './call.js' */

/**
 * Outlines an element for the person, over the page and not in it, until something is done in the tab.
 *
 * @param {Call} call
 * @param {string} objectId
 * @param {string | undefined} sessionId
 */
export async function highlight(call, objectId, sessionId) {
  await hideHighlight(call);
  await Promise.all([
    call.send('DOM.enable', {}, sessionId),
    call.send('Overlay.enable', {}, sessionId),
    call.send('DOM.scrollIntoViewIfNeeded', { objectId }, sessionId),
    call.send('Overlay.highlightNode', { objectId, highlightConfig: LOOKS }, sessionId),
  ]);
  call.session.highlighted = sessionId ?? '';
}

/** Takes the outline away, if there is one. @param {Call} call */
export async function hideHighlight(call) {
  const { session } = call;
  const { highlighted } = session;
  session.highlighted = null;
  if (highlighted === null) return;
  const sessionId = highlighted || undefined;
  const hidden = ['Overlay.hideHighlight', 'Overlay.disable', 'DOM.disable'].map((method) => call.send(method, {}, sessionId));
  await Promise.all(hidden).catch((error) => {
    // The frame is gone, or the session has ended meanwhile, and the outline with it.
    if (!(error instanceof ProtocolError)) throw error;
  });
}

/** A blue that shows on light and dark pages, through which the element can be read. */
const LOOKS = {
  contentColor: { r: 66, g: 133, b: 244, a: 0.25 },
  paddingColor: { r: 66, g: 133, b: 244, a: 0.25 },
  borderColor: { r: 26, g: 95, b: 220, a: 0.9 },
};
