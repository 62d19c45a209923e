import { ToolFailure } from './errors.js';

/**
 * @import {ExtensionCallParams, ToolResult, RpcError} from '../protocol.d.ts'
 *
 * @typedef {{result: ToolResult} | {error: RpcError}} Answer
 *
 * What is kept of an acting call: without an answer it was started and its end is unknown.
 * @typedef {{at: number, answer?: Answer, tooLarge?: boolean}} Mark
 */

/**
 * Remembers calls, so that one that is sent again is not done again.
 *
 * Calls at work are remembered in memory, acting calls also in `storage.session`, which survives the death of the
 * worker: the mark is written before anything is done, the answer after. Read-only calls may simply be run again.
 */
export class Journal {
  /** @type {Map<string, Promise<Answer>>} */
  #running = new Map();
  /** @type {Map<string, Mark>} In the order of their starting. */
  #marks = new Map();
  /** When the oldest call was minted of which a mark was given up; calls up to then may be forgotten. */
  #forgottenUntil = 0;

  /**
   * @param {chrome.storage.StorageArea} area
   * @param {{bootId: string}} boot
   */
  constructor(area, boot) {
    this.area = area;
    this.boot = boot;
  }

  /** Reads what an earlier life of the worker wrote. */
  async load() {
    const stored = await this.area.get(null);
    const marks = /** @type {[string, Mark][]} */ (Object.entries(stored).filter(([key]) => key.startsWith(PREFIX)));
    marks.sort(([, a], [, b]) => a.at - b.at);
    this.#marks = new Map(marks.map(([key, mark]) => [key.slice(PREFIX.length), mark]));
    this.#forgottenUntil = Number(stored[FORGOTTEN] ?? 0);
  }

  /**
   * The answer of a call that was seen before, if there is one; a call at work is joined.
   *
   * @param {ExtensionCallParams} params
   * @param {(failure: ToolFailure) => Promise<Answer>} [unknown] Makes the answer of a call whose outcome is not known.
   * @returns {Promise<Answer> | null} Null when the call is to be run.
   */
  recall(params, unknown = async (failure) => ({ error: failure.toRpc() })) {
    const running = this.#running.get(params.callId);
    if (running) return running;
    const mark = this.#marks.get(params.callId);
    if (mark?.answer) return Promise.resolve(mark.answer);
    if (params.readOnly) return null;
    if (mark) return unknown(unknownOutcome(params.tool, mark.tooLarge ?? false));
    if (!params.resend || this.#covers(params)) return null;
    return unknown(unknownOutcome(params.tool, false));
  }

  /** Notes that a call is at work. @param {string} callId @param {Promise<Answer>} answer */
  join(callId, answer) {
    this.#running.set(callId, answer);
    answer.finally(() => this.#running.delete(callId));
  }

  /** Marks an acting call as started; it may act once this resolves. @param {string} callId */
  async start(callId) {
    await this.#write(callId, { at: Date.now() });
  }

  /** Keeps the answer of an acting call. @param {string} callId @param {Answer} answer */
  async finish(callId, answer) {
    const at = this.#marks.get(callId)?.at;
    // A call that was never marked has not acted: it may be run again.
    if (at === undefined) return;
    const tooLarge = new TextEncoder().encode(JSON.stringify(answer)).length > MARK_BYTES;
    await this.#write(callId, tooLarge ? { at, tooLarge } : { at, answer });
  }

  /** Whether a call that is not in the journal cannot have been started. @param {ExtensionCallParams} params */
  #covers({ callId, bootId }) {
    const mintedAt = mintedAtMs(callId);
    if (mintedAt === null || mintedAt <= this.#forgottenUntil) return false;
    // A caller that does not say in which browser its call may have run cannot be told that it ran in none.
    return bootId === this.boot.bootId;
  }

  /** @param {string} callId @param {Mark} mark */
  async #write(callId, mark) {
    this.#marks.set(callId, mark);
    /** @type {string[]} */
    const dropped = [];
    for (const [id] of this.#marks) {
      if (this.#marks.size <= MARKS_KEPT) break;
      this.#marks.delete(id);
      dropped.push(PREFIX + id);
      this.#forgottenUntil = Math.max(this.#forgottenUntil, mintedAtMs(id) ?? 0);
    }
    const written = this.area.set({ [PREFIX + callId]: mark, [FORGOTTEN]: this.#forgottenUntil });
    if (dropped.length > 0) await this.area.remove(dropped);
    await written;
  }
}

/** When a UUIDv7 was minted, in milliseconds since the epoch; null for other ids. @param {string} id */
export function mintedAtMs(id) {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7/i.test(id)) return null;
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
}

/** @param {string} tool @param {boolean} finished */
function unknownOutcome(tool, finished) {
  return new ToolFailure(
    'outcome_unknown',
    finished
      ? `${tool} was carried out, but its answer was lost on the way and too large to be kept.`
      : `Whether ${tool} was carried out is not known: the connection or the browser's extension failed meanwhile.`,
    'Look at the page with browser_snapshot before deciding whether to repeat it.',
  );
}

const PREFIX = 'call:';
const FORGOTTEN = 'forgottenUntil';
/** Chromium gives `storage.session` 10 MiB in all; this many marks of the largest size are 4 MiB. */
const MARKS_KEPT = 256;
/** The most that is kept of an answer, in bytes of JSON. */
const MARK_BYTES = 16_384;
