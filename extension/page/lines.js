// The lines of a snapshot: what one node looks like to an agent.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Roles without action of their own that an agent may want to read, picture or open by themselves. */
  const STRUCTURAL = words(
    'alertdialog article banner canvas complementary contentinfo dialog feed figure form grid heading iframe img list log main ' +
      'menu menubar navigation radiogroup region search table tablist tabpanel toolbar tree treegrid video audio application',
  );
  /** An address longer than this is shown by its beginning; the ref still leads there. */
  const LONGEST_URL = 200;

  /** What has no line of its own: its kids stand in its place. @type {TabmuxLine} */
  const NO_LINE = {
    head: '',
    tail: '',
    text: '',
    role: '',
    name: '',
    skip: true,
    bytes: 0,
    properties: [],
    ref: false,
  };
  /** What a ref takes in a line, about. */
  const REF_BYTES = 12;
  /** What the note of a part that is left out for its depth takes. */
  const CUT_BYTES = 60;

  const encoder = new TextEncoder();

  /** The length of a text in bytes of UTF-8. */
  t.bytes = (text) => (/^[\x00-\x7f]*$/.test(text) ? text.length : encoder.encode(text).length);

  /**
   * The parts of a node's line, made once: `head` (dash, role, name, states), `tail` (value) and `properties` (lines
   * below it); whether it has a ref without being folded.
   */
  t.lineOf = (node) => (node.line ??= node.role === 'text' ? textLine(node) : elementLine(node));

  /** The finished line, with the ref given at last, so that numbers are spent only on what is shown; `always` gives one to every element. */
  t.finish = (node, note = '', always = false) => {
    const line = t.lineOf(node);
    if (node.role === 'text') return note ? `${line.head}${note}` : line.head + line.tail;
    const ref = line.ref || always || note.includes(t.REF) ? t.show(node.element, line.role, t.knownAs(node)) : '';
    const shown = ref ? ` [ref=${ref}]` : '';
    const told = note.replace(t.REF, ref);
    return `${line.head}${shown}${note.startsWith(':') ? told : line.tail + told}`;
  };

  /** Stands in a note for the ref of the line that it ends. */
  t.REF = '\u0000';

  /** The name by which the element of a line is known. */
  t.knownAs = (node) => {
    const line = t.lineOf(node);
    if (line.later) Object.assign(line, { later: false, name: t.describe(node.element).name });
    return line.name;
  };

  /** The size of a line with its line feed, at a depth, properties included. */
  t.sizeOf = (node, depth) => {
    const line = t.lineOf(node);
    if (line.skip) return 0;
    const indent = depth * 2 + 1;
    const own = line.bytes + (line.ref ? REF_BYTES : 0) + (node.cut ? CUT_BYTES : 0) + indent;
    return own + line.properties.length * (indent + 2);
  };

  /** How many lines a node and what is below it may have, without asking for any of them. */
  t.countOf = ({ kids }) => {
    if (kids.length === 1 && kids[0].role === 'text') return 1;
    return kids.reduce((sum, kid) => sum + t.countOf(kid), 1);
  };

  /** The kids of a node that have a line of their own: a single text stands behind the colon of its parent. */
  t.kidsOf = (node) => (t.lineOf(node).inlined ? [] : node.kids);

  /** @param {TabmuxNode} node */
  function textLine(node) {
    const text = t.clean(node.text ?? '');
    return {
      head: '- text: ',
      tail: text,
      text,
      role: 'text',
      name: '',
      skip: text === '',
      bytes: 8 + t.bytes(text),
      properties: [],
      ref: false,
    };
  }

  /** @param {TabmuxNode} node */
  function elementLine(node) {
    const { element } = node;
    if (!element || node.role === '') return NO_LINE;
    const { role, name, later } = t.describeLine(element, node.bare === true);
    let head = `- ${role}`;
    if (name) head += ` ${JSON.stringify(name)}`;
    head += t.statesOf(element, role);
    let value = t.clean(t.valueOf(element, role));
    let inlined = false;
    if (!value && node.kids.length === 1 && node.kids[0].role === 'text') {
      value = t.lineOf(node.kids[0]).text;
      inlined = true;
    }
    const tail = value ? `: ${value}` : '';
    const ref =
      (t.INTERACTIVE.has(role) && dom.tag(element) !== 'OPTION') ||
      STRUCTURAL.has(role) ||
      node.clickable === true ||
      role === 'generic' ||
      element === t.active ||
      (role === 'group' && name !== '') ||
      (role === 'row' && dom.closest(element, '[role=grid], [role=treegrid]') !== null);
    const below = properties(node, role, name, value);
    return {
      head,
      tail,
      text: value,
      role,
      name,
      later,
      inlined,
      ref,
      skip: false,
      bytes: below.reduce((sum, property) => sum + t.bytes(property), t.bytes(head) + t.bytes(tail)),
      properties: below,
    };
  }

  /** @param {TabmuxNode} node @param {string} role @param {string} name @param {string} value */
  function properties(node, role, name, value) {
    const { element } = node;
    const found = [];
    if (role === 'link') {
      const url = linkUrl(element);
      if (url) found.push(`- /url: ${url}`);
    }
    const told = t.descriptionOf(element, role, name);
    if (told) found.push(`- /description: ${t.shorten(told, t.LONGEST_NAME)}`);
    const hint = t.clean(dom.attr(element, 'placeholder') ?? dom.attr(element, 'aria-placeholder') ?? '');
    if (hint && hint !== name && !element.value) found.push(`- /placeholder: ${t.shorten(hint, t.LONGEST_NAME)}`);
    const acts = node.clickable || (t.INTERACTIVE.has(role) && dom.tag(element) !== 'OPTION');
    if (acts && !name && !value && node.kids.length === 0 && !told && !hint) found.push(`- /looks: ${t.looksOf(element)}`);
    return found;
  }

  /** Where a link leads: a path on the same site; `''` for what leads nowhere. */
  t.linkUrl = linkUrl;

  /** @param {AnyElement} link */
  function linkUrl(link) {
    const written = link.getAttribute('href') ?? link.getAttribute('xlink:href');
    if (!written || /^\s*javascript:/i.test(written)) return '';
    if (written.startsWith('#')) return t.shorten(t.clean(written), LONGEST_URL);
    let url;
    try {
      url = new URL(written, dom.base());
    } catch {
      return '';
    }
    const local = url.origin === location.origin && url.origin !== 'null';
    return t.shorten(local ? url.pathname + url.search + url.hash : url.href, LONGEST_URL);
  }
})();
