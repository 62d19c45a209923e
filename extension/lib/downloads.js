import { sizeOf } from './units.js';

/**
 * @import {Call} from './call.js'
 * @import {Session} from './session.js'
 *
 * A download that a page of the tab started.
 * @typedef {object} Download
 * @property {string} id Chromium's own.
 * @property {string} name The name that the browser means to give the file.
 * @property {string} url
 * @property {number} at When it began, in milliseconds since the epoch.
 * @property {'inProgress' | 'completed' | 'canceled'} state
 * @property {number} received In bytes.
 * @property {number} total In bytes; 0 while the server has not said.
 */

/** The downloads of a tab while an agent is attached to it, the newest ones. */
export class Downloads {
  /** @type {Download[]} The oldest first. */
  list = [];
  /** How many have begun. */
  begun = 0;

  /** @param {Session} session */
  constructor(session) {
    session.on('Page.downloadWillBegin', ({ guid, url, suggestedFilename }) => {
      // A frame's process tells of it, too.
      if (this.list.some(({ id }) => id === guid)) return;
      this.begun += 1;
      this.list.push({ id: guid, name: suggestedFilename, url, at: Date.now(), state: 'inProgress', received: 0, total: 0 });
      if (this.list.length > MOST_KEPT) this.list.shift();
    });
    session.on('Page.downloadProgress', ({ guid, totalBytes, receivedBytes, state }) => {
      const download = this.list.find(({ id }) => id === guid);
      if (download) Object.assign(download, { state, received: receivedBytes, total: totalBytes });
    });
  }

  /** Those that began after so many others. @param {number} begun */
  since(begun) {
    return begun === this.begun ? [] : this.list.slice(begun - this.begun);
  }
}

/**
 * Waits until a download has begun that may begin, and a moment for it to end: most files are small.
 *
 * @param {Call} call
 * @param {number} begun How many downloads had begun before.
 */
export async function downloaded(call, begun) {
  const { session, signal } = call;
  const { downloads } = session;
  call.note('waiting for the download that was started');
  await call.race(session.until(() => downloads.begun !== begun, { signal, timeoutMs: BEGIN_MS }));
  const over = () => downloads.since(begun).every(({ state }) => state !== 'inProgress');
  await call.race(session.until(over, { signal, timeoutMs: END_MS }));
}

/** A download in a line: `"report.pdf", 1.2 MB, complete, from http://…`. @param {Download} download */
export function lineOf({ name, url, state, received, total }) {
  const size = state === 'inProgress' && total > 0 ? `${sizeOf(received)} of ${sizeOf(total)}` : sizeOf(received);
  return `${JSON.stringify(name.slice(0, LONGEST_NAME))}, ${size}, ${STATES[state]}, from ${url.slice(0, LONGEST_URL)}`;
}

const STATES = { inProgress: 'in progress', completed: 'complete', canceled: 'cancelled' };
const MOST_KEPT = 100;
/** The browser tells of a download within milliseconds of the end of its navigation. */
const BEGIN_MS = 200;
/** A small file is there after this; a larger one is told of as in progress. */
const END_MS = 1_000;
const LONGEST_NAME = 200;
const LONGEST_URL = 300;
