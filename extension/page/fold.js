// Folding: a snapshot fits its budget because what is alike, deep or far becomes one line that says how to open it.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** How many of a run of similar lines are shown, tried one after the other until the page fits. */
  const CAPS = [Infinity, 60, 30, 15, 8, 4];
  /** The same for a snapshot with everything in it. */
  const FULL_CAPS = [Infinity, 1_000, 500, 250, 120, ...CAPS.slice(1)];
  /** The options of a drop-down beyond this many are folded on every page. */
  const OPTIONS = 12;
  /** Fewer similar lines than this are no run. */
  const SHORTEST_RUN = 6;
  /** The longest pattern that repeats in a run, such as link, text, link, text. */
  const LONGEST_PERIOD = 4;
  /** Text beyond this many characters is shown by its beginning, on pages that do not fit. */
  const LONG_TEXT = 500;
  /** What the note of a fold costs, about. */
  const NOTE = 60;
  /** A region no larger than this is shown: folding it would save nothing. */
  const SMALL = 150;
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

  /** @param {{owner: AnyElement, first: ChildNode, toEnd: boolean, level?: string}} found @param {number} budget */
  function openFold({ owner, first, toEnd, level }, budget) {
    // What a fold holds was chosen when it was folded.
    asked = { level, depth: asked.depth && asked.depth + 1 };
    const node = t.choose(t.walk(owner), asked);
    const at = node.kids.findIndex((kid) => kid.dom === first);
    if (at < 0) return null;
    const run = toEnd ? null : runsOf(node).find(({ start, end }) => start <= at && at < end);
    return render({ ...node, role: '', line: undefined, runs: undefined, kids: node.kids.slice(at, run?.end) }, budget);
  }

  /** @param {TabmuxNode} top @param {number} budget */
  function render(top, budget) {
    for (const cap of asked.level === 'full' ? FULL_CAPS : CAPS) {
      /** @type {TabmuxEntry[]} */
      const entries = [];
      if (emit(top, 0, entries, { left: budget, cap })) return finish(entries);
    }
    return finish(outline(top, budget));
  }

  /** Adds the entries below a node; `false` as soon as they do not fit. @param {TabmuxNode} node @param {number} depth @param {TabmuxEntry[]} entries @param {{left: number, cap: number}} room */
  function emit(node, depth, entries, room) {
    for (const piece of pieces(node, room.cap)) {
      if (piece.folded) {
        room.left -= NOTE + depth * 2;
        entries.push({ fold: piece, depth });
      } else {
        const { kid } = piece;
        const long = room.cap !== Infinity ? shortened(kid) : null;
        room.left -= long ? longText + NOTE + depth * 2 : t.sizeOf(kid, depth);
        entries.push({ node: kid, depth, long });
        if (room.left < 0) return false;
        const below = t.lineOf(kid).skip && kid.role !== 'text' ? depth : depth + 1;
        if (!emit(kid, below, entries, room)) return false;
      }
      if (room.left < 0) return false;
    }
    return true;
  }

  /** The kids of a node as they are shown: each by itself, and the rest of a run as one fold. @param {TabmuxNode} node @param {number} cap */
  function* pieces(node, cap) {
    const kids = t.kidsOf(node);
    const isChoice = node.element && /^(SELECT|OPTGROUP)$/.test(t.dom.tag(node.element));
    const options = isChoice && asked.level !== 'full' ? OPTIONS : Infinity;
    const most = Math.min(cap, options);
    if (kids.length <= most + 2) {
      for (const kid of kids) yield { kid };
      return;
    }
    let at = 0;
    for (const { start, end, period } of runsOf(node)) {
      while (at < start) yield { kid: kids[at++] };
      const shown = Math.ceil(most / period) * period;
      const last = end - start > shown + 2 ? start + shown : end;
      while (at < last) yield { kid: kids[at++] };
      if (last < end) yield { folded: kids.slice(last, end), owner: node, alike: true };
      at = end;
    }
    while (at < kids.length) yield { kid: kids[at++] };
  }

  /** Where similar lines follow each other among the kids of a node. @param {TabmuxNode} node */
  function runsOf(node) {
    if (node.runs) return node.runs;
    const kids = t.kidsOf(node);
    const signs = kids.map((kid) => kid.role);
    node.runs = [];
    for (let start = 0; start < kids.length;) {
      let best = { end: start + 1, period: 1 };
      for (let period = 1; period <= LONGEST_PERIOD; period++) {
        let end = start + period;
        while (end < kids.length && signs[end] === signs[end - period]) end++;
        end -= (end - start) % period;
        if (end - start >= Math.max(SHORTEST_RUN, period * 3) && end > best.end) best = { end, period };
      }
      if (best.end - start >= SHORTEST_RUN) {
        node.runs.push({ start, end: best.end, period: best.period });
        start = best.end;
      } else start++;
    }
    return node.runs;
  }

  /**
   * The page as an outline that fills the budget: regions are opened one after the other, what is in the viewport and
   * near the root first, and a region that would take more than its share is opened in part.
   *
   * @param {TabmuxNode} top
   * @param {number} budget
   */
  function outline(top, budget) {
    const room = { left: budget - NOTE };
    const shown = new Map();
    /** @type {TabmuxRegion[]} */
    const queue = [];
    /** @type {TabmuxRegion[]} */
    const later = [];
    const push = (/** @type {TabmuxNode} */ node, /** @type {number} */ depth) =>
      queue.push({ node, depth, far: isFar(node), order: queue.length + later.length });
    const open = (
      /** @type {{node: TabmuxNode, depth: number}} */ { node, depth },
      /** @type {number} */ allowance,
    ) => {
      /** @type {TabmuxPiece[]} */
      const parts = [];
      let cost = 0;
      for (const piece of pieces(node, CAPS[CAPS.length - 2])) {
        const size = piece.folded ? NOTE : collapsedSize(piece.kid, depth);
        if (cost + size > allowance) {
          const rest = t.kidsOf(node);
          const from = piece.folded ? piece.folded[0] : piece.kid;
          parts.push({ folded: rest.slice(rest.indexOf(from)), owner: node });
          break;
        }
        cost += size;
        parts.push(piece);
      }
      if (!parts[0]?.kid) return false;
      room.left -= cost + NOTE;
      shown.set(node, parts);
      for (const { kid } of parts) if (kid && !isSmall(kid, depth) && kid.kids.length > 0) push(kid, depth + 1);
      return true;
    };
    if (!open({ node: top, depth: 0 }, room.left)) return [];
    for (;;) {
      const item = take(queue);
      if (item) {
        const cost = openCost(item);
        if (cost <= Math.max(room.left / 2, Math.min(room.left, NOTE * 8))) open(item, room.left);
        else later.push(item);
      } else {
        const partly = later.shift();
        if (!partly || room.left < NOTE * 4) break;
        open(partly, room.left / (later.length + 1));
      }
    }
    /** @type {TabmuxEntry[]} */
    const entries = [];
    collect(top, 0, shown, entries);
    return entries;
  }

  /** @param {TabmuxNode} node @param {number} depth @param {Map<TabmuxNode, TabmuxPiece[]>} shown @param {TabmuxEntry[]} entries */
  function collect(node, depth, shown, entries) {
    for (const piece of shown.get(node) ?? []) {
      if (piece.folded) {
        entries.push({ fold: piece, depth });
        continue;
      }
      const { kid } = piece;
      const small = isSmall(kid, depth);
      const folded = !small && kid.kids.length > 0 && !shown.has(kid) && !t.lineOf(kid).inlined;
      entries.push({ node: kid, depth, long: shortened(kid), hidden: folded ? count(kid) - 1 : 0 });
      if (small) emit(kid, depth + 1, entries, { left: Infinity, cap: CAPS[CAPS.length - 2] });
      else collect(kid, depth + 1, shown, entries);
    }
  }

  /** @param {TabmuxRegion} region */
  function openCost({ node, depth }) {
    let cost = 0;
    for (const piece of pieces(node, CAPS[CAPS.length - 2]))
      cost += piece.folded ? NOTE : collapsedSize(piece.kid, depth);
    return cost;
  }

  /** @param {TabmuxNode} kid @param {number} depth */
  function collapsedSize(kid, depth) {
    if (shortened(kid)) return longText + NOTE + depth * 2;
    return isSmall(kid, depth) ? SMALL : t.sizeOf(kid, depth) + (kid.kids.length > 0 ? NOTE : 0);
  }

  /** @param {TabmuxNode} kid @param {number} depth */
  function isSmall(kid, depth) {
    return (kid.small ??= emit({ role: '', kids: [kid], element: null }, depth, [], { left: SMALL, cap: Infinity }));
  }

  /** @param {TabmuxNode} node */
  function isFar(node) {
    const box = node.element && t.dom.box(node.element);
    return box && (box.bottom < 0 || box.top > innerHeight) ? 1 : 0;
  }

  /** @param {TabmuxRegion[]} queue */
  function take(queue) {
    let best = 0;
    for (let i = 1; i < queue.length; i++) {
      const [a, b] = [queue[i], queue[best]];
      if ((a.far - b.far || a.depth - b.depth || a.order - b.order) < 0) best = i;
    }
    return queue.splice(best, 1)[0];
  }

  /** The beginning of a long text and how many characters follow; `null` for text that is not long. @param {TabmuxNode} node */
  function shortened(node) {
    const { text = '', bytes } = t.lineOf(node);
    if (text.length <= (longText * text.length) / bytes + NOTE) return null;
    const length = Math.floor((longText * text.length) / bytes);
    return { start: t.shorten(text, length), more: text.length - length };
  }

  /** @param {TabmuxNode} node */
  function count(node) {
    let nodes = 1;
    for (const kid of t.kidsOf(node)) nodes += count(kid);
    return nodes;
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
    const ref = t.fold(owner.element, folded[0].dom, { toEnd: !alike, level: asked.level });
    const roles = [...new Set(folded.slice(0, 40).map((kid) => kid.role))].slice(0, LONGEST_PERIOD).join(', ');
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
