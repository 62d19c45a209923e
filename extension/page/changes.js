// What an input changed: the lines of the page before it against those after it, once the page has come to rest.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** On a page of more elements the lines are not compared: that would cost more than the input itself. */
  const MOST_ELEMENTS = 1_200;
  /** What mutations name is kept up to this many; a page that is built anew is told by its beginning. */
  const MOST_NOTED = 300;
  /** What is noted before an input is dropped after so long without another, in milliseconds. */
  const KEPT_MS = 30_000;
  /** An attribute or text that changes in so many frames after each other is an animation: it is not waited for. */
  const ANIMATED_FRAMES = 5;
  /** A line is shown by its beginning. */
  const LONGEST_LINE = 240;
  /** How many lines of one kind and role are shown after each other. */
  const LONGEST_RUN = 6;
  /** What the line about the rest costs, about. */
  const REST = 70;

  const FOCUSED = / \[focused\]/;
  const SEEN = { subtree: true, childList: true, characterData: true, attributes: true };

  /** The lines before the input; none on a large page. @type {TabmuxImage | null} */
  let before = null;
  /** @type {MutationObserver | null} */
  let observer = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** What mutations touched, by what became of it. @type {Map<any, 'added' | 'removed' | 'changed'>} */
  let touched = new Map();
  let restless = false;
  let frame = 0;
  /** The kind of event by which the page hears the input, and how many of it the page had heard before. */
  let awaited = '';
  let heardBefore = 0;
  /** In how many frames after each other something changed without growing, and which was the last. @type {WeakMap<any, {frame: number, times: number}>} */
  let lively = new WeakMap();

  /** Notes how the page stands and listens to what changes; made just before an input, which the page hears as an `event`. */
  t.watchChanges = ({ event = '' }) => {
    forget();
    timer = setTimeout(forget, KEPT_MS);
    awaited = event === 'keydown' && isFrame(t.focused()) ? '' : event;
    heardBefore = heard();
    const elements = document.getElementsByTagName('*');
    observer = new MutationObserver(note);
    observer.observe(document, SEEN);
    if (elements.length > MOST_ELEMENTS) return;
    // Mutations in a shadow tree are told to whoever observes that tree.
    for (const element of elements) observeShadow(element);
    before = imageOf(t.walk(t.root()));
  };

  /**
   * Waits until a frame passes without a change, for at most `ms`, and tells what changed: `lines` of at most about
   * `budget` bytes; `waitedMs` if there was something to wait for, `restless` if that did not end; `unheard` if
   * the page was not told of the input. With `turn`, timers that were set to fire at once go first. That the element of `ref` has the focus goes without saying.
   */
  t.changes = async ({ turn, ms, budget, ref = '' }) => {
    const began = performance.now();
    if (turn) await nextTurn();
    take();
    let waited = false;
    while (restless && performance.now() - began < ms) {
      waited = true;
      restless = false;
      await nextFrame();
      frame += 1;
      take();
    }
    const lines = observer ? write(before ? compared(before, ref ? t.lookup(ref) : null) : named(), budget) : [];
    const unheard = awaited !== '' && heard() === heardBefore;
    return { lines, waitedMs: waited ? performance.now() - began : 0, restless, unheard };
  };

  /** How many events of the awaited kind came from mouse and keys, however a page's listeners treated them. */
  function heard() {
    return performance.eventCounts.get(awaited) ?? 0;
  }

  /** Whether keys go to another document there. @param {AnyElement | null} element */
  function isFrame(element) {
    return element !== null && t.closest(element, t.FRAMES) !== null;
  }

  function forget() {
    clearTimeout(timer);
    observer?.disconnect();
    observer = null;
    before = null;
    awaited = '';
    touched = new Map();
    lively = new WeakMap();
    restless = false;
  }

  function take() {
    if (observer) note(observer.takeRecords());
  }

  /** @param {MutationRecord[]} records */
  function note(records) {
    for (const { type, target, addedNodes, removedNodes } of records) {
      if (type === 'childList') {
        restless = true;
        for (const node of addedNodes) touch(node, target, 'added');
        for (const node of removedNodes) touch(node, target, 'removed');
      } else {
        if (!isAnimated(target)) restless = true;
        touch(target, target, 'changed');
      }
    }
  }

  /** @param {Node} node @param {Node} target Whose text it is, if it is text. @param {'added' | 'removed' | 'changed'} kind */
  function touch(node, target, kind) {
    if (t.dom.type(node) === 1) observeShadow(/** @type {AnyElement} */ (node));
    if (before || touched.size >= MOST_NOTED) return;
    if (t.dom.type(node) !== 1) {
      touched.set(target, touched.get(target) ?? 'changed');
      return;
    }
    const earlier = touched.get(node);
    // What comes and goes under one input was not there before it; what goes and comes back was moved.
    if (kind === 'removed' && earlier === 'added') touched.delete(node);
    else if (kind === 'added' && earlier === 'removed') touched.set(node, 'changed');
    else if (kind !== 'changed' || !earlier) touched.set(node, kind);
  }

  /** @param {AnyElement} element */
  function observeShadow(element) {
    const shadow = t.dom.shadow(element);
    if (shadow) observer?.observe(shadow, SEEN);
  }

  /** @param {Node} target */
  function isAnimated(target) {
    const known = lively.get(target);
    if (known?.frame === frame) return known.times >= ANIMATED_FRAMES;
    const times = known?.frame === frame - 1 ? known.times + 1 : 1;
    lively.set(target, { frame, times });
    return times >= ANIMATED_FRAMES;
  }

  /** Every line below a node of the walk, in reading order. @param {TabmuxNode} top @returns {TabmuxImage} */
  function imageOf(top) {
    t.active = t.focused();
    /** @type {TabmuxImage} */
    const image = [];
    const add = (/** @type {TabmuxNode} */ node, /** @type {any} */ parent, /** @type {number} */ depth) => {
      for (const kid of t.kidsOf(node)) {
        const line = t.lineOf(kid);
        if (!line.skip) {
          const text = [line.head + line.tail, ...line.properties].join('\n');
          image.push({ node: kid, dom: kid.dom, role: line.role, parent, depth, text });
        }
        add(kid, line.skip ? parent : kid.dom, line.skip ? depth : depth + 1);
      }
    };
    add(top.role === '' ? top : { role: '', kids: [top] }, null, 0);
    return image;
  }

  /** How the page differs from an earlier image of it. @param {TabmuxImage} earlier @param {any} acted The element that took the input. @returns {TabmuxChange[]} */
  function compared(earlier, acted) {
    const later = imageOf(t.walk(t.root()));
    const now = new Set(later.map(({ dom }) => dom));
    const was = new Map(earlier.map((entry, at) => [entry.dom, at]));
    const gone = new Set(earlier.filter(({ dom }) => !now.has(dom)));
    /** @type {Map<TabmuxImageLine, TabmuxImageLine>} A line that stands for one that was drawn anew. */
    const successors = new Map();
    const waiting = byLikeness(gone);
    for (const entry of later) {
      if (was.has(entry.dom)) continue;
      const isLeft = (/** @type {TabmuxImageLine} */ one) => gone.has(one);
      const like = waiting.get(likeness(entry))?.find(isLeft) ?? waiting.get(placeOf(entry))?.find(isLeft);
      if (!like) continue;
      gone.delete(like);
      successors.set(entry, like);
    }
    /** @type {TabmuxChange[]} */
    const changes = [];
    let passed = 0;
    const pass = (/** @type {number} */ to) => {
      for (; passed < to; passed++) {
        const entry = earlier[passed];
        if (gone.has(entry)) changes.push({ kind: '-', entry, depth: 0, below: gone.has(lineOf(earlier, was, entry.parent)) });
      }
    };
    /** @type {Map<any, number>} The depth at which what was added is shown. */
    const added = new Map();
    for (const entry of later) {
      const like = successors.get(entry);
      const at = like ? was.get(like.dom) : was.get(entry.dom);
      if (at !== undefined) {
        pass(at);
        if (readsOtherwise(earlier[at], entry, acted)) changes.push({ kind: '~', entry, depth: 0 });
        else if (like && t.lineOf(entry.node).ref) changes.push({ kind: '=', entry, depth: 0 });
      } else {
        const depth = added.has(entry.parent) ? /** @type {number} */ (added.get(entry.parent)) + 1 : 0;
        added.set(entry.dom, depth);
        changes.push({ kind: '+', entry, depth });
      }
    }
    pass(earlier.length);
    return changes;
  }

  /** Whether a line says something else: that the focus left it, or that an option of a drop-down is its value, is said elsewhere. @param {TabmuxImageLine} earlier @param {TabmuxImageLine} later @param {any} acted */
  function readsOtherwise(earlier, later, acted) {
    if (earlier.text === later.text) return false;
    const { dom, text } = later;
    if (dom.localName === 'option' && !t.closest(dom, 'select[multiple]')) return false;
    return text.replace(FOCUSED, '') !== earlier.text.replace(FOCUSED, '') || (FOCUSED.test(text) && dom !== acted);
  }

  /** @param {TabmuxImage} image @param {Map<any, number>} places @param {any} dom @returns {any} */
  function lineOf(image, places, dom) {
    const at = places.get(dom);
    return at === undefined ? undefined : image[at];
  }

  /** The lines that are gone, by what would stand for them: the same line anywhere, or other text in the same place. @param {Set<TabmuxImageLine>} gone */
  function byLikeness(gone) {
    /** @type {Map<any, TabmuxImageLine[]>} */
    const found = new Map();
    for (const entry of gone) {
      for (const key of [likeness(entry), placeOf(entry)]) {
        if (key === null) continue;
        const same = found.get(key) ?? [];
        same.push(entry);
        found.set(key, same);
      }
    }
    return found;
  }

  /** @param {TabmuxImageLine} entry */
  function likeness({ depth, text }) {
    return `${depth} ${text}`;
  }

  /** Text has no element of its own: in the same place it is the same line. @param {TabmuxImageLine} entry */
  function placeOf({ role, parent }) {
    return role === 'text' ? (parent ?? document) : null;
  }

  /** What mutations named, on a page that is too large to be compared. @returns {TabmuxChange[]} */
  function named() {
    /** @type {TabmuxChange[]} */
    const changes = [];
    const done = new Set();
    for (const [node, kind] of touched) {
      if (changes.length >= MOST_NOTED) break;
      if (kind === 'removed') {
        const text = t.dom.isConnected(node) ? '' : t.clean(t.dom.text(node));
        if (text) changes.push({ kind: '-', entry: removed(node, text), depth: 0 });
        continue;
      }
      const element = t.dom.type(node) === 1 ? node : t.parentOf(node);
      if (!element || !t.dom.isConnected(element) || isBelow(element, done)) continue;
      done.add(element);
      const below = kind === 'added' || t.roleOf(element) === '' ? imageOf(t.walk(element)) : imageOf(t.walk(element)).slice(0, 1);
      const shown = kind === 'added' ? '+' : '~';
      for (const entry of below.slice(0, MOST_NOTED)) changes.push({ kind: shown, entry, depth: entry.depth });
    }
    return changes;
  }

  /** @param {any} node @param {string} text @returns {TabmuxImageLine} */
  function removed(node, text) {
    // Without its place some elements have no role: then they are told by their tag.
    const role = t.roleOf(node) || t.dom.local(node);
    return { node: /** @type {any} */ (null), dom: node, role, parent: null, depth: 0, text: `- ${role}: ${text}` };
  }

  /** @param {AnyElement} element @param {Set<any>} done */
  function isBelow(element, done) {
    for (let at = /** @type {AnyElement | null} */ (element); at; at = t.parentOf(at)) if (done.has(at)) return true;
    return false;
  }

  /**
   * The changes as lines: `+` for what is there since, `-` for what is gone, `~` for what reads otherwise. Runs and the
   * rest are told by their number.
   *
   * @param {TabmuxChange[]} changes
   * @param {number} budget
   */
  function write(changes, budget) {
    const anew = changes.filter(({ kind }) => kind === '=').length;
    const told = changes.filter(({ kind, below }) => kind !== '=' && !below);
    const lines = [];
    let left = budget;
    let at = 0;
    while (at < told.length) {
      const end = endOfRun(told, at);
      const last = end - at > LONGEST_RUN + 1 ? at + LONGEST_RUN : end;
      for (; at < last && left > 0; at++) {
        const line = written(told[at]);
        left -= t.bytes(line) + 1;
        if (left < 0 && lines.length > 0) break;
        lines.push(line);
      }
      if (left <= 0) break;
      if (at < end) {
        const { kind, entry, depth } = told[at];
        lines.push(`${kind} ${'  '.repeat(depth)}(${end - at} more ${entry.role} like these)`);
        left -= REST;
        at = end;
      }
    }
    if (at < told.length) lines.push(`(and ${counted(told.slice(at))}: browser_snapshot shows the page)`);
    if (anew > 0) lines.push(`(${anew} ${anew === 1 ? 'line was' : 'lines were'} drawn anew: their refs are others)`);
    return lines;
  }

  /** Where a run of lines of one kind, role and depth ends. @param {TabmuxChange[]} changes @param {number} start */
  function endOfRun(changes, start) {
    const { kind, entry, depth } = changes[start];
    let end = start + 1;
    while (end < changes.length) {
      const next = changes[end];
      if (next.kind !== kind || next.entry.role !== entry.role || next.depth !== depth) break;
      end += 1;
    }
    return end;
  }

  /** @param {TabmuxChange} change */
  function written({ kind, entry, depth }) {
    const { node, dom, role, text } = entry;
    const indent = '  '.repeat(depth);
    if (kind === '-') {
      const ref = role === 'text' ? '' : t.refOf(dom);
      const line = t.shorten(text.split('\n')[0].slice(2), LONGEST_LINE);
      return `- ${ref ? `[ref=${ref}] was ` : ''}${line}`;
    }
    return `${kind} ${indent}${t.shorten(t.finish(node).slice(2), LONGEST_LINE)}`;
  }

  /** @param {TabmuxChange[]} changes */
  function counted(changes) {
    const parts = [
      ['added', '+'],
      ['removed', '-'],
      ['changed', '~'],
    ].flatMap(([word, kind]) => {
      const count = changes.filter((change) => change.kind === kind).length;
      return count > 0 ? `${count} ${word}` : [];
    });
    return `${parts.join(', ')} ${changes.length === 1 ? 'line' : 'lines'}`;
  }

  /** Behind the timers that were set to fire at once. @returns {Promise<void>} */
  function nextTurn() {
    return new Promise((resolve) => setTimeout(resolve));
  }

  /** The next animation frame; a timer stands in for it where the page paints nothing. @returns {Promise<void>} */
  function nextFrame() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 100);
      requestAnimationFrame(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
})();
