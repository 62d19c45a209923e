import { Chooser } from './chooser.js';
import { MainDocument } from './document.js';
import { Downloads } from './downloads.js';
import { Emulation } from './emulation.js';
import { ProtocolError, ToolFailure, protocolError } from './errors.js';
import { Interception } from './routes.js';
import { Traffic } from './traffic.js';

/**
 * A dialog of the page that waits for an answer.
 * @typedef {{type: 'alert' | 'confirm' | 'prompt' | 'beforeunload', message: string, url: string, defaultPrompt?: string,
 *   sessionId?: string}} Dialog
 *
 * An out-of-process frame; its `targetId` is its frame id.
 * @typedef {{targetId: string, type: string, url: string, parentSessionId?: string}} ChildSession
 *
 * @typedef {(params: any, sessionId: string | undefined, method: string) => void} Listener
 */

/**
 * The debugging session of one tab: the only place that calls `chrome.debugger` for it.
 *
 * detached → attaching → attached ⇄ quiet (screencast off) → detached. Whatever detaches it (a protected page, a frame
 * that went to an unknown scheme, ten idle minutes), the next command attaches again and asserts everything again.
 *
 * Beside the protocol's events, listeners hear `dialog` (params: the {@link Dialog}, or null once it is answered), `crashed`,
 * `detached` (params: the reason) and `opened` (params: `{handle, url}` of a tab that this one opened); `*` hears all.
 */
export class Session {
  /** @type {Map<string, ChildSession>} The out-of-process frames, by session id. */
  children = new Map();
  /** @type {Dialog | null} */
  dialog = null;
  /** Whether the page's process ended; no command that needs it is answered until another page is loaded. */
  crashed = false;
  /** Why nothing may be done on the page that the tab shows; null on ordinary pages. @type {ToolFailure | null} */
  closed = null;
  /**
   * The loader of the document in which an agent hovered: when the mouse leaves what it opened there, the page may shift
   * under it, so that whoever moves it on aims again.
   */
  hoveredIn = '';
  /** The child session in which an element is highlighted for the person, `''` for the tab's own; null if none is. @type {string | null} */
  highlighted = null;
  /** The state of the main frame. */
  document = new MainDocument();
  /** @type {Promise<void> | null} */
  #attaching = null;
  #attached = false;
  /** How often the session has ended. */
  #ends = 0;
  #painting = false;
  #users = 0;
  /** @type {{width: number, height: number} | null} The size of a tab that has none of its own. */
  #size = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #quietTimer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #detachTimer;
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();

  /**
   * @param {number} chromeId The tab's id in Chromium.
   * @param {() => ToolFailure | null} [forbidden] Why no tab may be attached to, if so.
   */
  constructor(chromeId, forbidden = () => null) {
    /** The file chooser that the page opened last. */
    this.chooser = new Chooser(this);
    this.chromeId = chromeId;
    this.forbidden = forbidden;
    /** What the page's downloads come to. */
    this.downloads = new Downloads(this);
    /** What the page asks for. */
    this.traffic = new Traffic(this, (method, params, sessionId) => this.#command(method, params, sessionId));
    /** What the page is made to see. */
    this.emulation = new Emulation(
      (method, params, sessionId) => this.#command(method, params, sessionId),
      () => this.children.keys(),
    );
    /** What becomes of that, by the routes of the tab's owner. */
    this.interception = new Interception(this, (method, params, sessionId) => this.#command(method, params, sessionId));
  }

  /** How often it has ended. */
  get ends() {
    return this.#ends;
  }

  /** Whether commands can be sent at once. */
  get attached() {
    return this.#attached;
  }

  /** Attaches if need be; concurrent callers share one attempt. */
  async attach() {
    if (!this.#attached) {
      this.#attaching ??= this.#attach().finally(() => {
        this.#attaching = null;
      });
      await this.#attaching;
    }
    if (this.closed) throw this.closed;
  }

