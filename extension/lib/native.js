/**
 * @import {NativeReply} from '../protocol.d.ts'
 * @typedef {Extract<NativeReply, {type: 'hub'}>} HubWord
 * @typedef {{message: string, fix: string}} Problem
 */

/**
 * The port to the native-messaging host, which makes sure that a hub runs and says how to reach it; unasked, too,
 * whenever a hub is back. While the port is open it also keeps the worker alive.
 */
export class Native {
  /** @type {Problem | null} Why there is no hub, in the host's or the browser's words. */
  problem = null;
  /** Whether the host itself does not answer, as where it is not registered or the browser is in a sandbox. */
  absent = false;
  /** @type {chrome.runtime.Port | null} */
  #port = null;
  #failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;

  /**
   * `onAbsent` is told when the host itself does not answer, and says whether the hub is looked for in another way; if
   * so, whoever does that asks the host again.
   * @param {{onHub(word: HubWord): void, onProblem(problem: Problem): void, onAbsent(): boolean}} listener
   */
  constructor(listener) {
    this.listener = listener;
  }

  /** Asks for a hub; the answer comes to the listener. */
  ask() {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    try {
      this.#port ??= this.#open();
      this.#port.postMessage({ type: 'connect' });
    } catch (error) {
      this.#port = null;
      this.#failed(error instanceof Error ? error.message : String(error));
    }
  }

  #open() {
    const port = chrome.runtime.connectNative(HOST);
    port.onMessage.addListener((/** @type {NativeReply} */ reply) => this.#hear(reply));
    port.onDisconnect.addListener(() => {
      const reason = chrome.runtime.lastError?.message ?? 'the native host ended';
      this.#port = null;
      this.#failed(reason);
    });
    return port;
  }

  /** @param {NativeReply} reply */
  #hear(reply) {
    this.#failures = 0;
    this.absent = false;
    if (reply.type === 'hub') {
      this.problem = null;
      this.listener.onHub(reply);
    } else if (reply.type === 'noHub') {
      this.#tell({ message: reply.message, fix: reply.fix });
    }
  }

  /** @param {string} reason */
  #failed(reason) {
    const missing = /not found|forbidden/i.test(reason);
    const fix = missing
      ? 'Run "tabmux setup extension" once, then press Connect; or pair with a code.'
      : 'Run "tabmux hub start" to see why, if this does not pass.';
    this.absent = true;
    this.#tell({ message: `The native host does not answer: ${reason}`, fix });
    if (this.listener.onAbsent()) return;
    const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry ??= setTimeout(() => this.ask(), delay);
  }

  /** @param {Problem} problem */
  #tell(problem) {
    this.problem = problem;
    this.listener.onProblem(problem);
  }
}

/** The name under which `tabmux setup extension` and `tabmux browser launch` register the host. */
const HOST = 'dev.tabmux.host';
const FIRST_RETRY_MS = 1_000;
/** As often as the alarm that wakes a worker which died meanwhile: Chromium allows no shorter one. */
const LONGEST_RETRY_MS = 30_000;
