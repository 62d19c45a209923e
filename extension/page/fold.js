// Folding: the lines of a snapshot. What is alike, deep or far becomes one line that says how to open it.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** How many roles the note of a fold names. */
  const MOST_ROLES = 4;
  /** Text beyond this many characters is shown by its beginning, on pages that do not fit. */
  const LONG_TEXT = 500;
  /** Pages with more frames than this show advertisements. */
  const MOST_FRAMES = 50;

  /** The limit of text for the snapshot being made. */
  let longText = LONG_TEXT;
  /** What was asked for by its ref: its own text cannot be opened any further. */
  /** @type {Node | null} */
  let opened = null;
  /** What was asked for beside the part of the page. */
  /** @type {TabmuxChoice} */
  let asked = {};

  /**
   * The snapshot of the page, of a ref's element, or of what a fold holds: `{lines, frames, url, title}`, or `{stale}`.
   * `frames` tells where the content of a frame belongs: the line's index and depth, and the ref of its element.
   */
  t.snapshot = ({ ref = '', budget, level, viewport, depth }) => {
    asked = { level, viewport, depth };
    t.watchMotion();
    t.active = t.focused();
    longText = ref || level === 'full' ? Math.floor(budget * 0.6) : LONG_TEXT;
    opened = null;
    const page = { url: location.href, title: t.clean(t.dom.title()) };
    if (!ref) return { ...page, ...render(t.choose(t.walk(t.root()), asked), budget) };
    const found = t.find(ref);
    if (found.stale) return found;
    opened = found.owner ? found.first : found.element;
    if (found.owner) {
      const rest = openFold(found, budget);
      return rest ? { ...page, ...rest } : { stale: { why: 'unfolded' } };
    }
    const node = t.walk(found.element);
    const top = node.role === '' ? node : { role: '', element: null, kids: [node] };
    return { ...page, ...render(t.choose(top, asked), budget) };
  };

  /** @param {{owner: AnyElement, first: ChildNode, end: ChildNode | null, level?: string}} found @param {number} budget */
  function openFold({ owner, first, end, level }, budget) {
    // What a fold holds was chosen when it was folded.
    asked = { level, depth: asked.depth && asked.depth + 1 };
    const node = t.choose(t.walk(owner), asked);
    const at = node.kids.findIndex((kid) => kid.dom === first);
    if (at < 0) return null;
    const to = end ? node.kids.findIndex((kid, index) => index > at && kid.dom === end) : -1;
    const kids = node.kids.slice(at, to < 0 ? undefined : to);
    return render({ ...node, role: '', line: undefined, runs: undefined, kids, end }, budget);
  }

  /** @param {TabmuxNode} top @param {number} budget */
  function render(top, budget) {
    return finish(t.fill(top, budget, { full: asked.level === 'full', longText }));
  }

  /** Writes the entries: the only place where refs are given. @param {TabmuxEntry[]} entries */
  function finish(entries) {
    const lines = [];
    const frames = [];
    for (const entry of entries) {
      const indent = '  '.repeat(entry.depth);
      if (entry.fold) {
        lines.push(`${indent}- ${foldNote(entry.fold)}`);
        continue;
      }
      const { node, depth, long } = entry;
      const hidden = entry.hidden || node.cut;
      const line = t.lineOf(node);
      if (line.skip) continue;
      lines.push(
        indent +
          t.finish(
            node,
            long ? longNote(node, long) : hidden ? ` (folded, ${hidden} nodes: browser_snapshot ref=${t.REF})` : '',
            asked.level === 'full',
          ),
      );
      for (const property of line.properties) lines.push(`${indent}  ${property}`);
      if (node.role === 'iframe' && isSeen(node.element))
        frames.push({ ref: t.refOf(node.element), index: lines.length - 1, depth: depth + 1 });
    }
    return { lines, frames };
  }

  /** The refs of the frames that a person can see, of the first ones only. */
  t.frameRefs = () => {
    const refs = [];
    for (const { role, element } of t.nodesOf(t.walk(t.root()))) {
      if (role === 'iframe' && isSeen(element)) refs.push(t.show(element, role, t.describe(element).name));
      if (refs.length === MOST_FRAMES) break;
    }
    return refs;
  };

  /** Frames of a pixel or two count visits; they show nothing. @param {AnyElement} frame */
  function isSeen(frame) {
    return frame.offsetWidth > 2 && frame.offsetHeight > 2;
  }

  /** @param {TabmuxFold} fold */
  function foldNote({ folded, owner, alike }) {
    const all = owner.within ?? owner;
    const end = all.kids[all.kids.indexOf(folded[folded.length - 1]) + 1]?.dom ?? all.end ?? null;
    const ref = t.fold(all.element, folded[0].dom, { end, level: asked.level });
    const roles = [...new Set(folded.slice(0, 40).map((kid) => kid.role))].slice(0, MOST_ROLES).join(', ');
    return alike
      ? `(${folded.length} more ${roles} like these) [ref=${ref}]`
      : `(${folded.length} more: ${roles}) [ref=${ref}]`;
  }

  /** @param {TabmuxNode} node @param {TabmuxLong} long */
  function longNote(node, { start, more }) {
    const isText = node.role === 'text';
    const colon = isText ? '' : ': ';
    if (node.dom === opened) return `${colon}${start} (${more} more characters: read them with browser_evaluate)`;
    const ref = isText ? t.fold(/** @type {AnyElement} */ (t.parentOf(node.dom)), node.dom, {}) : t.REF;
    return `${colon}${start} (${more} more characters: browser_snapshot ref=${ref})`;
  }
})();