  /** Gives the tab back to itself: the debugger bar goes when no tab is attached. */
  async detach() {
    clearTimeout(this.#quietTimer);
    clearTimeout(this.#detachTimer);
    if (!this.#attached) return;
    this.handleDetach('detached');
    await chrome.debugger.detach({ tabId: this.chromeId }).catch(() => {});
  }

  /** Keeps the tab at full speed for the length of a call. @returns {() => void} Ends that. */
  use() {
    this.#users += 1;
    clearTimeout(this.#quietTimer);
    clearTimeout(this.#detachTimer);
    if (this.#attached && !this.#painting) this.#paint().catch(() => {});
    if (this.#attached) this.traffic.start();
    return () => {
      this.#users -= 1;
      if (this.#users === 0) this.#rest();
    };
  }

  /**
   * Runs one command, attaching first if need be. Commands of an attached session leave in the order of the calls,
   * without waiting for each other.
   *
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId] A key of `children`; without it the tab itself.
   * @returns {Promise<any>}
   */
  send(method, params, sessionId) {
    const sent = this.#attached
      ? this.#command(method, params, sessionId)
      : this.attach().then(() => this.#command(method, params, sessionId));
    return sessionId ? sent : sent.catch((error) => this.#sendAgain(error, method, params));
  }

  /** Changes what the page is made to see, for as long as the tab is attached to, and again at every attach. @param {import('./emulation.js').Settings} settings */
  async emulate(settings) {
    await this.attach();
    await this.emulation.change(settings);
  }

  /** Has the frames of other processes that come from here on wait for their session, or not, as the routes want it. */
  async expectFrames() {
    const sessionIds = [undefined, ...this.children.keys()];
    const all = sessionIds.map((id) => this.#command('Target.setAutoAttach', this.#autoAttach(), id).catch(() => {}));
    await Promise.all(all);
  }

  /** Hears an event until the returned function is called. @param {string} event @param {Listener} listener */
  on(event, listener) {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners.add(listener));
    return () => {
      listeners.delete(listener);
    };
  }

  /**
   * Resolves once the condition holds; it is looked at with every event of the tab.
   *
   * @param {() => boolean} condition
   * @param {{signal?: AbortSignal, timeoutMs?: number}} [limits] Resolves with false when either ends the wait.
   * @returns {Promise<boolean>} Whether the condition holds.
   */
  until(condition, { signal, timeoutMs } = {}) {
    if (condition()) return Promise.resolve(true);
    return new Promise((resolve) => {
      /** @type {ReturnType<typeof setTimeout> | undefined} */
      let timer;
      const finish = () => {
        off();
        clearTimeout(timer);
        signal?.removeEventListener('abort', finish);
        resolve(condition());
      };
      const off = this.on('*', () => {
        if (condition()) finish();
      });
      if (timeoutMs !== undefined) timer = setTimeout(finish, timeoutMs);
      signal?.addEventListener('abort', finish);
    });
  }

  /** @param {string} event @param {any} params @param {string} [sessionId] */
  emit(event, params, sessionId) {
    for (const name of [event, '*']) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(params, sessionId, event);
    }
  }

  /** Takes an event of `chrome.debugger.onEvent`. @param {string} method @param {any} params @param {string} [sessionId] */
  handleEvent(method, params, sessionId) {
    if (method === 'Target.attachedToTarget') this.#adopt(params, sessionId);
    else if (method === 'Target.detachedFromTarget') this.children.delete(params.sessionId);
    else if (method === 'Page.javascriptDialogOpening') this.#setDialog({ ...params, sessionId });
    else if (method === 'Page.javascriptDialogClosed') this.#setDialog(null);
    else if (method === 'Inspector.targetCrashed' && !sessionId) this.#setCrashed(true);
    else if (!sessionId) this.document.handle(method, params);
    if (method === 'Page.frameStoppedLoading' && !sessionId && this.document.pending === 'started') this.#findSwap();
    if (method === 'Page.frameNavigated' && !sessionId && !params.frame.parentId) {
      this.#setCrashed(false);
      this.#setClosed(params.frame.url);
    }
    this.emit(method, params, sessionId);
  }

  /** Takes `chrome.debugger.onDetach`. @param {string} reason */
  handleDetach(reason) {
    this.#attached = false;
    this.#ends += 1;
    this.#painting = false;
    this.children.clear();
    this.closed = null;
    this.document.settled();
    if (this.dialog) this.#setDialog(null);
    this.emit('detached', reason);
    // A frame that went to an unknown scheme takes the session with it, while the page goes on: whoever waits for the
    // page's events must go on hearing them.
    if (reason === 'target_closed' && this.#users > 0) this.attach().catch(() => {});
  }

  async #attach() {
    const before = this.forbidden();
    if (before) throw before;
    const woken = await this.#open();
    this.#attached = true;
    try {
      // The person may have stopped all agents meanwhile, without this tab being attached already.
      const meanwhile = this.forbidden();
      if (meanwhile) throw meanwhile;
      await Promise.all([
        // The events that follow speak of this tree, so that it is taken in before they come.
        this.#command('Page.getFrameTree').then(({ frameTree: { frame } }) => {
          this.document.seed(frame);
          this.#setClosed(frame.url);
        }),
        this.#command('Page.enable'),
        this.#command('Page.setLifecycleEventsEnabled', { enabled: true }),
        this.#command('Performance.enable'),
        // The system's dialog would stand in front of the person; another debugger may suppress it already.
        this.#command('Page.setInterceptFileChooserDialog', NO_CHOOSER).catch(() => {}),
        this.#command('Emulation.setFocusEmulationEnabled', { enabled: true }),
        this.#command('Target.setAutoAttach', this.#autoAttach()),
        this.traffic.start(),
        this.interception.apply(),
        this.#paint(),
        this.emulation.begin(this.#size),
      ]);
      // A page that is loaded again shows an empty document until it comes.
      if (woken) await this.until(() => WITH_PAGE.test(this.document.url) && this.document.ready, WAKING);
    } catch (error) {
      await this.detach();
      throw error;
    }
    if (this.#users === 0) this.#rest();
  }

  /** A command that met no session was not carried out. @param {unknown} error @param {string} method @param {object} [params] */
  async #sendAgain(error, method, params) {
    if (!(error instanceof ProtocolError) || !error.unsent) throw error;
    await this.attach();
    return this.#command(method, params);
  }

  /** @returns {Promise<boolean>} Whether the tab's page had to be loaded again. */
  async #open() {
    const target = { tabId: this.chromeId };
    const tab = await chrome.tabs.get(this.chromeId).catch(() => null);
    const asleep = tab !== null && isAsleep(tab) && WITH_PAGE.test(tab.url ?? '');
    // A tab without its page can be attached to and then never answers. A form's result is not sent for again by this:
    // the browser shows what it has kept of it, or says that it has nothing.
    if (tab && isAsleep(tab)) await chrome.tabs.reload(this.chromeId);
    // A tab that was discarded has no size until it was in front, and in a page without one nothing can be clicked.
    this.#size = tab?.width === 0 ? await sizeOf(tab.windowId) : null;
    try {
      await chrome.debugger.attach(target, PROTOCOL_VERSION);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!/already attached/i.test(message)) throw refusal(message);
      // An earlier life of this worker attached and died: what it knew is lost, so the session starts afresh.
      await chrome.debugger.detach(target).catch(() => {});
      await chrome.debugger.attach(target, PROTOCOL_VERSION).catch((again) => {
        throw refusal(again instanceof Error ? again.message : String(again));
      });
    }
    return asleep;
  }

  /** The tab came to the front, where it has a size of its own. */
  handleActivated() {
    if (!this.#size) return;
    this.#size = null;
    if (this.#attached) this.emulation.hasSize().catch(() => {});
  }

  /**
   * Runs a command. When the session ends under it, who ended it is known with the event that follows, and whoever hears
   * that event speaks first: a call that the person stopped is told so.
   *
   * @param {string} method
   * @param {object} [params]
   * @param {string} [sessionId]
   * @returns {Promise<any>}
   */
  async #command(method, params, sessionId) {
    const ends = this.#ends;
    const target = sessionId ? { tabId: this.chromeId, sessionId } : { tabId: this.chromeId };
    try {
      return await chrome.debugger.sendCommand(target, method, params);
    } catch (error) {
      const failure = protocolError(method, error);
      // A page that shows another's source, for one, is attached to and refuses every command.
      if (NO_ACCESS.test(failure.message)) throw (this.closed = refusal(failure.message));
      const over = () => this.#ends !== ends || (sessionId !== undefined && !this.children.has(sessionId));
      if (failure.detached) await this.until(over, { timeoutMs: DETACH_PATIENCE_MS });
      throw failure;
    }
  }

  /** Keeps the page painting, so that frames, timers and screenshots run as they would in front. */
  async #paint() {
    this.#painting = true;
    await this.#command('Page.startScreencast', SCREENCAST);
  }

  #rest() {
    if (!this.#attached) return;
    this.#quietTimer = setTimeout(() => {
      this.#painting = false;
      this.#command('Page.stopScreencast').catch(() => {});
      // Chromium lets go of an emulated network with it.
      if (!this.emulation.settings.network) this.traffic.stop();
    }, QUIET_AFTER_MS);
    this.#detachTimer = setTimeout(() => this.detach(), DETACH_AFTER_MS);
  }

  /** @param {{sessionId: string, targetInfo: {targetId: string, type: string, url: string}}} params @param {string} [parentSessionId] */
  #adopt({ sessionId, targetInfo }, parentSessionId) {
    const { targetId, type, url } = targetInfo;
    this.children.set(sessionId, { targetId, type, url, parentSessionId });
    // A frame may be gone before it hears these; its end is told by an event of its own.
    this.traffic.join(sessionId, targetId);
    this.emulation.join(sessionId);
    this.interception.join(sessionId);
    /** @type {[string, object][]} */
    const commands = [['Target.setAutoAttach', this.#autoAttach()], ...CHILD_COMMANDS];
    for (const [method, params] of commands) this.#command(method, params, sessionId).catch(() => {});
  }

  /** Whose requests are changed, those of a frame wait until its own session changes them. */
  #autoAttach() {
    return { ...AUTO_ATTACH, waitForDebuggerOnStart: this.interception.routes().length > 0 };
  }

  /**
   * A page that the browser made ready beforehand takes the tab's place without a word of its navigation: another frame
   * is the main one then. How far it has come is told again.
   */
  async #findSwap() {
    const { frameTree } = await this.#command('Page.getFrameTree').catch(() => ({ frameTree: null }));
    if (!frameTree || frameTree.frame.id === this.document.frameId) return;
    this.handleEvent('Page.frameNavigated', { frame: frameTree.frame });
    await this.#command('Page.setLifecycleEventsEnabled', { enabled: true }).catch(() => {});
  }

  /** The browser lets an extension work on its own pages, where only the person decides. @param {string} url */
  #setClosed(url) {
    this.closed = OF_EXTENSIONS.test(url) ? refusal('pages of extensions are the person\'s') : null;
  }

  /** @param {boolean} crashed */
  #setCrashed(crashed) {
    this.crashed = crashed;
    if (crashed) this.emit('crashed', null);
  }

  /** @param {Dialog | null} dialog */
  #setDialog(dialog) {
    this.dialog = dialog;
    this.emit('dialog', dialog);
  }
}

