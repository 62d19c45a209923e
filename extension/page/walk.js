// The walk: one pass over the composed tree that yields what a snapshot may show.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
// Names, states and refs are left to the rendering, so that a large page costs them only for the lines that are shown.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Roles whose children are drawing only. */
  const ATOMIC = words(
    'button checkbox radio switch slider progressbar meter scrollbar separator menuitemcheckbox menuitemradio option',
  );
  /** Roles whose text is their name. */
  const TOLD_BY_NAME = words('link heading menuitem tab tooltip treeitem');
  const CELLS = words('cell gridcell columnheader rowheader');
  /** Roles below which nothing is read. */
  const LEAVES = words('textbox searchbox spinbutton img iframe video audio math');
  /** Roles that say nothing when there is nothing in them. */
  const NEEDS_CONTENT = words(
    'paragraph list listitem group figure row definition term blockquote status log region time',
  );

  /** Inside an element that reacts to the pointer: a pointer cursor says nothing more. */
  const POINTER = 1;
  /** Inside an element whose name tells the text: only what can be acted on is of interest. */
  const QUIET = 2;
  /** Reached through `aria-owns`. */
  const OWNED = 4;
  /** Deeper nesting is not followed: it bounds the recursion on hostile pages. */
  const DEEPEST = 700;

  let owned = new Set();
  /** @type {AnyElement | null} */
  let modal = null;

  /** Where a document's walk begins. */
  t.root = () => document.body ?? document.documentElement;

  /** Walks the composed tree below `root` (the root's own line included) and returns its node. */
  t.walk = (root) => {
    modal = t.modal();
    owned = new Set();
    for (const owner of document.querySelectorAll('[aria-owns]'))
      for (const child of t.referenced(owner, 'aria-owns')) owned.add(child);
    /** @type {TabmuxNode} */
    const top = { role: '', element: root, dom: root, kids: [] };
    if (!root) return top;
    if (root === t.root()) descend(root, top.kids, 0, 0);
    else visit(root, top.kids, OWNED, 0);
    if (top.kids.length === 1 && top.kids[0].element === root) return top.kids[0];
    return top;
  };

  /** Every node of a walk, in reading order. */
  t.nodesOf = nodesOf;

  /** @param {TabmuxNode} node @returns {Generator<TabmuxNode>} */
  function* nodesOf(node) {
    yield node;
    for (const kid of node.kids) yield* nodesOf(kid);
  }

  /**
   * Whether a page made an element clickable that is no control: by a handler in its markup, by letting it have the
   * focus, or by a pointer cursor that it does not inherit.
   */
  t.isClickable = (element) => {
    if (hasHandler(element)) return true;
    if (getComputedStyle(element).cursor !== 'pointer') return false;
    const parent = t.parentOf(element);
    return !parent || getComputedStyle(parent).cursor !== 'pointer';
  };

  /** @param {AnyElement} element */
  function hasHandler(element) {
    return element.hasAttribute('onclick') || (element.hasAttribute('tabindex') && element.tabIndex >= 0);
  }

  /** @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function descend(element, kids, flags, depth) {
    if (depth > DEEPEST) return;
    if (element.tagName === 'DETAILS' && !element.open) {
      const summary = [...element.children].find((child) => child.tagName === 'SUMMARY');
      if (summary) visit(summary, kids, flags, depth + 1);
      return;
    }
    if (element.localName === 'slot') for (const child of t.childrenOf(element)) take(child, kids, flags, depth);
    else {
      // Siblings one by one: a live list of them costs twice the time of the whole walk.
      let child = (element.shadowRoot ?? element).firstChild;
      for (; child; child = child.nextSibling) take(child, kids, flags, depth);
    }
    if (owned.size > 0 && element.hasAttribute('aria-owns')) {
      for (const child of t.referenced(element, 'aria-owns')) visit(child, kids, flags | OWNED, depth + 1);
    }
  }

  /** @param {any} child @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function take(child, kids, flags, depth) {
    if (child.nodeType === 1) visit(child, kids, flags, depth + 1);
    else if (child.nodeType === 3 && !(flags & QUIET)) addText(kids, child);
  }

  /** @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} given @param {number} depth */
  function visit(element, kids, given, depth) {
    const flags = given & ~OWNED;
    if (owned.size > 0 && !(given & OWNED) && owned.has(element)) return;
    if (t.isExcluded(element)) return;
    const drawn = t.drawn(element);
    if (drawn === 'gone') return;
    if (modal && !modal.contains(element) && !element.contains(modal)) return;
    if (drawn === 'through') {
      for (const child of t.childrenOf(element)) if (child.nodeType === 1) visit(child, kids, flags, depth + 1);
      return;
    }
    const role = t.roleOf(element);
    if (role === '' || role === 'rowgroup' || role === 'caption') flat(element, kids, flags, depth);
    else line(element, role, kids, flags, depth);
  }

  /** An element without a role of its own: its content stands in its place, unless it can be clicked. @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function flat(element, kids, flags, depth) {
    if (element.tagName === 'BR') return void seal(kids);
    if (element.tagName === 'svg' && flags & QUIET) return;
    const style = getComputedStyle(element);
    if (style.contentVisibility === 'hidden') return;
    const label = labelKind(element);
    const pointing = !(flags & POINTER) && style.cursor === 'pointer';
    if (label !== 'of-shown' && (pointing || label === 'of-hidden' || hasHandler(element)) && element !== t.root()) {
      /** @type {TabmuxNode} */
      const node = { role: 'generic', element, dom: element, kids: [], clickable: true };
      descend(element, node.kids, flags | POINTER, depth);
      if (node.kids.some((kid) => kid.role !== 'text')) node.bare = true;
      else node.kids = [];
      if (node.bare || !(flags & QUIET)) kids.push(node);
      return;
    }
    const quiet = label === 'of-shown' || isNamingPart(element) ? QUIET : 0;
    const block = style.display !== 'inline' && style.display !== 'contents';
    if (block) seal(kids);
    descend(element, kids, flags | quiet | (pointing ? POINTER : 0), depth);
    if (block) seal(kids);
  }

  /** An element with a role: a line of its own. @param {AnyElement} element @param {string} role @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function line(element, role, kids, flags, depth) {
    const interactive = t.INTERACTIVE.has(role);
    if (flags & QUIET && !interactive && role !== 'iframe') return descend(element, kids, flags, depth);
    /** @type {TabmuxNode} */
    const node = { role, element, dom: element, kids: [] };
    if (interactive) flags |= POINTER;
    else if (hasHandler(element) || (!(flags & POINTER) && getComputedStyle(element).cursor === 'pointer')) {
      node.clickable = true;
      flags |= POINTER;
    }
    if (element.tagName === 'SELECT') {
      for (const option of element.options) node.kids.push({ role: 'option', element: option, dom: option, kids: [] });
    } else if (!LEAVES.has(role)) {
      descend(element, node.kids, flags | quietBelow(element, role), depth);
      if (CELLS.has(role)) {
        if (node.kids.some((kid) => kid.role !== 'text')) node.bare = true;
        else node.kids = [];
      }
    }
    if (role === 'row') node.bare = true;
    if (node.kids.length === 0 && NEEDS_CONTENT.has(role) && !node.clickable && !element.hasAttribute('aria-label'))
      return;
    kids.push(node);
  }

  /** @param {AnyElement} element @param {string} role */
  function quietBelow(element, role) {
    if (ATOMIC.has(role)) return QUIET;
    const named = element.hasAttribute('aria-label') || element.hasAttribute('aria-labelledby');
    return TOLD_BY_NAME.has(role) && !named ? QUIET : 0;
  }

  /** Whether the parent's name is made of this element. @param {AnyElement} element */
  function isNamingPart(element) {
    if (!/^(LEGEND|CAPTION|FIGCAPTION)$/.test(element.tagName)) return false;
    const parent = element.parentElement;
    return parent !== null && !parent.hasAttribute('aria-label') && !parent.hasAttribute('aria-labelledby');
  }

  /** What a label's control is: its text is the control's name, or the label is all there is to click. @param {AnyElement} element */
  function labelKind(element) {
    if (element.tagName !== 'LABEL' || !element.control) return '';
    const control = element.control;
    if (t.drawn(control) !== 'shown') return 'of-hidden';
    return control.hasAttribute('aria-label') || control.hasAttribute('aria-labelledby') ? 'unused' : 'of-shown';
  }

  /** @param {TabmuxNode[]} kids @param {Text} dom */
  function addText(kids, dom) {
    const last = kids[kids.length - 1];
    if (last?.role === 'text' && !last.sealed) last.text += dom.data;
    else if (/\S/.test(dom.data)) kids.push({ role: 'text', dom, text: dom.data, sealed: false, kids: [] });
  }

  /** @param {TabmuxNode[]} kids */
  function seal(kids) {
    const last = kids[kids.length - 1];
    if (last?.role === 'text') last.sealed = true;
  }
})();
