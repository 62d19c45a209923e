// Reading: the main text of the page as Markdown.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** What stands around the main text of a page that does not say which it is. */
  const AROUND = words('navigation banner contentinfo complementary search');
  /** Controls are no text; the snapshot has them. */
  const CONTROLS = words('INPUT SELECT TEXTAREA PROGRESS METER CANVAS AUDIO OBJECT EMBED');
  /** @type {Record<string, string>} */
  const MARKS = { STRONG: '**', B: '**', EM: '*', I: '*', CODE: '`', KBD: '`', SAMP: '`', DEL: '~~', S: '~~' };
  /** What stands in lines of its own. */
  const BLOCKS = 'h1,h2,h3,h4,h5,h6,p,ul,ol,table,pre,div';
  /** Deeper nesting is not followed: it bounds the recursion on hostile pages. */
  const DEEPEST = 500;
  /** With less text than this, what says that it is the main part is not. */
  const LEAST = 40;

  /** How many bytes more may be read. */
  let left = 0;
  /** @type {string[]} The finished lines. */
  let lines = [];
  /** @type {string} The line of text that is being gathered. */
  let inline = '';
  /** @type {string} What every line begins with. */
  let prefix = '';
  /** @type {string} What the next line begins with in its place, such as the mark of a list's item. */
  let mark = '';
  /** @type {AnyElement | null} What is left out around it. */
  let whole = null;

  /** The text below a ref, or the main text: `{url, title, part, lines, full}`, or `{stale}`; `full` if the limit in bytes cut it off. */
  t.readText = ({ ref = '', limit }) => {
    const found = ref ? t.find(ref) : null;
    if (found?.stale) return found;
    const root = found ? (found.element ?? found.owner) : main();
    left = limit;
    lines = [];
    inline = prefix = mark = '';
    whole = ref || root !== t.root() ? null : root;
    if (root) element(root, 0);
    flush();
    while (lines[lines.length - 1] === '') lines.pop();
    const part = root && root !== t.root() ? t.finish({ role: t.describe(root).role, element: root, kids: [] }, '', true) : '';
    return { url: location.href, title: t.clean(dom.title()), part: part.slice(2), lines, full: left <= 0 };
  };

  /** The one element that says that it is the main part, if it holds any text; else all of the page. */
  function main() {
    for (const selector of ['main, [role=main]', 'article, [role=article]']) {
      const shown = [...dom.all(selector)].filter((one) => t.drawn(one) === 'shown');
      if (shown.length === 1 && dom.text(shown[0]).trim().length >= LEAST) return shown[0];
    }
    return t.root();
  }

  /** @param {AnyElement} parent @param {number} depth */
  function children(parent, depth) {
    if (depth > DEEPEST || left <= 0) return;
    for (const child of t.childrenOf(parent)) {
      const type = dom.type(child);
      if (type === 3) say(child.data);
      else if (type === 1) element(child, depth + 1);
      if (left <= 0) return;
    }
  }

  /** @param {AnyElement} node @param {number} depth */
  function element(node, depth) {
    const tag = dom.tag(node);
    if (t.isExcluded(node) || CONTROLS.has(tag)) return;
    const drawn = t.drawn(node);
    if (drawn === 'gone') return;
    if (drawn === 'through') return void elements(node, depth);
    const role = t.roleOf(node);
    if (whole && AROUND.has(role)) return;
    if (role === 'heading') return heading(node, depth);
    if (role === 'list') return list(node, depth);
    if (role === 'link') return link(node, depth);
    if (role === 'img' || tag === 'IMG') return void say(picture(node, role));
    if (role === 'iframe') return frame(node);
    if (role === 'separator') return block(() => put('---'));
    if (role === 'table' && rowsOf(node).length > 0) return table(node, depth);
    if (role === 'blockquote') return block(() => under('> ', () => children(node, depth)));
    if (tag === 'PRE') return code(node);
    if (tag === 'BR') return void flush();
    if (tag === 'DETAILS' && !node.open) {
      const summary = [...node.children].find((child) => child.tagName === 'SUMMARY');
      if (summary) block(() => element(summary, depth + 1));
      return;
    }
    if (MARKS[tag] && !holdsBlocks(node)) return void say(marked(node, MARKS[tag], depth), true);
    const { display } = getComputedStyle(node);
    if (display === 'inline' || display === 'contents') children(node, depth);
    else if (display.startsWith('inline')) {
      // Boxes in a line stand apart from each other.
      say(' ');
      children(node, depth);
      say(' ');
    }
    else block(() => children(node, depth));
  }

  /** Elements only: text right below is not drawn. @param {AnyElement} node @param {number} depth */
  function elements(node, depth) {
    for (const child of t.childrenOf(node)) if (dom.type(child) === 1) element(child, depth + 1);
  }

  /** @param {AnyElement} node @param {number} depth */
  function heading(node, depth) {
    const level = Number(dom.attr(node, 'aria-level')) || Number(/^H([1-6])$/.exec(dom.tag(node))?.[1] ?? 2);
    const text = inlineOf(node, depth);
    if (text) block(() => put(`${'#'.repeat(Math.min(Math.max(level, 1), 6))} ${text}`));
  }

  /** @param {AnyElement} node @param {number} depth */
  function list(node, depth) {
    flush();
    const tight = prefix !== '' || mark !== '';
    if (!tight) gap();
    let number = Number(dom.attr(node, 'start') ?? 1) || 1;
    for (const child of t.childrenOf(node)) {
      if (dom.type(child) !== 1 || t.drawn(child) === 'gone' || t.isExcluded(child)) continue;
      const bullet = dom.tag(node) === 'OL' ? `${number++}. ` : '- ';
      const before = lines.length;
      const saved = prefix;
      mark = prefix + bullet;
      prefix += ' '.repeat(bullet.length);
      children(child, depth + 1);
      flush();
      prefix = saved;
      mark = '';
      // An item is one block: what stands between its parts would tear the list apart.
      while (lines.length > before && lines[lines.length - 1].trim() === '') lines.pop();
    }
    if (!tight) gap();
  }

  /** @param {AnyElement} node @param {number} depth */
  function link(node, depth) {
    // A link around a whole block is read as what it holds.
    if (holdsBlocks(node)) return block(() => children(node, depth));
    const text = inlineOf(node, depth) || t.nameOf(node, 'link');
    const url = t.linkUrl(node);
    if (text) say(url ? `[${text}](${url})` : text, true);
  }

  /** @param {AnyElement} node @param {string} role */
  function picture(node, role) {
    const name = role === 'img' ? t.nameOf(node, role) : '';
    return name ? `![${name}]` : '';
  }

  /** @param {AnyElement} node */
  function frame(node) {
    const name = t.describe(node).name;
    const ref = t.show(node, 'iframe', name);
    block(() => put(`(frame ${JSON.stringify(name)}: browser_get_text ref=${ref})`));
  }

  /** @param {AnyElement} node */
  function code(node) {
    const text = (node.innerText ?? '').replace(/\n$/, '');
    if (!text.trim()) return;
    const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
    block(() => {
      put(fence);
      for (const line of text.split('\n')) put(line.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, ''));
      put(fence);
    });
  }

  /** @param {AnyElement} node @param {number} depth */
  function table(node, depth) {
    block(() => {
      const caption = [.../** @type {any} */ (dom.children(node))].find((child) => dom.tag(child) === 'CAPTION');
      const title = caption ? inlineOf(caption, depth) : '';
      if (title) {
        put(title);
        gap();
      }
      const rows = rowsOf(node);
      const widest = Math.max(...rows.map((row) => row.length));
      for (const [at, row] of rows.entries()) {
        if (left <= 0) return;
        const cells = row.map((cell) => inlineOf(cell, depth + 3).replaceAll('|', '\\|'));
        while (cells.length < widest) cells.push('');
        put(`| ${cells.join(' | ')} |`);
        if (at === 0) put(`|${' --- |'.repeat(widest)}`);
      }
    });
  }

  /** The cells of each row of a table that are shown, those of tables within it apart. @param {AnyElement} node @returns {AnyElement[][]} */
  function rowsOf(node) {
    const own = (/** @type {AnyElement} */ one) => {
      const parent = dom.parent(one);
      return parent !== null && dom.closest(parent, 'table, [role=table], [role=grid]') === node;
    };
    return [...dom.queryAll(node, 'tr, [role=row]')]
      .filter((row) => own(row) && t.drawn(row) === 'shown' && !t.isExcluded(row))
      .map((row) => [.../** @type {any} */ (dom.children(row))].filter((cell) => t.drawn(cell) === 'shown' && !t.isExcluded(cell)))
      .filter((row) => row.length > 0);
  }

  /** @param {AnyElement} node */
  function holdsBlocks(node) {
    return dom.queryAll(node, BLOCKS).length > 0;
  }

  /** @param {AnyElement} node @param {string} sign @param {number} depth */
  function marked(node, sign, depth) {
    const text = inlineOf(node, depth);
    // The blanks at its ends stand outside the marks.
    const { data = '' } = node.firstChild instanceof Text ? node.firstChild : {};
    const [before, after] = [/^\s/.test(data) ? ' ' : '', /\s$/.test(dom.text(node)) ? ' ' : ''];
    return text ? `${before}${sign}${text}${sign}${after}` : '';
  }

  /** The content of an element on one line. @param {AnyElement} node @param {number} depth */
  function inlineOf(node, depth) {
    const saved = { lines, inline, prefix, mark, left };
    lines = [];
    inline = prefix = mark = '';
    if (depth < DEEPEST) children(node, depth + 1);
    flush();
    const text = lines.filter((line) => line !== '').join(' ');
    ({ lines, inline, prefix, mark, left } = saved);
    return t.clean(text);
  }

  /** What does `inside` stands apart from what is before and after it. @param {() => void} inside */
  function block(inside) {
    flush();
    gap();
    inside();
    flush();
    gap();
  }

  /** @param {string} sign @param {() => void} inside */
  function under(sign, inside) {
    const saved = prefix;
    prefix += sign;
    inside();
    flush();
    while (lines[lines.length - 1] === prefix.trimEnd()) lines.pop();
    prefix = saved;
  }

  /** Adds to the line of text. @param {string} text @param {boolean} [exact] */
  function say(text, exact = false) {
    inline += exact ? text : text.replace(/\s+/g, ' ');
  }

  /** Ends the line of text. */
  function flush() {
    const text = t.clean(inline);
    inline = '';
    if (text) put(text);
  }

  /** Adds a line. @param {string} text */
  function put(text) {
    const line = (mark || prefix) + text;
    mark = '';
    left -= t.bytes(line) + 1;
    lines.push(line);
  }

  /** An empty line, never two of them and none at the beginning. */
  function gap() {
    const empty = prefix.trimEnd();
    if (mark === '' && lines.length > 0 && lines[lines.length - 1] !== empty && lines[lines.length - 1] !== '') lines.push(empty);
  }
})();
