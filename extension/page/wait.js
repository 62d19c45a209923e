// Waiting for what can be seen on the page, by what changes there.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** Styles can change what is visible without a mutation: a look at least so often, in milliseconds. */
  const LOOK_MS = 250;
  /** A look takes at most one part in this many of the page's time. */
  const SHARE = 5;
  /** Lines of a page that are compared with a text that did not come, and how much of each. */
  const MOST_LINES = 5_000;
  const LONGEST_LINE = 500;
  /** A line with less than this part of a text's pairs of letters is not like it. */
  const ALIKE = 0.5;
  /** What is told of the line that comes closest. */
  const SHOWN = 160;
  /** Every kind of change. */
  const ANY = { subtree: true, childList: true, characterData: true, attributes: true };

  let stop = () => {};

  /** Whether it can be read as a CSS selector. */
  t.isSelector = ({ selector }) => {
    try {
      document.createDocumentFragment().querySelector(selector);
      return true;
    } catch {
      return false;
    }
  };

  /** Waits for at most `ms` until it is visible in this frame, or is not (`gone`): whether it came to that. */
  t.waitFor = ({ what, gone, ms }) => {
    stop();
    return new Promise((resolve) => {
      const end = (/** @type {boolean} */ came) => {
        observer.disconnect();
        clearTimeout(timer);
        clearTimeout(limit);
        resolve(came);
      };
      let timer = 0;
      let restUntil = 0;
      const look = () => {
        clearTimeout(timer);
        const began = performance.now();
        if (isShown(what) !== gone) return end(true);
        const ended = performance.now();
        restUntil = ended + (ended - began) * SHARE;
        timer = setTimeout(look, LOOK_MS + (ended - began) * SHARE);
      };
      const observer = new MutationObserver(() => {
        const rest = restUntil - performance.now();
        clearTimeout(timer);
        if (rest <= 0) look();
        else timer = setTimeout(look, rest);
      });
      const limit = setTimeout(end, ms, false);
      stop = () => end(false);
      observer.observe(document, ANY);
      look();
    });
  };

  /**
   * What this frame has of something that did not come: `text`, the line that comes closest; `matches`, how many elements
   * a selector finds, visible or not; `isThere`, whether a ref's element is in the document.
   */
  t.instead = ({ what: { text, selector, ref } }) => {
    if (text) return { text: closest(text) };
    if (selector) return { matches: [...matching(selector)].length };
    return { isThere: t.lookup(ref ?? '') !== null };
  };

  /** Rests for so long; then resolves with the next change of the document, and after `ms` without one. */
  t.stirred = ({ rest, ms }) => {
    stop();
    return new Promise((resolve) => {
      const end = () => {
        observer.disconnect();
        clearTimeout(begin);
        clearTimeout(limit);
        resolve();
      };
      const observer = new MutationObserver(end);
      const begin = setTimeout(() => observer.observe(document, ANY), rest);
      const limit = setTimeout(end, rest + ms);
      stop = end;
    });
  };

  /** Ends the wait that is running. */
  t.stopWaiting = () => {
    stop();
    stop = () => {};
  };

  /** @param {TabmuxSight} what */
  function isShown({ text, selector, ref }) {
    if (text) return t.visibleText(t.root()).includes(t.clean(text));
    if (ref) {
      const element = t.lookup(ref);
      return element !== null && t.isSeen(element);
    }
    for (const element of matching(selector ?? '')) if (t.isSeen(element)) return true;
    return false;
  }

  /** The elements that a selector finds, in shadow roots too. @param {string} selector @returns {Generator<AnyElement>} */
  function* matching(selector) {
    /** @type {(Document | ShadowRoot)[]} */
    const roots = [document];
    for (const root of roots) {
      const find = (/** @type {string} */ wanted) => (root === document ? dom.all(wanted) : root.querySelectorAll(wanted));
      yield* find(selector);
      for (const element of find('*')) {
        const shadow = dom.shadow(element);
        if (shadow) roots.push(shadow);
      }
    }
  }

  /** The line of the page that has most of a text's pairs of letters; `''` if none is like it. @param {string} text */
  function closest(text) {
    const pairs = pairsOf(text);
    let best = '';
    let most = Math.max(1, pairs.size * ALIKE);
    for (const line of dom.innerText(t.root()).split('\n', MOST_LINES)) {
      const has = pairsOf(line.slice(0, LONGEST_LINE));
      const common = [...pairs].filter((pair) => has.has(pair)).length;
      // Of two lines that have as much of it the shorter one is the more alike.
      if (common > most || (common === most && (best === '' || line.length < best.length))) [best, most] = [line, common];
    }
    return t.shorten(t.clean(best), SHOWN);
  }

  /** @param {string} text @returns {Set<string>} */
  function pairsOf(text) {
    const letters = t.clean(text).toLowerCase();
    const pairs = new Set();
    for (let at = 0; at + 1 < letters.length; at++) pairs.add(letters.slice(at, at + 2));
    return pairs;
  }
})();
