// Filling: what of a page is shown within a budget, and what is left to folds.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** How many of a run of similar lines are shown, tried one after the other until the part of the page fits. */
  const CAPS = [Infinity, 125, 100, 80, 65, 52, 42, 34, 27, 22, 18, 15, 12, 10, 8, 6, 4];
  /** The same for a snapshot with everything in it. */
  const FULL_CAPS = [Infinity, 1_000, 500, 250, ...CAPS.slice(1)];
  /** The options of a drop-down beyond this many are folded on every page. */
  const OPTIONS = 12;
  /** Fewer similar lines than this are no run. */
  const SHORTEST_RUN = 6;
  /** The longest pattern that repeats in a run, such as link, text, link, text. */
  const LONGEST_PERIOD = 4;
  /** A character takes no more bytes of UTF-8 than this. */
  const MOST_UTF8 = 3;
  /** What the note of a fold costs, about. */
  const NOTE = 70;
  /** A region no larger than this is shown: folding it would save nothing. */
  const SMALL = 150;
  /** Part of the budget that the lines of a region may take before any of them is opened. */
  const OUTLINE = 0.6;
  /** How much more room what is in the viewport gets than what is not. */
  const NEAR = 2;
  /** After so many rounds of sharing out what others left, the rest is given as it is. */
  const ROUNDS = 5;

  /** Whether everything was asked for. */
  let full = false;
  /** The limit of text for the snapshot being made. */
  let longText = 0;

  /** The entries below a node within a budget of bytes; text beyond `longText` is shown by its beginning. */
  t.fill = (top, budget, how) => {
    ({ full, longText } = how);
    /** @type {TabmuxEntry[]} */
    const entries = [];
    fill(top, 0, budget, entries);
    return entries;
  };

  /**
   * Adds the entries below a node within a budget: all of them, with its runs folded if need be; or else a line for each
   * kid, of which each is opened as far as its share of the budget goes.
   *
   * @param {TabmuxNode} node
   * @param {number} depth
   * @param {number} budget
   * @param {TabmuxEntry[]} entries
   * @returns {number} How much of the budget is left; less than nothing if not even the first line fits, and nothing was added.
   */
  function fill(node, depth, budget, entries) {
    const cap = widest((each) => emit(node, depth, null, { left: budget, cap: each }));
    if (cap !== undefined) {
      const room = { left: budget, cap };
      emit(node, depth, entries, room);
      return room.left;
    }
    return divide(node, depth, budget, entries);
  }

  /** @param {TabmuxNode} node @param {number} depth @param {number} budget @param {TabmuxEntry[]} entries */
  function divide(node, depth, budget, entries) {
    const { shares, left } = sharesOf(node, depth, budget);
    if (shares.length === 0) return -1;
    let spare = settle(shares, depth, left);
    for (const share of shares) {
      if (share.folded) entries.push({ fold: share, depth });
      else if (share.whole) emit({ role: '', kids: [share.kid] }, depth, entries, { left: Infinity, cap: Infinity });
      else spare = open(share, depth, spare, entries);
    }
    return spare;
  }

  /** Adds a kid that is not shown as a whole, and what its room and what others left shows of it. @param {TabmuxShare} share @param {number} depth @param {number} spare @param {TabmuxEntry[]} entries @returns {number} What is spare then. */
  function open({ kid, least, room }, depth, spare, entries) {
    if (kid.within) {
      const left = fill(kid, depth, room + spare, entries);
      if (left >= 0) return left;
      begin(kid, depth, entries);
    } else {
      const line = { node: kid, depth, long: shortened(kid), hidden: 0 };
      entries.push(line);
      const rest = room + spare - ownSize(kid, depth);
      const left = kid.kids.length > 0 ? fill(kid, depth + 1, rest, entries) : rest;
      if (left >= 0) return left;
      line.hidden = t.countOf(kid) - 1;
    }
    return room + spare - least;
  }

  /** Adds the heading of a section and folds what stands under it. @param {TabmuxNode} section @param {number} depth @param {TabmuxEntry[]} entries */
  function begin(section, depth, entries) {
    const [first, ...rest] = section.kids;
    if (leastOf(first, depth).whole) emit({ role: '', kids: [first] }, depth, entries, { left: Infinity, cap: Infinity });
    else entries.push({ node: first, depth, long: shortened(first), hidden: t.countOf(first) - 1 });
    if (rest.length > 0) entries.push({ fold: { folded: rest, owner: section }, depth });
  }

  /** The kids of a node with what each of them takes at least, as many as there is room for, and what is left then. @param {TabmuxNode} node @param {number} depth @param {number} budget */
  function sharesOf(node, depth, budget) {
    const sections = sectionsOf(node);
    const note = NOTE + depth * 2;
    const sizeOf = (/** @type {TabmuxPiece} */ piece) => (piece.folded ? { size: note, whole: false } : leastOf(piece.kid, depth));
    const fits = (/** @type {number} */ cap, /** @type {number} */ most) => {
      for (const piece of pieces(sections, cap)) if ((most -= sizeOf(piece).size) < 0) return false;
      return true;
    };
    const cap = widest((each) => fits(each, budget * OUTLINE)) ?? narrowest();
    const kept = fits(cap, budget) ? 0 : note;
    /** @type {(TabmuxShare | TabmuxFold)[]} */
    const shares = [];
    let left = budget;
    for (const piece of pieces(sections, cap)) {
      const { size, whole } = sizeOf(piece);
      if (left - size < kept) {
        if (shares.length > 0) shares.push({ folded: restOf(sections, piece.folded ? piece.folded[0] : piece.kid), owner: node });
        return { shares, left: left - note };
      }
      left -= size;
      shares.push(piece.folded ? piece : { kid: piece.kid, least: size, whole, weight: 0, room: size });
    }
    return { shares, left };
  }

  /** The kids from one on, those of sections each by itself. @param {TabmuxNode} node @param {TabmuxNode} from */
  function restOf(node, from) {
    const kids = t.kidsOf(node);
    return kids.slice(kids.indexOf(from)).flatMap((kid) => (kid.within ? kid.kids : [kid]));
  }

  /**
   * Shares out what is left: who needs less than a fair share is shown as a whole and leaves the rest to the others.
   *
   * @param {(TabmuxShare | TabmuxFold)[]} shares
   * @param {number} depth
   * @param {number} left
   * @returns {number} What nobody needs.
   */
  function settle(shares, depth, left) {
    let open = shares.flatMap((share) => (share.folded || share.whole || share.kid.kids.length === 0 ? [] : [share]));
    for (const share of open) share.weight = isFar(share.kid) ? 1 : NEAR;
    for (let round = 0; round < ROUNDS && open.length > 0; round++) {
      const part = left / open.reduce((sum, { weight }) => sum + weight, 0);
      const others = open.filter((share) => {
        const size = sizeUpTo(share.kid, depth, share.least + part * share.weight);
        if (size === null) return true;
        left -= Math.max(size - share.least, 0);
        share.whole = true;
        return false;
      });
      if (others.length === open.length) break;
      open = others;
    }
    const part = left / open.reduce((sum, { weight }) => sum + weight, 0);
    for (const share of open) share.room += part * share.weight;
    return open.length > 0 ? 0 : left;
  }

  /** What a kid takes at least: all of it if that is little, or else its line with a note. @param {TabmuxNode} kid @param {number} depth @returns {{size: number, whole: boolean}} */
  function leastOf(kid, depth) {
    if (kid.least) return kid.least;
    const size = sizeUpTo(kid, depth, SMALL);
    if (size !== null) kid.least = { size, whole: true };
    else if (kid.within) kid.least = { size: leastOf(kid.kids[0], depth).size + NOTE + depth * 2, whole: false };
    else kid.least = { size: ownSize(kid, depth) + (t.kidsOf(kid).length > 0 ? NOTE : 0), whole: false };
    return kid.least;
  }

  /** The size of a kid with all that is below it; `null` if that is more than so much. @param {TabmuxNode} kid @param {number} depth @param {number} most */
  function sizeUpTo(kid, depth, most) {
    const room = { left: most, cap: Infinity };
    return emit({ role: '', kids: [kid] }, depth, null, room) ? most - room.left : null;
  }

  /** @param {TabmuxNode} kid @param {number} depth */
  function ownSize(kid, depth) {
    return shortened(kid) ? longText + NOTE + depth * 2 : t.sizeOf(kid, depth);
  }

  /**
   * A region by its headings, if it has any: what follows a heading of the highest level that is there more than once
   * stands under it, as a node without a line.
   *
   * @param {TabmuxNode} node
   * @returns {TabmuxNode}
   */
  function sectionsOf(node) {
    const kids = t.kidsOf(node);
    /** @type {Map<number, number>} The levels of headings by their places. */
    const levels = new Map();
    for (let at = 1; at < kids.length; at++) if (kids[at].role === 'heading') levels.set(at, t.headingLevel(kids[at].element));
    const all = [...levels.values()];
    const level = Math.min(...all.filter((one) => all.indexOf(one) !== all.lastIndexOf(one)));
    if (level === Infinity) return node;
    /** @type {TabmuxNode[]} */
    const sections = [];
    for (const [index, kid] of kids.entries()) {
      if (index === 0 || (levels.get(index) ?? Infinity) <= level) sections.push({ role: '', element: null, dom: kid.dom, kids: [], within: node.within ?? node });
      sections[sections.length - 1].kids.push(kid);
    }
    return { ...node, kids: sections, runs: [] };
  }

  /**
   * Adds the entries below a node, or only sees whether there is room for them; `false` as soon as there is none.
   *
   * @param {TabmuxNode} node
   * @param {number} depth
   * @param {TabmuxEntry[] | null} entries
   * @param {{left: number, cap: number}} room
   */
  function emit(node, depth, entries, room) {
    for (const piece of pieces(node, room.cap)) {
      if (piece.folded) {
        room.left -= NOTE + depth * 2;
        entries?.push({ fold: piece, depth });
      } else {
        const { kid } = piece;
        const long = room.cap !== Infinity ? shortened(kid) : null;
        room.left -= long ? longText + NOTE + depth * 2 : t.sizeOf(kid, depth);
        entries?.push({ node: kid, depth, long });
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
    const options = isChoice && !full ? OPTIONS : Infinity;
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

  /** Whether it is outside the viewport. @param {TabmuxNode} node */
  function isFar(node) {
    const elements = (node.within ? node.kids : [node]).flatMap(({ element }) => element ?? []);
    if (elements.length === 0) return true;
    return t.dom.box(elements[0]).top > innerHeight || t.dom.box(elements[elements.length - 1]).bottom < 0;
  }

  /** The beginning of a long text and how many characters follow; `null` for text that is not long. @param {TabmuxNode} node */
  function shortened(node) {
    const { text } = t.lineOf(node);
    if (text.length * MOST_UTF8 <= longText) return null;
    const length = Math.floor((longText * text.length) / t.bytes(text));
    if (text.length <= length + NOTE) return null;
    return { start: t.shorten(text, length), more: text.length - length };
  }

  /** The most of a run that can be shown so that something fits; nothing if it never does. @param {(cap: number) => boolean} fits */
  function widest(fits) {
    const caps = full ? FULL_CAPS : CAPS;
    if (fits(caps[0])) return caps[0];
    // Most often there is no run, and no other number changes anything.
    return fits(narrowest()) ? caps.find((cap, index) => index > 0 && fits(cap)) : undefined;
  }

  function narrowest() {
    return CAPS[CAPS.length - 1];
  }
})();
