// Roles of elements, after HTML-AAM and WAI-ARIA 1.2.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Roles that a page may give; others are ignored, as the specification says. */
  const KNOWN = words(
    'alert alertdialog application article banner blockquote button caption cell checkbox code columnheader combobox ' +
      'complementary contentinfo definition deletion dialog directory document emphasis feed figure form generic grid ' +
      'gridcell group heading img image insertion link list listbox listitem log main mark marquee math menu menubar ' +
      'menuitem menuitemcheckbox menuitemradio meter navigation none note option paragraph presentation progressbar ' +
      'radio radiogroup region row rowgroup rowheader scrollbar search searchbox separator slider spinbutton status ' +
      'strong subscript superscript switch tab table tablist tabpanel term textbox time timer toolbar tooltip tree ' +
      'treegrid treeitem',
  );
  /** Roles with which a person acts. */
  t.INTERACTIVE = words(
    'button checkbox combobox gridcell link listbox menuitem menuitemcheckbox menuitemradio option radio scrollbar ' +
      'searchbox slider spinbutton switch tab textbox treeitem',
  );
  /** Roles that say nothing by themselves: their content stands in their place. */
  const FLAT = words('generic none presentation strong emphasis code mark insertion deletion subscript superscript');

  /** @type {Record<string, string>} */
  const SIMPLE = {
    // @ts-ignore An element of another language may be called constructor.
    __proto__: null,
    ARTICLE: 'article',
    BLOCKQUOTE: 'blockquote',
    BUTTON: 'button',
    CANVAS: 'canvas',
    CAPTION: 'caption',
    DD: 'definition',
    DETAILS: 'group',
    DIALOG: 'dialog',
    DT: 'term',
    FIELDSET: 'group',
    FIGURE: 'figure',
    H1: 'heading',
    H2: 'heading',
    H3: 'heading',
    H4: 'heading',
    H5: 'heading',
    H6: 'heading',
    HR: 'separator',
    IFRAME: 'iframe',
    FRAME: 'iframe',
    MAIN: 'main',
    MATH: 'math',
    MENU: 'list',
    METER: 'meter',
    NAV: 'navigation',
    OL: 'list',
    OPTGROUP: 'group',
    OPTION: 'option',
    OUTPUT: 'status',
    P: 'paragraph',
    PROGRESS: 'progressbar',
    SEARCH: 'search',
    SUMMARY: 'button',
    TEXTAREA: 'textbox',
    TIME: 'time',
    UL: 'list',
    VIDEO: 'video',
    AUDIO: 'audio',
  };
  /** @type {Record<string, string>} */
  const INPUTS = {
    button: 'button',
    checkbox: 'checkbox',
    color: 'textbox',
    file: 'button',
    image: 'button',
    number: 'spinbutton',
    radio: 'radio',
    range: 'slider',
    reset: 'button',
    search: 'searchbox',
    submit: 'button',
  };
  const SECTIONS =
    'article, aside, main, nav, section, [role=article], [role=complementary], [role=main], [role=navigation], [role=region]';

  /** Elements that are fields as a whole when they are editable; headings and cells stay what they are. */
  const EDITED_WHOLE = words('P LI DD DT BLOCKQUOTE ARTICLE MAIN FIGURE');
  /** ARIA's global attributes: an element that has one keeps its own role against `none`. */
  const GLOBAL =
    '[aria-atomic], [aria-busy], [aria-controls], [aria-current], [aria-describedby], [aria-description], ' +
    '[aria-details], [aria-dropeffect], [aria-flowto], [aria-grabbed], [aria-keyshortcuts], [aria-label], ' +
    '[aria-labelledby], [aria-live], [aria-owns], [aria-relevant], [aria-roledescription]';

  /** Nobody lays out a page in so many rows. */
  const MANY_ROWS = 20;
  /** Which tables only lay out their content, as far as the last walk has asked. @type {WeakMap<AnyElement, boolean>} */
  let layouts = new WeakMap();

  /** Begins a walk: what is remembered of tables may have changed. */
  t.forgetTables = () => (layouts = new WeakMap());

  /** The role of an element; `''` where it says nothing by itself. */
  t.roleOf = (element) => {
    // Most elements have no attribute at all: to ask for that is cheaper than to ask for each of those that count.
    const plain = !dom.hasAny(element);
    const given = plain ? null : dom.attr(element, 'role');
    if (given) {
      for (const role of given.toLowerCase().split(/\s+/)) {
        if (!KNOWN.has(role)) continue;
        if ((role === 'none' || role === 'presentation') && keepsRole(element)) break;
        if ((role === 'region' || role === 'form') && !isNamed(element)) break;
        if (role === 'image') return 'img';
        return FLAT.has(role) ? '' : role;
      }
    }
    return nativeRole(element, plain);
  };

  /** @param {AnyElement} element @param {boolean} plain Whether it has no attributes. */
  function nativeRole(element, plain) {
    const tag = dom.tag(element);
    const simple = SIMPLE[tag];
    if (simple) return !plain && EDITED_WHOLE.has(tag) && isEditingHost(element) ? 'textbox' : simple;
    switch (tag) {
      // Their documents are read as those of frames; what else they may show says nothing.
      case 'OBJECT':
        return /** @type {any} */ (element).contentWindow ? 'iframe' : '';
      case 'EMBED':
        return /html/i.test(element.type) ? 'iframe' : '';
      case 'DIV':
      case 'SPAN':
        return !plain && isEditingHost(element) ? 'textbox' : '';
      case 'A':
      case 'AREA':
        return element.hasAttribute('href') ? 'link' : '';
      case 'a':
        return element.hasAttribute('href') || element.hasAttribute('xlink:href') ? 'link' : '';
      case 'INPUT':
        if (element.type === 'hidden') return '';
        if (element.list && (element.type === 'search' || !(element.type in INPUTS))) return 'combobox';
        return INPUTS[element.type] ?? 'textbox';
      case 'SELECT':
        return element.multiple || element.size > 1 ? 'listbox' : 'combobox';
      case 'IMG':
        return element.getAttribute('alt') === '' && !isNamed(element) && !element.title ? '' : 'img';
      case 'svg':
        return isNamed(element) || element.querySelector(':scope > title') ? 'img' : '';
      case 'LI':
        return listOf(element) ? 'listitem' : '';
      case 'SECTION':
        return isNamed(element) ? 'region' : '';
      case 'FORM':
        return isNamed(element) ? 'form' : '';
      case 'ASIDE':
        return isNamed(element) || !isBelow(element, 'article, aside, nav, section') ? 'complementary' : '';
      case 'HEADER':
        return isInSection(element) ? '' : 'banner';
      case 'FOOTER':
        return isInSection(element) ? '' : 'contentinfo';
      case 'TABLE':
        return isLayout(element) ? '' : 'table';
      case 'TR':
      case 'TD':
      case 'TH':
      case 'TBODY':
      case 'THEAD':
      case 'TFOOT':
        return tableRole(element, tag);
      default:
        return !plain && isEditingHost(element) ? 'textbox' : '';
    }
  }

  /** @param {AnyElement} element @param {string} tag */
  function tableRole(element, tag) {
    const table = dom.closest(element, 'table');
    if (!table) return '';
    const kind = dom.attr(table, 'role');
    if (kind === 'none' || kind === 'presentation' || (kind === null && isLayout(table))) return '';
    if (tag === 'TR') return 'row';
    if (tag === 'TD') return kind === 'grid' || kind === 'treegrid' ? 'gridcell' : 'cell';
    if (tag !== 'TH') return 'rowgroup';
    const scope = element.getAttribute('scope');
    if (scope === 'row' || scope === 'rowgroup') return 'rowheader';
    if (scope === 'col' || scope === 'colgroup') return 'columnheader';
    const row = element.parentElement;
    if (!row || row.parentElement?.tagName === 'THEAD') return 'columnheader';
    // An empty corner says nothing of its row.
    const headsRow = [...row.children].some((cell) => cell.tagName === 'TD' && cell.firstChild);
    return headsRow ? 'rowheader' : 'columnheader';
  }

  /** Whether a table without heads has one row or column only, or holds another table. @param {AnyElement} table */
  function isLayout(table) {
    const known = layouts.get(table);
    if (known !== undefined) return known;
    const layout = isWithoutHeads(table) && (isOneLine(table) || table.querySelector('table') !== null);
    layouts.set(table, layout);
    return layout;
  }

  /** @param {AnyElement} table */
  function isWithoutHeads(table) {
    const { caption, tHead, tFoot, rows } = table;
    if (rows.length >= MANY_ROWS || caption || tHead || tFoot || table.isContentEditable || isNamed(table)) return false;
    for (const name of ['border', 'summary', 'rules', 'aria-describedby']) if (table.hasAttribute(name)) return false;
    if ([...table.attributes].some(({ name }) => name.startsWith('aria-'))) return false;
    for (const row of rows) {
      for (const cell of row.cells)
        if (cell.tagName === 'TH' || cell.hasAttribute('headers') || cell.hasAttribute('scope') || cell.abbr) return false;
    }
    return true;
  }

  /** @param {AnyElement} table */
  function isOneLine({ rows }) {
    return rows.length <= 1 || [...rows].every((row) => row.cells.length <= 1);
  }

  /** @param {AnyElement} item */
  function listOf(item) {
    const list = dom.parent(item);
    if (!list || !/^(UL|OL|MENU)$/.test(dom.tag(list))) return dom.closest(item, '[role=list]');
    const role = dom.attr(list, 'role');
    return role === null || role === 'list' || role === 'directory' ? list : null;
  }

  /** @param {AnyElement} element */
  function isInSection(element) {
    return isBelow(element, SECTIONS);
  }

  /** @param {AnyElement} element @param {string} selector */
  function isBelow(element, selector) {
    const parent = dom.parent(element);
    return parent !== null && dom.closest(parent, selector) !== null;
  }

  /** An element keeps its own role against `none` if it can have the focus or carries a global ARIA property. @param {AnyElement} element */
  function keepsRole(element) {
    return dom.matches(element, GLOBAL) || t.isFocusable(element);
  }

  /** @param {AnyElement} element */
  function isNamed(element) {
    return Boolean(
      dom.attr(element, 'aria-label')?.trim() ||
      dom.has(element, 'aria-labelledby') ||
      dom.attr(element, 'title')?.trim(),
    );
  }

  /** Whether a person can put the focus there. */
  t.isFocusable = (element) =>
    dom.tabIndex(element) >= 0 &&
    (dom.has(element, 'tabindex') || /^(A|AREA|BUTTON|INPUT|SELECT|TEXTAREA|SUMMARY|IFRAME)$/.test(dom.tag(element)));

  /** Whether an element is the outermost one of an editable region. @param {AnyElement} element */
  function isEditingHost(element) {
    const editable = dom.attr(element, 'contenteditable');
    if (editable === null || editable.toLowerCase() === 'false' || !dom.isEditable(element)) return false;
    const parent = dom.parent(element);
    return !parent || !dom.isEditable(parent);
  }
  t.isEditingHost = isEditingHost;
})();
