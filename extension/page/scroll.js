// Scrolling: which part of the page scrolls, how far it stands, and where a text is.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** How much of what is in view a step goes on. */
  const STEP = 0.85;
  /** What was scrolled last. @type {AnyElement | null} */
  let scroller = null;

  /**
   * Scrolls the part that `ref` lies in or is, or else the page: by so many pixels, by a step in a direction, or to an end.
   * `{stale}` for a ref that names nothing.
   */
  t.scroll = async ({ ref, to, direction, deltaX = 0, deltaY = 0 }) => {
    const found = ref === undefined ? null : t.find(ref);
    if (found?.stale) return found;
    const part = found ? scrollerOf(found.element ?? found.owner) : pageScroller();
    scroller = part;
    const { clientWidth, clientHeight, scrollHeight } = part;
    if (to) part.scrollTo({ top: to === 'top' ? 0 : scrollHeight, behavior: 'instant' });
    const x = direction === 'left' ? -1 : direction === 'right' ? 1 : 0;
    const y = direction === 'up' ? -1 : direction === 'down' ? 1 : 0;
    const by = { left: deltaX + x * clientWidth * STEP, top: deltaY + y * clientHeight * STEP };
    part.scrollBy({ ...by, behavior: 'instant' });
    // What loads more looks at what came into view with the next frame.
    await t.painted();
    return { ok: true };
  };

  /** Brings the ref's element into view: `{ok, label}` or `{stale}`. */
  t.scrollToRef = async ({ ref }) => {
    const found = t.find(ref);
    if (found.stale) return found;
    const element = found.element ?? found.owner;
    await show(element);
    return { ok: true, label: `${found.role ?? 'fold'}${found.name ? ` ${JSON.stringify(found.name)}` : ''} [ref=${ref}]` };
  };

  /** Brings the first place where a text stands into view, in whatever case it is written: whether there is one. */
  t.scrollToText = async ({ text }) => {
    const wanted = t.clean(text).toLowerCase();
    const holds = (/** @type {Node} */ node) =>
      node instanceof Element && t.clean(t.visibleText(node)).toLowerCase().includes(wanted);
    let best = dom.body();
    if (!best || !holds(best)) return false;
    // The innermost element that holds all of it.
    for (let inner = best; inner; inner = [...t.childrenOf(inner)].find(holds)) best = inner;
    await show(best);
    return true;
  };

  /** How far what was scrolled last stands, in CSS pixels; null if it is gone. */
  t.scrolled = () => {
    const at = scroller && dom.isConnected(scroller) ? scroller : null;
    if (!at) return null;
    const { scrollTop, scrollLeft, scrollHeight, scrollWidth, clientHeight, clientWidth } = at;
    const isPage = at === whole();
    return { top: scrollTop, left: scrollLeft, height: scrollHeight, width: scrollWidth, clientHeight, clientWidth, isPage };
  };

  /** The height of what a call is about to scroll, before it does. */
  t.scrollHeight = ({ ref }) => {
    const element = ref === undefined ? null : t.element({ ref });
    return (element ? scrollerOf(element) : pageScroller()).scrollHeight;
  };

  /** @param {AnyElement} element */
  async function show(element) {
    dom.scrollTo(element);
    scroller = scrollerOf(element);
    await t.painted();
  }

  /** The nearest part around an element, itself included, that can be scrolled. @param {AnyElement} element @returns {any} */
  function scrollerOf(element) {
    for (let at = /** @type {AnyElement | null} */ (element); at; at = t.parentOf(at)) {
      if (at !== dom.body() && at !== dom.root() && scrollable(at)) return at;
    }
    return whole();
  }

  /** What scrolls in the middle of a page that does not scroll itself. @returns {any} */
  function pageScroller() {
    const page = whole();
    if (page.scrollHeight > page.clientHeight) return page;
    const middle = t.elementAt(innerWidth / 2, innerHeight / 2);
    return middle ? scrollerOf(middle) : page;
  }

  /** @returns {any} */
  function whole() {
    return document.scrollingElement ?? dom.root();
  }

  /** @param {AnyElement} element */
  function scrollable(element) {
    const { overflowX, overflowY } = getComputedStyle(element);
    return dom.scrolls(element) && /auto|scroll|overlay/.test(`${overflowX} ${overflowY}`);
  }
})();
