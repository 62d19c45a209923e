import { ProtocolError, ToolFailure, crashed } from './errors.js';

/**
 * @import {ExtensionCallParams, Timing} from '../protocol.d.ts'
 * @import {Counters, Numbers} from './numbers.js'
 * @import {Session} from './session.js'
 * @import {ClientRecord} from './store.js'
 *
 * The tab that a call works on.
 * @typedef {object} CallTab
 * @property {string} handle
 * @property {number} chromeId The tab's id in Chromium.
 * @property {string} clientId
 * @property {Counters} counters The numbers of its refs and of its frames.
 * @property {import('./emulation.js').Settings} [emulation] What its page is made to see.
 */

/** One tool call at work. Handlers get it; whatever they wait for goes through `send` or `race`, so that it always ends. */
export class Call {
  /** @type {{handle: string, url: string}[]} The tabs that the page opened meanwhile. */
  opened = [];
  /** The file chooser that the page opened meanwhile, and whether it can be given files. @type {{mode: string, takes: boolean} | null} */
  chooser = null;
  /** How many downloads of the tab began before. */
  downloadsBefore = 0;
  /** The address of another program that the page asked for meanwhile. */
  handover = '';
  /** @type {Timing} */
  timing = { totalMs: 0, queuedMs: 0, protocolMs: 0, pageMs: 0 };
  #cause = '';
  #abort = new AbortController();
  /** @type {(failure: ToolFailure) => void} */
  #interrupt = () => {};
  /** @type {Promise<never>} */
  #interrupted;
  /** @type {ReturnType<typeof setTimeout>} */
  #timer;
  /** @type {CallTab | null} */
  #tab = null;
  /** @type {Session | null} */
  #session = null;
  /** @type {ClientRecord | null} */
  #client = null;
  /** @type {Numbers | null} */
  #numbers = null;
  /** @type {() => void} */
  #unwatch = () => {};
  #commands = 0;
  #commandsSince = 0;

