// The composed tree: what a person sees of the document, shadow roots and slots included.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** Elements that hold nothing to see. */
  const EMPTY = new Set(
    'SCRIPT STYLE TEMPLATE NOSCRIPT HEAD META LINK TITLE BASE PARAM SOURCE TRACK COLGROUP COL DATALIST NOFRAMES'.split(
      ' ',
    ),
  );
  /** Opacity is left out on purpose: pages lay transparent controls over drawn ones, and those can be clicked. */
  const VISIBILITY = { visibilityProperty: true };
  const documentById = Document.prototype.getElementById;
  const fragmentById = DocumentFragment.prototype.getElementById;

  /** The parent in the composed tree: the slot, the parent or the shadow host. */
  t.parentOf = (node) => {
    const parent = dom.slot(node) ?? dom.parent(node);
    if (parent) return parent;
    const root = dom.parentNode(node);
    return root instanceof ShadowRoot ? /** @type {any} */ (root.host) : null;
  };

  /** The children in the composed tree. */
  t.childrenOf = (element) => {
    if (dom.local(element) === 'slot' && dom.rootOf(element) instanceof ShadowRoot) {
      const assigned = element.assignedNodes();
      if (assigned.length > 0) return assigned;
    }
    return dom.nodes(dom.shadow(element) ?? element);
  };

  /** Whether `node` is `ancestor` or below it in the composed tree. */
  t.isWithin = (node, ancestor) => {
    for (let at = /** @type {Node | null} */ (node); at; at = t.parentOf(at)) if (at === ancestor) return true;
    return false;
  };

  /** The nearest ancestor in the composed tree, the element included, that matches. */
  t.closest = (element, selector) => {
    for (let at = /** @type {AnyElement | null} */ (element); at; at = t.parentOf(at))
      if (dom.matches(at, selector)) return at;
    return null;
  };

  /** The topmost element at a point of the viewport, through shadow roots. */
  t.elementAt = (x, y) => {
    let hit = dom.at(x, y);
    for (;;) {
      const inner = hit && dom.shadow(hit)?.elementFromPoint(x, y);
      if (!inner || inner === hit) return hit;
      hit = inner;
    }
  };

  /** The element with the keyboard focus, through shadow roots; `null` if that is the body. */
  t.focused = () => {
    let active = dom.active();
    for (;;) {
      const inner = active && dom.shadow(active)?.activeElement;
      if (!inner) break;
      active = inner;
    }
    return active === dom.body() || active === dom.root() ? null : active;
  };

  /** The element of that id in the same tree as `element`. */
  t.byId = (element, id) => {
    const root = dom.rootOf(element);
    if (root instanceof Document) return documentById.call(root, id);
    return root instanceof DocumentFragment ? fragmentById.call(root, id) : null;
  };

  /** The elements that an attribute of ids names. */
  t.referenced = (element, attribute) => {
    const ids = dom.attr(element, attribute);
    if (!ids) return [];
    return ids.split(/\s+/).flatMap((id) => (id && t.byId(element, id)) || []);
  };

  /**
   * How an element is drawn: `shown`; `through` if only its children may be (no box of its own, or `visibility`
   * is off for it); `gone` if its whole subtree is not drawn.
   */
  t.drawn = (element) => {
    if (EMPTY.has(dom.tag(element))) return 'gone';
    if (dom.isVisible(element, VISIBILITY)) return 'shown';
    const style = getComputedStyle(element);
    if (style.display === 'none' || style.display === '') return 'gone';
    if (style.display === 'contents') return style.visibility === 'visible' ? 'shown' : 'through';
    return style.visibility === 'visible' ? 'gone' : 'through';
  };

  /** Whether the accessibility tree leaves out the whole subtree. */
  t.isExcluded = (element) =>
    dom.hasAny(element) && (dom.attr(element, 'aria-hidden') === 'true' || dom.has(element, 'inert'));

  /** The open dialog that makes the rest of the document inert, if there is one: the topmost of several. */
  t.modal = () => {
    const open = dom.all('dialog:modal');
    if (open.length === 0) return modalWithin();
    if (open.length < 2) return open[0];
    // The backdrop of the topmost lies over all others, so that a point of the others is not theirs.
    for (const dialog of open) {
      const { left, top, width, height } = dom.box(dialog);
      const hit = t.elementAt(left + width / 2, top + height / 2);
      if (hit && t.isWithin(hit, dialog) && ![...open].some((other) => other !== dialog && t.isWithin(hit, other)))
        return dialog;
    }
    return open[open.length - 1];
  };

  /**
   * The modal dialog of a shadow tree, which the document cannot be asked for: it is met where the focus is, which it was
   * given, and at every point that is not its own, by its backdrop.
   */
  function modalWithin() {
    for (const element of [t.focused(), t.elementAt(0, 0)]) {
      const dialog = element && t.closest(element, 'dialog:modal');
      if (dialog) return dialog;
    }
    return null;
  }

  /** White space as one blank each, and nothing that could hide or turn text. */
  t.clean = (text) =>
    /^[\x21-\x7e]*$/.test(text)
      ? text
      : text.replace(UNSEEN, '').replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ').replace(/\s+/g, ' ').trim();

  /**
   * Signs without width, signs that turn the direction of text, and tags, in which text can be written that nobody sees;
   * joiners stay, without which some scripts are misspelt, and so do the tags of a flag.
   */
  const UNSEEN =
    /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]|(?<!\u{1f3f4}[\u{e0020}-\u{e007e}]*)[\u{e0000}-\u{e007f}]/gu;

  /** The beginning of a text, with what is missing marked. */
  t.shorten = (text, limit) => {
    if (text.length <= limit) return text;
    const end = /[\ud800-\udbff]/.test(text[limit - 1]) ? limit - 1 : limit;
    return `${text.slice(0, end)}...`;
  };
})();
