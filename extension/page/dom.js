// The composed tree: what a person sees of the document, open shadow roots and slots included.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** Elements that hold nothing to see. */
  const EMPTY = new Set(
    'SCRIPT STYLE TEMPLATE NOSCRIPT HEAD META LINK TITLE BASE PARAM SOURCE TRACK COLGROUP COL DATALIST NOFRAMES'.split(
      ' ',
    ),
  );
  /** Opacity is left out on purpose: pages lay transparent controls over drawn ones, and those can be clicked. */
  const VISIBILITY = { visibilityProperty: true };

  /** The parent in the composed tree: the slot, the parent or the shadow host. */
  t.parentOf = (/** @type {any} */ node) =>
    node.assignedSlot ?? node.parentElement ?? (node.parentNode instanceof ShadowRoot ? node.parentNode.host : null);

  /** The children in the composed tree. */
  t.childrenOf = (element) => {
    if (element.localName === 'slot' && element.getRootNode() instanceof ShadowRoot) {
      const assigned = element.assignedNodes();
      if (assigned.length > 0) return assigned;
    }
    return (element.shadowRoot ?? element).childNodes;
  };

  /** Whether `node` is `ancestor` or below it in the composed tree. */
  t.isWithin = (node, ancestor) => {
    for (let at = /** @type {Node | null} */ (node); at; at = t.parentOf(at)) if (at === ancestor) return true;
    return false;
  };

  /** The nearest ancestor in the composed tree, the element included, that matches. */
  t.closest = (element, selector) => {
    for (let at = /** @type {AnyElement | null} */ (element); at; at = t.parentOf(at))
      if (at.matches?.(selector)) return at;
    return null;
  };

  /** The topmost element at a point of the viewport, through open shadow roots. */
  t.elementAt = (x, y) => {
    let hit = document.elementFromPoint(x, y);
    while (hit?.shadowRoot) {
      const inner = hit.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === hit) break;
      hit = inner;
    }
    return hit;
  };

  /** The element with the keyboard focus, through open shadow roots; `null` if that is the body. */
  t.focused = () => {
    let active = document.activeElement;
    while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
    return active === document.body || active === document.documentElement ? null : active;
  };

  /** The element of that id in the same tree as `element`. */
  t.byId = (element, id) => {
    const root = element.getRootNode();
    return root instanceof Document || root instanceof DocumentFragment ? root.getElementById(id) : null;
  };

  /** The elements that an attribute of ids names. */
  t.referenced = (element, attribute) => {
    const ids = element.getAttribute(attribute);
    if (!ids) return [];
    return ids.split(/\s+/).flatMap((id) => (id && t.byId(element, id)) || []);
  };

  /**
   * How an element is drawn: `shown`; `through` if only its children may be (no box of its own, or `visibility`
   * is off for it); `gone` if its whole subtree is not drawn.
   */
  t.drawn = (element) => {
    if (EMPTY.has(element.tagName)) return 'gone';
    if (element.checkVisibility(VISIBILITY)) return 'shown';
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.display === '') return 'gone';
    if (style.display === 'contents') return style.visibility === 'visible' ? 'shown' : 'through';
    return style.visibility === 'visible' ? 'gone' : 'through';
  };

  /** Whether the accessibility tree leaves out the whole subtree. */
  t.isExcluded = (element) => element.getAttribute('aria-hidden') === 'true' || element.inert === true;

  /** The dialog that makes the rest of the document inert, if there is one. */
  t.modal = () => {
    const open = document.querySelectorAll('dialog:modal');
    return open.length > 0 ? open[open.length - 1] : null;
  };

  /** White space as one blank each, and nothing that could hide or turn text. */
  t.clean = (text) =>
    /^[\x21-\x7e]*$/.test(text)
      ? text
      : text
          .replace(
            /[\u0000-\u0008\u000e-\u001f\u007f-\u009f\u00ad\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g,
            ' ',
          )
          .replace(/\s+/g, ' ')
          .trim();

  /** The beginning of a text, with what is missing marked. */
  t.shorten = (text, limit) => {
    if (text.length <= limit) return text;
    const end = /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit;
    return `${text.slice(0, end)}...`;
  };
})();
