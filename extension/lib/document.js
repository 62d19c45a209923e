/**
 * A frame of the protocol; an error page shows where it did not get to as its `unreachableUrl`.
 * @typedef {{id: string, loaderId: string, url: string, urlFragment?: string, unreachableUrl?: string}} Frame
 */

/**
 * What the debugging protocol's Page events say about a tab's main frame.
 *
 * | event | pending | reached |
 * |---|---|---|
 * | frameRequestedNavigation in this tab | requested | - |
 * | frameStartedNavigating | started | - |
 * | frameNavigated | none | emptied, unless it came from the back-forward cache |
 * | navigatedWithinDocument | none | kept |
 * | frameClearedScheduledNavigation before the start | none | kept |
 * | frameStoppedLoading, a failed navigation | none | kept |
 * | lifecycleEvent | - | grows |
 */
export class MainDocument {
  /** The main frame's id; empty until it is known. */
  frameId = '';
  /** Names the document: every navigation to another document draws another. */
  loaderId = '';
  /** The address of the document that is committed. */
  url = '';
  /** Whether the browser shows an error page in its place. */
  unreachable = false;
  /** Where a started navigation leads; empty when there is none. */
  pendingUrl = '';
  /** @type {'requested' | 'started' | null} How far a navigation has come that is not committed yet. */
  pending = null;
  /** Grows whenever a navigation is asked for, started, or committed. */
  revision = 0;
  /** Grows whenever a navigation that was started ends without a document. */
  fruitless = 0;
  /** Grows whenever the page asks for another tab or window. */
  openings = 0;
  /** The last address of another program that a frame asked for, each in an object of its own: it may take the debugging session with it. @type {{url: string} | null} */
  handover = null;
  /** @type {Map<string, Set<string>>} The lifecycle events of the last few documents, by loader. */
  #reached = new Map();

  /** Whether the document's own tree is there. */
  get ready() {
    return this.#has('DOMContentLoaded') || this.loaded;
  }

  /** Whether everything that the document asked for at first is there. */
  get loaded() {
    return this.#has('load');
  }

  /** Takes over what `Page.getFrameTree` says at attach. @param {Frame} frame */
  seed({ id, loaderId, url, urlFragment = '', unreachableUrl }) {
    this.frameId = id;
    this.loaderId = loaderId;
    this.url = unreachableUrl || url + urlFragment;
    this.unreachable = Boolean(unreachableUrl);
  }

  /** A navigation ended without a document: a download, an empty answer, a stop. */
  settled() {
    if (this.pending === 'started') this.fruitless += 1;
    this.#rest();
  }

  /**
   * Takes an event of the tab's own session (those of child frames' sessions do not belong here).
   *
   * @param {string} method
   * @param {any} params
   */
  handle(method, params) {
    switch (method) {
      case 'Page.frameNavigated':
        if (!params.frame.parentId) this.#committed(params.frame, params.type);
        break;
      case 'Page.navigatedWithinDocument':
        if (params.frameId === this.frameId) this.#movedWithin(params.url);
        break;
      case 'Page.frameRequestedNavigation':
        if (!WEB.test(params.url ?? '')) this.handover = { url: params.url };
        if (params.disposition && params.disposition !== 'currentTab') this.openings += 1;
        else this.#starts('requested', params);
        break;
      case 'Page.frameClearedScheduledNavigation':
        if (params.frameId === this.frameId && this.pending === 'requested') this.settled();
        break;
      case 'Page.frameStartedNavigating':
        this.#starts('started', params);
        break;
      case 'Page.frameStoppedLoading':
        if (params.frameId === this.frameId) this.settled();
        break;
      case 'Page.windowOpen':
        this.openings += 1;
        break;
      case 'Page.lifecycleEvent':
        if (params.frameId === this.frameId) this.#reaches(params.loaderId, params.name);
        break;
    }
  }

  /** @param {'requested' | 'started'} stage @param {{frameId: string, url?: string}} params */
  #starts(stage, { frameId, url }) {
    if (frameId !== this.frameId) return;
    this.pending = stage;
    this.pendingUrl = url ?? '';
    this.revision += 1;
  }

  /** @param {Frame} frame @param {string} [type] */
  #committed(frame, type) {
    this.seed(frame);
    this.#rest();
    this.revision += 1;
    // A document out of the back-forward cache was loaded before and tells nothing again.
    if (type === 'BackForwardCacheRestore') this.#reaches(frame.loaderId, 'load');
  }

  /** @param {string} url */
  #movedWithin(url) {
    this.url = url;
    this.#rest();
    this.revision += 1;
  }

  #rest() {
    this.pending = null;
    this.pendingUrl = '';
  }

  /** @param {string} loaderId @param {string} name */
  #reaches(loaderId, name) {
    const names = this.#reached.get(loaderId) ?? new Set();
    this.#reached.set(loaderId, names.add(name));
    if (this.#reached.size > LOADERS_KEPT) {
      for (const oldest of this.#reached.keys()) {
        if (oldest === this.loaderId) continue;
        this.#reached.delete(oldest);
        break;
      }
    }
  }

  /** @param {string} name */
  #has(name) {
    return this.#reached.get(this.loaderId)?.has(name) ?? false;
  }
}

/** The first events of a document come before it is committed; more than a few loaders are never under way at once. */
const LOADERS_KEPT = 4;

/** Addresses that stay in the browser. */
const WEB = /^(https?|wss?|file|ftp|about|blob|data|javascript|filesystem|view-source|chrome|chrome-extension|devtools):|^$/i;
