// The walk: one pass over the composed tree that yields what a snapshot may show. What is below a line is walked when it
// is asked for: of a table of a thousand rows, of which some sixty are shown, the others are only counted.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
// Names, states and refs are left to the rendering, so that a large page costs them only for the lines that are shown.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

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
  const LEAVES = words('textbox searchbox spinbutton img canvas iframe video audio math');
  /** Roles without action that are of interest where the text around them is told already. */
  const TELLING = words('iframe meter progressbar');
  /** Roles that say nothing when there is nothing in them. */
  const NEEDS_CONTENT = words(
    'paragraph list listitem group figure row definition term blockquote status log region time',
  );

  /** Inside an element that reacts to the pointer: a pointer cursor says nothing more. */
  const POINTER = 1;
  /** Inside an element whose name tells the text: only what can be acted on is of interest. */
  const QUIET = 2;
  /** Roles for which a page's body has a line of its own. */
  const BODY_ROLES = words('application textbox');
  /** Reached through `aria-owns`. */
  const OWNED = 4;
  /** Inside a control: a click there is a click on that. */
  const CONTROL = 8;
  /** How many children are looked at to see whether there is anything below. */
  const FIRST_LOOKS = 4;
  /** Deeper nesting is not followed: it bounds the recursion on hostile pages. */
  const DEEPEST = 700;

  /** Whose child an element is by `aria-owns`. @type {Map<AnyElement, AnyElement>} */
  let owners = new Map();

  /** Elements whose shadow root may be closed, and all of them that were ever met. @type {AnyElement[]} */
  let strangers = [];
  const met = new WeakSet();

  /** Elements that listen to the mouse, as the debugger tells. @type {WeakSet<AnyElement>} */
  const listening = new WeakSet();

  /** Each costs a question to the debugger, once. */
  const MOST_STRANGERS = 50;

  /** Where a document's walk begins. */
  t.root = () => dom.body() ?? dom.root();

  /** Walks the composed tree below `root` (the root's own line included) and returns its node. */
  t.walk = (root) => {
    t.forgetTables();
    t.activeDescendant = (t.active && t.referenced(t.active, 'aria-activedescendant')[0]) ?? null;
    owners = ownersOf();
    /** @type {TabmuxNode} */
    const top = { role: '', element: root, dom: root, kids: [] };
    if (!root) return top;
    begin(root, t.modal(), top.kids);
    if (top.kids.length === 1 && top.kids[0].element === root) return top.kids[0];
    return top;
  };

  /** While a modal dialog is open, everything else is inert. @param {AnyElement} root @param {AnyElement | null} modal @param {TabmuxNode[]} kids */
  function begin(root, modal, kids) {
    if (!modal || t.isWithin(root, modal)) {
      // The options of a closed drop-down are not drawn.
      if (dom.tag(root) === 'OPTGROUP') addGroup(root, kids);
      else if (root === t.root() && !BODY_ROLES.has(t.roleOf(root))) descend(root, kids, 0, 0);
      else visit(root, kids, OWNED, 0);
    } else if (t.isWithin(modal, root)) visit(modal, kids, OWNED, 0);
  }

  /** The owners by `aria-owns`: the first of several, and none that would hold itself. */
  function ownersOf() {
    const found = new Map();
    for (const owner of dom.all('[aria-owns]')) {
      for (const child of t.referenced(owner, 'aria-owns')) {
        if (found.has(child)) continue;
        let at = /** @type {AnyElement | null} */ (owner);
        while (at && at !== child) at = found.get(at) ?? t.parentOf(at);
        if (!at) found.set(child, owner);
      }
    }
    return found;
  }

  /** The elements of the page's own kinds that the walks came across since it was last asked for. */
  t.strangers = () => {
    const found = strangers;
    strangers = [];
    return found;
  };
  /** Elements that are known to listen to the mouse by listeners of scripts. */
  t.listen = (elements) => {
    for (const element of elements) listening.add(element);
  };

  t.hasStrangers = () => strangers.length > 0;

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
    if (!dom.hasAny(element)) return false;
    return dom.has(element, 'onclick') || (dom.has(element, 'tabindex') && dom.tabIndex(element) >= 0);
  }

  /** @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function descend(element, kids, flags, depth) {
    if (depth > DEEPEST) return;
    if (dom.tag(element) === 'DETAILS' && !element.open) {
      const summary = [...element.children].find((child) => child.tagName === 'SUMMARY');
      if (summary) visit(summary, kids, flags, depth + 1);
      return;
    }
    if (dom.local(element) === 'slot') for (const child of t.childrenOf(element)) take(child, kids, flags, depth);
    else {
      // Siblings one by one: a live list of them costs twice the time of the whole walk.
      let child = dom.first(dom.shadow(element) ?? element);
      for (; child; child = dom.next(child)) take(child, kids, flags, depth);
    }
    if (owners.size > 0 && dom.has(element, 'aria-owns')) {
      for (const child of new Set(t.referenced(element, 'aria-owns')))
        if (owners.get(child) === element) visit(child, kids, flags | OWNED, depth + 1);
    }
  }

  /** @param {any} child @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function take(child, kids, flags, depth) {
    const type = dom.type(child);
    if (type === 1) visit(child, kids, flags, depth + 1);
    else if (type === 3 && !(flags & QUIET)) addText(kids, child);
  }

  /** @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} given @param {number} depth */
  function visit(element, kids, given, depth) {
    const flags = given & ~OWNED;
    if (owners.size > 0 && !(given & OWNED) && owners.has(element)) return;
    // What has the focus is told, as Chromium does, even where a page hides it by mistake.
    if (t.isExcluded(element) && !(t.active && t.isWithin(t.active, element))) return;
    const drawn = t.drawn(element);
    if (drawn === 'gone') return;
    if (drawn === 'through') {
      for (const child of t.childrenOf(element)) if (dom.type(child) === 1) visit(child, kids, flags, depth + 1);
      return;
    }
    const role = t.roleOf(element);
    if (role === '' && dom.local(element).includes('-')) meet(element);
    if (role === '' || role === 'rowgroup' || role === 'caption') flat(element, kids, flags, depth);
    else line(element, role, kids, flags, depth);
  }

  /** @param {AnyElement} element */
  function meet(element) {
    if (met.has(element) || strangers.length >= MOST_STRANGERS || dom.shadow(element)) return;
    if (!dom.matches(element, ':defined')) return;
    met.add(element);
    strangers.push(element);
  }

  /** An element without a role of its own: its content stands in its place, unless it can be clicked. @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function flat(element, kids, flags, depth) {
    const tag = dom.tag(element);
    if (tag === 'BR') return void seal(kids);
    if (tag === 'svg' && flags & QUIET) return;
    const style = getComputedStyle(element);
    const block = style.display !== 'inline' && style.display !== 'contents';
    if (block && style.contentVisibility === 'hidden') return;
    const label = tag === 'LABEL' ? labelKind(element) : '';
    const pointing = !(flags & POINTER) && style.cursor === 'pointer';
    if (label !== 'of-shown' && (pointing || label === 'of-hidden' || hasHandler(element)) && element !== t.root()) {
      /** @type {TabmuxNode[]} */
      const below = [];
      descend(element, below, flags | (style.cursor === 'pointer' ? POINTER : 0), depth);
      const node = generic(element, below);
      if (node.bare || !isTold(flags)) kids.push(node);
      return;
    }
    const quiet = label === 'of-shown' || isNamingPart(element, tag) ? QUIET : 0;
    if (block) seal(kids);
    const below = flags | quiet | (pointing ? POINTER : 0);
    if (listens(element, flags)) listeningPart(element, kids, below, depth);
    else descend(element, kids, below, depth);
    if (block) seal(kids);
  }

  /** Whether a control's name tells all that there is to click. @param {number} flags */
  function isTold(flags) {
    return (flags & QUIET) !== 0 && (flags & CONTROL) !== 0;
  }

  /** Whether scripts listen to the mouse on an element where that is of interest. @param {AnyElement} element @param {number} flags */
  function listens(element, flags) {
    return listening.has(element) && !isTold(flags) && element !== t.root();
  }

  /** An element without a role on which a script listens: it can be clicked, unless it only hears of what lies within. @param {AnyElement} element @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function listeningPart(element, kids, flags, depth) {
    /** @type {TabmuxNode[]} */
    const below = [];
    descend(element, below, flags, depth);
    if (isInnermost(below) && hasSize(element)) {
      // What is said in several lines would lose them in a name.
      const bare = below.length > 1;
      kids.push(bare ? { ...generic(element, []), kids: below, bare } : generic(element, below));
      return;
    }
    const last = kids[kids.length - 1];
    const first = below[0];
    if (last?.role === 'text' && !last.sealed && first?.role === 'text') {
      last.text = `${last.text ?? ''}${first.text ?? ''}`;
      last.sealed = first.sealed;
      below.shift();
    }
    for (const kid of below) kids.push(kid);
  }

  /** The line of an element without a role that can be clicked. @param {AnyElement} element @param {TabmuxNode[]} kids @returns {TabmuxNode} */
  function generic(element, kids) {
    const bare = kids.some((kid) => kid.role !== 'text');
    return { role: 'generic', element, dom: element, kids: bare ? kids : [], clickable: true, bare };
  }

  /** Whether nothing of it can be acted on by itself. @param {TabmuxNode[]} nodes @returns {boolean} */
  function isInnermost(nodes) {
    return nodes.every((node) => !node.clickable && !t.INTERACTIVE.has(node.role) && isInnermost(node.kids));
  }

  /** @param {AnyElement} element */
  function hasSize(element) {
    const { width, height } = dom.box(element);
    return width > 0 && height > 0;
  }

  /** An element with a role: a line of its own. @param {AnyElement} element @param {string} role @param {TabmuxNode[]} kids @param {number} flags @param {number} depth */
  function line(element, role, kids, flags, depth) {
    const interactive = t.INTERACTIVE.has(role);
    if (flags & QUIET && !interactive && !TELLING.has(role)) return descend(element, kids, flags, depth);
    const node = new Branch(role, element);
    const inherited = flags & POINTER;
    if (interactive) flags |= POINTER | CONTROL;
    else {
      const points = !inherited && getComputedStyle(element).cursor === 'pointer';
      if (points || hasHandler(element)) node.clickable = true;
      if (points) flags |= POINTER;
    }
    if (dom.tag(element) === 'SELECT') addOptions(element, node.kids);
    else if (!LEAVES.has(role)) {
      const below = flags | quietBelow(element, role);
      if (CELLS.has(role)) {
        descend(element, node.kids, below, depth);
        if (node.kids.some((kid) => kid.role !== 'text')) node.bare = true;
        else node.kids = [];
      } else node.postpone(below, depth);
    }
    if (role === 'row') node.bare = true;
    // An item of a list that is drawn as one thing to click, or of which its script hears.
    const told = listens(element, flags) || (inherited && role === 'listitem' && getComputedStyle(element).cursor === 'pointer');
    if (told && !interactive && (role === 'row' || isInnermost(node.kids))) node.clickable = true;
    const says = node.clickable || !NEEDS_CONTENT.has(role) || dom.has(element, 'aria-label');
    if (says || surelyHolds(element, node.flags) || node.kids.length > 0) kids.push(node);
  }

  /** Whether there is certainly something to tell below an element, by a look at its first children. @param {AnyElement} element @param {number} flags @returns {boolean} */
  function surelyHolds(element, flags) {
    if (flags & QUIET || owners.size > 0 || dom.shadow(element) || /^(SLOT|DETAILS)$/.test(dom.tag(element))) return false;
    let child = /** @type {any} */ (dom.first(element));
    for (let looks = 0; child && looks < FIRST_LOOKS; looks++, child = dom.next(child)) {
      if (dom.type(child) === 3 && /\S/.test(child.data)) return true;
      if (dom.type(child) !== 1 || t.isExcluded(child) || t.drawn(child) !== 'shown') continue;
      const role = t.roleOf(child);
      if (CELLS.has(role) || t.INTERACTIVE.has(role)) return true;
      if (NEEDS_CONTENT.has(role) && surelyHolds(child, flags)) return true;
    }
    return false;
  }

  /** A line, and what is below it, which is walked when it is asked for. */
  class Branch {
    /** @type {TabmuxNode[] | null} */
    #kids = [];
    flags = 0;
    #depth = 0;
    /** @type {boolean | undefined} */
    clickable;
    /** @type {boolean | undefined} */
    bare;

    /** @param {string} role @param {AnyElement} element */
    constructor(role, element) {
      this.role = role;
      this.element = element;
      this.dom = element;
    }

    /** Leaves it to whoever asks. @param {number} flags @param {number} depth */
    postpone(flags, depth) {
      this.#kids = null;
      this.flags = flags;
      this.#depth = depth;
    }

    get kids() {
      if (this.#kids) return this.#kids;
      this.#kids = [];
      descend(this.element, this.#kids, this.flags, this.#depth);
      return this.#kids;
    }

    set kids(kids) {
      this.#kids = kids;
    }
  }

  /** @param {AnyElement} list A drop-down, a list box, or a group of options. @param {TabmuxNode[]} kids */
  function addOptions(list, kids) {
    for (const child of list.children) {
      if (dom.has(child, 'hidden')) continue;
      if (child.tagName === 'OPTION') kids.push({ role: 'option', element: child, dom: child, kids: [] });
      else if (child.tagName === 'OPTGROUP') addGroup(child, kids);
      else addOptions(child, kids);
    }
  }

  /** @param {AnyElement} group @param {TabmuxNode[]} kids */
  function addGroup(group, kids) {
    /** @type {TabmuxNode} */
    const node = { role: 'group', element: group, dom: group, kids: [] };
    addOptions(group, node.kids);
    kids.push(node);
  }

  /** @param {AnyElement} element @param {string} role */
  function quietBelow(element, role) {
    if (ATOMIC.has(role)) return QUIET;
    const named = dom.has(element, 'aria-label') || dom.has(element, 'aria-labelledby');
    return TOLD_BY_NAME.has(role) && !named ? QUIET : 0;
  }

  /** Whether the parent's name is made of this element. @param {AnyElement} element @param {string} tag */
  function isNamingPart(element, tag) {
    if (tag !== 'LEGEND' && tag !== 'CAPTION' && tag !== 'FIGCAPTION') return false;
    const parent = dom.parent(element);
    return parent !== null && !dom.has(parent, 'aria-label') && !dom.has(parent, 'aria-labelledby');
  }

  /** What a label's control is: its text is the control's name, or the label is all there is to click. @param {AnyElement} element */
  function labelKind(element) {
    if (!element.control) return '';
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