/** Whether the tab has no page: it was discarded, or came back with the browser and was not looked at. @param {chrome.tabs.Tab} tab */
function isAsleep(tab) {
  return tab.discarded || tab.status === 'unloaded';
}

/** The size of the tab in front of a window, which every tab of the window has once it was in front. @param {number} windowId */
async function sizeOf(windowId) {
  const [front] = await chrome.tabs.query({ windowId, active: true });
  const { width = 0, height = 0 } = front ?? {};
  return width > 0 && height > 0 ? { width, height } : USUAL_SIZE;
}

/** @param {string} message What `chrome.debugger.attach` said. */
function refusal(message) {
  if (/no tab with/i.test(message)) {
    return new ToolFailure('no_tab', 'The tab was closed.', 'Open a page with browser_navigate.');
  }
  return new ToolFailure(
    'page_refused',
    `The browser does not let extensions work on this page: ${message.replace(/\.$/, '')}.`,
    'Lead the tab to an ordinary web page with browser_navigate or browser_navigate_back, or open another with browser_tabs; nothing else works on this one.',
  );
}

const NO_ACCESS = /^Cannot access /;
const OF_EXTENSIONS = /^chrome-extension:/;
/** The version of the debugging protocol that `chrome.debugger` asks for; there is no other. */
const PROTOCOL_VERSION = '1.3';
/** The smallest picture, and never a frame of it: it only keeps a background tab painting. */
const SCREENCAST = { format: 'jpeg', quality: 1, maxWidth: 1, maxHeight: 1, everyNthFrame: 1_000_000 };
/** The page hears nothing, as long as the dialog that it asked for would be open: its choice may still be made. */
const NO_CHOOSER = { enabled: true, cancel: false };
/** Out-of-process frames only: workers have no page to act on. */
const AUTO_ATTACH = {
  autoAttach: true,
  flatten: true,
  filter: [{ type: 'iframe' }, { exclude: true }],
};
/** @type {[string, object][]} What every out-of-process frame hears first. */
const CHILD_COMMANDS = [
  ['Page.enable', {}],
  ['Performance.enable', {}],
  ['Page.setInterceptFileChooserDialog', NO_CHOOSER],
  ['Runtime.runIfWaitingForDebugger', {}],
];
/** Between a command that meets no session and the event of the session's end lie a few milliseconds. */
const DETACH_PATIENCE_MS = 1_000;
const USUAL_SIZE = { width: 1280, height: 720 };
/** The empty document that a tab has before its page comes has no such address. */
const WITH_PAGE = /^[a-z-]+:\/\//i;
/** A page that is loaded again is waited for as long as a person would. */
const WAKING = { timeoutMs: 10_000 };
/** A painting background tab costs processor time for ever; an agent that pauses this long does not need it. */
const QUIET_AFTER_MS = 30_000;
/** An agent that is away this long gives the person a browser without the debugger bar. */
const DETACH_AFTER_MS = 600_000;
