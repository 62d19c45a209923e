// Refs: names such as `e12` or `f1e3` that belong to one element for its life and are never given again.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** More records than this are swept of elements that are gone: a page that redraws for ever stays bounded. */
  const MOST_RECORDS = 50_000;
  /** A name is remembered and shown up to this length. */
  t.LONGEST_NAME = 200;

  /** Roles of items that a list may reuse. */
  const ITEMS = new Set(['listitem', 'paragraph', 'term', 'definition', 'blockquote']);

  const numbers = new WeakMap();
  /**
   * A fold is the same only below the same line, up to the same end, in a snapshot of the same level.
   *
   * @typedef {{number: number, level: string, owner: WeakRef<AnyElement>, end: WeakRef<ChildNode> | null}} Fold
   */
  /** The folds that begin with a node. @type {WeakMap<Node, Fold[]>} */
  const folds = new WeakMap();
  const records = new Map();
  let prefix = 'e';
  let base = 1;
  let next = 1;
  let sweepAt = MOST_RECORDS;
  /** What may be given, as ranges; null in frames, which have numbers of their own without end. */
  /** @type {[number, number][] | null} */
  let ranges = null;

  /**
   * Begins, or takes up again, the numbering of this document: `frame` is 0 for a tab's main document, whose numbers
   * go on across documents from `from`, and else the frame document's own number.
   */
  t.adopt = (token, frame, from) => {
    if (t.token === undefined) {
      prefix = frame === 0 ? 'e' : `f${frame}e`;
      base = from;
      t.frame = frame;
    }
    t.token = token;
    next = Math.max(next, from);
    return { frame: t.frame, next };
  };

  /** Says which numbers may be given from here on. */
  t.grant = (granted) => {
    ranges = granted;
  };

  /** Where the numbering stands. */
  t.next = () => next;

  /** The ref of an element, given with the role and name under which it is about to be shown. */
  t.show = (element, role, name) => {
    let number = numbers.get(element);
    if (number === undefined) {
      number = take();
      numbers.set(element, number);
      if (records.size >= sweepAt) sweep();
    }
    // An element that was out of the page while others were swept is back under its number.
    const record = records.get(number) ?? { weak: new WeakRef(element) };
    records.set(number, record);
    record.role = role;
    record.name = t.shorten(name, t.LONGEST_NAME);
    return prefix + number;
  };

  /**
   * The ref of a fold: it opens what follows `first` among the children of `owner`'s line, up to `end` or, without one
   * that is still there, to the last, of a snapshot of that level.
   */
  t.fold = (owner, first, { end = null, level = '' }) => {
    const known = (folds.get(first) ?? []).filter((one) => isThere(one.owner.deref()) && (!one.end || isThere(one.end.deref())));
    const isSame = (/** @type {Fold} */ one) => one.level === level && one.owner.deref() === owner && (one.end?.deref() ?? null) === end;
    const same = known.find(isSame);
    const fold = same ?? { number: take(), level, owner: new WeakRef(owner), end: end && new WeakRef(end) };
    if (!same) known.push(fold);
    folds.set(first, known);
    const at = { weak: fold.owner, first: new WeakRef(first), end: fold.end, level };
    records.set(fold.number, { ...at, role: 'fold', name: '' });
    return prefix + fold.number;
  };

  /** The ref that an element has already; `''` if it was never shown. */
  t.refOf = (element) => (numbers.has(element) ? prefix + numbers.get(element) : '');

  /**
   * What a ref names: `{element, role, name}`, `{owner, first, end, level}` for a fold, or `{stale}`: why it names nothing any more,
   * with the best match there is. A changed name is shown in the refusal and thereby known from then on.
   */
  t.find = (ref) => {
    const number = ref.startsWith(prefix) ? Number(ref.slice(prefix.length)) : Number.NaN;
    const record = records.get(number);
    if (!record) return { stale: { why: number < base ? 'earlier' : number < next ? 'gone' : 'unknown' } };
    const element = record.weak.deref();
    const { role, name } = record;
    if (record.first) {
      const first = record.first.deref();
      const found = { owner: element, first, end: record.end?.deref() ?? null, level: record.level };
      return isThere(element) && isThere(first) ? found : { stale: { why: 'unfolded' } };
    }
    if (!isThere(element)) return { stale: { why: 'gone', role, name, match: t.match(role, name) } };
    const now = t.describe(element);
    if (now.role === role && now.name === name) return { element, role, name };
    const match = t.match(role, name) ?? { ref: t.show(element, now.role, now.name), role: now.role, name: now.name };
    t.show(element, now.role, now.name);
    return { stale: { why: 'changed', role, name, now, match } };
  };

  /** The element of a ref, whatever has become of it; `null` if it is gone. Only for one that was found before. */
  t.lookup = (ref) => {
    const element = records.get(Number(ref.slice(prefix.length)))?.weak.deref();
    return isThere(element) ? element : null;
  };

  /**
   * The role and name by which an element is known. Items have no name, but lists reuse their elements for other items:
   * they are known by their text.
   */
  t.describe = (element) => {
    const role = t.roleOf(element);
    const { name } = t.named(element, role);
    const known = name === '' && ITEMS.has(role) ? t.contentOf(element) : name;
    return { role: role || 'generic', name: t.shorten(known, t.LONGEST_NAME) };
  };

  /**
   * The role and name that stand in an element's line. A name that does not stand there is left to be asked for (`later`),
   * since it costs a walk of its own: the text of items, and of what is `bare`, the text of its kids.
   */
  t.describeLine = (element, bare) => {
    const role = t.roleOf(element);
    const untold = bare && !dom.has(element, 'title');
    const { name, fromContent } = t.named(element, role, untold);
    const told = bare && fromContent ? '' : t.shorten(name, t.LONGEST_NAME);
    return { role: role || 'generic', name: told, later: name === '' ? untold || ITEMS.has(role) : told === '' };
  };

  /** The first element of that role and name that is on the page, and how many there are; `null` if there is none. */
  t.match = (role, name) => {
    if (name === '') return null;
    const found = [];
    for (const node of t.nodesOf(t.walk(t.root()))) {
      if (!node.role || node.role !== role || !node.element) continue;
      if (t.describe(node.element).name === name) found.push(node.element);
    }
    return found.length === 0 ? null : { ref: t.show(found[0], role, name), role, name, count: found.length };
  };

  function take() {
    if (!ranges) return next++;
    const range = ranges.find(([, to]) => to > next);
    if (!range) throw new Error('no numbers are left for refs');
    next = Math.max(next, range[0]);
    return next++;
  }

  /** Whether a node is on this page: what a page moved into the document of a frame is that one's. @param {Node | undefined} node */
  function isThere(node) {
    return node !== undefined && dom.isConnected(node) && dom.documentOf(node) === document;
  }

  function sweep() {
    for (const [number, record] of records) if (!isThere(record.weak.deref())) records.delete(number);
    sweepAt = Math.max(MOST_RECORDS, records.size * 2);
  }
})();