  /**
   * @param {ExtensionCallParams} params
   * @param {(progress: number, total?: number, message?: string) => void} progress
   */
  constructor(params, progress) {
    this.callId = params.callId;
    this.clientId = params.clientId;
    this.tool = params.tool;
    this.readOnly = params.readOnly;
    /** The handle that the caller named; without one its current tab is meant. */
    this.tabNamed = params.tab;
    /** @type {Record<string, any>} */
    this.args = params.args ?? {};
    /** Tells how far the call has come; only where that is really known. */
    this.progress = progress;
    this.arrivedAt = performance.now();
    /** When the call must be over, on the clock of `performance.now()`, in milliseconds. */
    this.deadline = this.arrivedAt + params.deadlineMs;
    this.signal = this.#abort.signal;
    this.#interrupted = new Promise((_, reject) => {
      this.#interrupt = reject;
    });
    this.#interrupted.catch(() => {});
    this.#timer = setTimeout(() => this.#timeOut(params.deadlineMs), params.deadlineMs);
  }

  /** The tab that the call works on. */
  get tab() {
    if (!this.#tab) throw new ToolFailure('no_tab', 'There is no tab to work on.', 'Open one with browser_navigate.');
    return this.#tab;
  }

  /** Whether the call works on a tab at all. */
  get hasTab() {
    return this.#tab !== null;
  }

  /** The tab's debugging session. */
  get session() {
    if (!this.#session) throw new ToolFailure('no_tab', 'There is no tab to work on.', 'Open one with browser_navigate.');
    return this.#session;
  }

  /** Where numbers for refs and names come from. */
  get numbers() {
    if (!this.#numbers) throw new ToolFailure('no_tab', 'There is no tab to work on.', 'Open one with browser_navigate.');
    return this.#numbers;
  }

  /** What the large outputs of the call are kept with. */
  get keeper() {
    return this.#client ?? this.session;
  }

  /** Milliseconds until the deadline. */
  remaining() {
    return Math.max(0, this.deadline - performance.now());
  }

  /** Says what the call is waiting for, as `waiting for …`: the words that a timeout is explained with. @param {string} what */
  note(what) {
    this.#cause = what;
  }

  /** Gives the call its tab. @param {CallTab} tab @param {Session} session @param {Numbers} numbers */
  bind(tab, session, numbers) {
    this.#tab = tab;
    this.#session = session;
    this.#numbers = numbers;
    this.downloadsBefore = session.downloads.begun;
  }

  /** Gives a call that works on no tab what it needs of its client. @param {ClientRecord} client @param {Numbers} numbers */
  bindClient(client, numbers) {
    this.#client = client;
    this.#numbers = numbers;
  }

  /** From here on a dialog of the page interrupts the call, since nothing in the page goes on under one, and so does its crash; file choosers are noted, for they are suppressed. */
  watchDialogs() {
    if (this.session.dialog) this.stop(dialogFailure(this.session.dialog, this.tab.handle));
    const offChooser = this.session.on('Page.fileChooserOpened', ({ mode, backendNodeId }) => {
      this.chooser = { mode, takes: backendNodeId !== undefined };
    });
    const offDialog = this.session.on('dialog', (dialog) => {
      if (dialog) this.stop(dialogFailure(dialog, this.tab.handle));
    });
    const offCrash = this.session.on('crashed', () => this.stop(crashed()));
    this.#unwatch = () => {
      offCrash();
      offChooser();
      offDialog();
    };
  }

  /**
   * Runs a command of the debugging protocol on the tab, or on one of its out-of-process frames. Commands leave in the
   * order of the calls.
   *
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId]
   * @returns {Promise<any>} Rejects with a ToolFailure as `race` does, or with a ProtocolError.
   */
  send(method, params, sessionId) {
    const session = this.session;
    if (this.signal.aborted) return this.#interrupted;
    this.#commandStarts();
    const answer = session.send(method, params, sessionId).finally(() => this.#commandEnds());
    // A move leads nowhere: one that ends with the session was not taken, and what was sent behind it neither.
    const acts = method.startsWith('Input.') && /** @type {any} */ (params)?.type !== 'mouseMoved';
    return this.race(acts ? answer.catch(delivered) : answer);
  }

  /**
   * Waits for a promise, and rejects with a ToolFailure when the call is over before: `dialog_open`, `cancelled`,
   * `timeout`, `no_tab`, `taken_over`, `stopped`.
   *
   * @template T
   * @param {Promise<T>} promise
   * @returns {Promise<T>}
   */
  race(promise) {
    return Promise.race([this.#interrupted, promise]);
  }

  /** Ends the call with that failure, unless it is over. @param {ToolFailure} failure */
  stop(failure) {
    this.#interrupt(failure);
    this.#abort.abort(failure);
  }

  /** The call is answered: nothing may interrupt it any more. */
  finish() {
    clearTimeout(this.#timer);
    this.#unwatch();
    this.timing.totalMs = performance.now() - this.arrivedAt;
  }

  /** @param {number} deadlineMs */
  #timeOut(deadlineMs) {
    const cause = this.#cause || 'working';
    this.stop(
      new ToolFailure(
        'timeout',
        `${this.tool} ran into its deadline of ${Math.round(deadlineMs / 100) / 10} s while ${cause}.`,
        'Look at the page with browser_snapshot before trying again.',
      ),
    );
  }

  #commandStarts() {
    if (this.#commands === 0) this.#commandsSince = performance.now();
    this.#commands += 1;
  }

  #commandEnds() {
    this.#commands -= 1;
    if (this.#commands === 0) this.timing.protocolMs += performance.now() - this.#commandsSince;
  }
}

/** An input that leads to an unknown scheme ends the session before it is acknowledged: it was delivered. @param {unknown} error */
function delivered(error) {
  if (error instanceof ProtocolError && error.detached) return {};
  throw error;
}

/** @param {import('./session.js').Dialog} dialog @param {string} handle */
export function dialogFailure(dialog, handle) {
  const kind = dialog.type === 'beforeunload' ? 'leave-page' : dialog.type;
  const said = dialog.message ? ` with the text ${JSON.stringify(dialog.message.slice(0, 500))}` : '';
  const entry = dialog.defaultPrompt ? ` and the entry ${JSON.stringify(dialog.defaultPrompt.slice(0, 500))}` : '';
  const fix = 'Answer it with browser_handle_dialog, then go on; look at the page before repeating an action.';
  const article = kind === 'alert' ? 'An' : 'A';
  return new ToolFailure('dialog_open', `${article} ${kind} dialog is open in tab ${handle}${said}${entry}.`, fix);
}
