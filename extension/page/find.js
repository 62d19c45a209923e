// Finding: the lines of the page that hold a text, a pattern, or an element, with what stands around them.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** Lines that are shown before and after a match that is no part of an item. */
  const AROUND = 2;
  /** Items that are shown whole around a match, and how many lines such an item may have. */
  const ITEMS = new Set(['row', 'listitem', 'article', 'option', 'treeitem', 'menuitem', 'figure', 'group', 'term']);
  const WHOLE = 14;
  /** A text is searched and shown up to this many characters around the match. */
  const LONGEST = 20_000;
  const SHOWN = 300;

  /**
   * The lines around each match: `{count, shown, lines, url, title}`, or `{problem}` for a pattern that is none. All
   * that is given must hold; `text` and `name` whatever the case.
   */
  t.search = ({ text, regex, role, name, budget }) => {
    const pattern = regex === undefined ? null : compile(regex);
    if (typeof pattern === 'string') return { problem: pattern };
    t.active = t.focused();
    const wanted = { text: fold(text), name: fold(name), role: role?.trim().toLowerCase(), pattern };
    const lines = flat(t.walk(t.root()));
    const hits = lines.flatMap((line, at) => (matches(line.node, wanted) ? [at] : []));
    return { url: location.href, title: t.clean(t.dom.title()), count: hits.length, ...show(lines, hits, wanted, budget) };
  };

  /** @param {string} regex @returns {RegExp | string} */
  function compile(regex) {
    const [, source = regex, flags = ''] = /^\/(.+)\/([a-z]*)$/s.exec(regex) ?? [];
    try {
      return new RegExp(source, flags.replace(/[gy]/g, ''));
    } catch (error) {
      return t.clean(String(error));
    }
  }

  /** The lines of a tree in their order, with depth, parent and the place after their last descendant. @param {TabmuxNode} top */
  function flat(top) {
    /** @type {TabmuxPlace[]} */
    const lines = [];
    const add = (/** @type {TabmuxNode} */ node, /** @type {number} */ depth, /** @type {number} */ parent) => {
      let below = parent;
      if (!t.lineOf(node).skip) {
        below = lines.length;
        lines.push({ node, depth, parent, end: 0 });
      }
      for (const kid of t.kidsOf(node)) add(kid, below === parent ? depth : depth + 1, below);
      if (below !== parent) lines[below].end = lines.length;
    };
    add(top, 0, -1);
    return lines;
  }

  /** @param {TabmuxNode} node @param {TabmuxWanted} wanted */
  function matches(node, { text, name, role, pattern }) {
    const line = t.lineOf(node);
    if (role && line.role !== role) return false;
    if (name && !fold(t.knownAs(node))?.includes(name)) return false;
    if (!text && !pattern) return true;
    const said = saying(line);
    return said !== '' && (!text || fold(said)?.includes(text) === true) && (!pattern || pattern.test(said));
  }

  /** What a line says: its name as far as it is shown, its value, and where it leads. @param {TabmuxLine} line */
  function saying({ role, name, head, text, properties }) {
    const shown = role !== 'text' && name !== '' && head.includes('"') ? name : '';
    return [shown, text, ...properties].filter(Boolean).join(' ').slice(0, LONGEST);
  }

  /** @param {TabmuxPlace[]} lines @param {number[]} hits @param {TabmuxWanted} wanted @param {number} budget */
  function show(lines, hits, wanted, budget) {
    /** @type {string[]} */
    const out = [];
    let left = budget;
    let shown = 0;
    let to = -1;
    let stood = '';
    const isHit = new Set(hits);
    for (const hit of hits) {
      if (hit >= to) {
        const [from, end] = around(lines, hit);
        const begin = Math.max(from, to);
        // What several matches in a row stand in is told once.
        const place = begin > to ? crumbs(lines, begin) : [];
        const above = place.join() === stood ? [] : place;
        stood = place.join();
        const block = [...above, ...range(begin, end)].map((at) => render(lines[at], isHit.has(at), wanted));
        const gap = out.length > 0 && begin > to ? ['...'] : [];
        const bytes = block.concat(gap).reduce((sum, line) => sum + t.bytes(line) + 1, 0);
        if (bytes > left) break;
        left -= bytes;
        out.push(...gap, ...block);
        to = end;
      }
      shown += 1;
    }
    return { shown, lines: out };
  }

  /** The lines around a match: the item that it is in, if that is small. @param {TabmuxPlace[]} lines @param {number} hit */
  function around(lines, hit) {
    for (let at = hit; at >= 0; at = lines[at].parent) {
      if (ITEMS.has(lines[at].node.role) && lines[at].end - at <= WHOLE) return [at, lines[at].end];
    }
    return [Math.max(0, hit - AROUND), Math.min(lines.length, hit + 1 + AROUND)];
  }

  /** What the lines stand in: the nearest two things with a ref above them. @param {TabmuxPlace[]} lines @param {number} begin */
  function crumbs(lines, begin) {
    const found = [];
    for (let at = lines[begin].parent; at >= 0 && found.length < 2; at = lines[at].parent) {
      if (t.lineOf(lines[at].node).ref) found.unshift(at);
    }
    return found;
  }

  /** @param {number} from @param {number} to */
  function range(from, to) {
    return Array.from({ length: to - from }, (_, i) => from + i);
  }

  /** @param {TabmuxPlace} place @param {boolean} isHit @param {TabmuxWanted} wanted */
  function render({ node, depth }, isHit, wanted) {
    const { text, properties } = t.lineOf(node);
    const long = text.length > SHOWN ? `${node.role === 'text' ? '' : ': '}${part(text, isHit ? wanted : {})}` : '';
    const indent = '  '.repeat(depth);
    return [`- ${t.finish(node, long, isHit).slice(2)}`, ...properties.map((line) => `  ${line}`)]
      .map((line) => indent + line)
      .join('\n');
  }

  /** The part of a long text around its first match. @param {string} text @param {Partial<TabmuxWanted>} wanted */
  function part(text, { text: sought, pattern }) {
    const at = sought ? Math.max(0, fold(text)?.indexOf(sought) ?? 0) : Math.max(0, pattern ? text.search(pattern) : 0);
    const from = Math.max(0, Math.min(at - SHOWN / 3, text.length - SHOWN));
    return `${from > 0 ? '...' : ''}${t.shorten(text.slice(from), SHOWN)}`;
  }

  /** @param {string} [text] */
  function fold(text) {
    return text === undefined ? undefined : t.clean(text).toLowerCase();
  }
})();
