// Roles, states and values of elements, after HTML-AAM and WAI-ARIA 1.2.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

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
    ARTICLE: 'article',
    BLOCKQUOTE: 'blockquote',
    BUTTON: 'button',
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
    TABLE: 'table',
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

  /** The role of an element; `''` where it says nothing by itself. */
  t.roleOf = (element) => {
    const given = element.getAttribute('role');
    if (given) {
      for (const role of given.toLowerCase().split(/\s+/)) {
        if (!KNOWN.has(role)) continue;
        if ((role === 'none' || role === 'presentation') && keepsRole(element)) break;
        if ((role === 'region' || role === 'form') && !isNamed(element)) break;
        if (role === 'image') return 'img';
        return FLAT.has(role) ? '' : role;
      }
    }
    return nativeRole(element);
  };

  /** @param {AnyElement} element */
  function nativeRole(element) {
    const tag = element.tagName;
    const simple = SIMPLE[tag];
    if (simple) return simple;
    switch (tag) {
      case 'DIV':
      case 'SPAN':
        return isEditingHost(element) ? 'textbox' : '';
      case 'A':
      case 'AREA':
        return element.hasAttribute('href') ? 'link' : '';
      case 'INPUT':
        if (element.type === 'hidden') return '';
        if (element.hasAttribute('list') && !(element.type in INPUTS)) return 'combobox';
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
        return isNamed(element) || !element.parentElement?.closest('article, aside, nav, section')
          ? 'complementary'
          : '';
      case 'HEADER':
        return element.parentElement?.closest(SECTIONS) ? '' : 'banner';
      case 'FOOTER':
        return element.parentElement?.closest(SECTIONS) ? '' : 'contentinfo';
      case 'CANVAS':
        return isNamed(element) ? 'img' : '';
      case 'TR':
      case 'TD':
      case 'TH':
      case 'TBODY':
      case 'THEAD':
      case 'TFOOT':
        return tableRole(element, tag);
      default:
        return isEditingHost(element) ? 'textbox' : '';
    }
  }

  /** @param {AnyElement} element @param {string} tag */
  function tableRole(element, tag) {
    const table = element.closest('table');
    const kind = table ? table.getAttribute('role') : 'none';
    if (kind === 'none' || kind === 'presentation') return '';
    if (tag === 'TR') return 'row';
    if (tag === 'TD') return kind === 'grid' || kind === 'treegrid' ? 'gridcell' : 'cell';
    if (tag !== 'TH') return 'rowgroup';
    const scope = element.getAttribute('scope');
    if (scope === 'row' || scope === 'rowgroup') return 'rowheader';
    if (scope === 'col' || scope === 'colgroup') return 'columnheader';
    const inHead = element.parentElement?.parentElement?.tagName === 'THEAD';
    const row = element.parentElement;
    const alone = row && [...row.children].some((cell) => cell.tagName === 'TD');
    return !inHead && alone ? 'rowheader' : 'columnheader';
  }

  /** @param {AnyElement} item */
  function listOf(item) {
    const list = item.parentElement;
    if (!list || !/^(UL|OL|MENU)$/.test(list.tagName)) return item.closest('[role=list]');
    const role = list.getAttribute('role');
    return role === null || role === 'list' || role === 'directory' ? list : null;
  }

  /** An element keeps its own role against `none` if it can have the focus or carries a global ARIA property. @param {AnyElement} element */
  function keepsRole(element) {
    return element.hasAttribute('aria-label') || element.hasAttribute('aria-labelledby') || t.isFocusable(element);
  }

  /** @param {AnyElement} element */
  function isNamed(element) {
    return Boolean(
      element.getAttribute('aria-label')?.trim() ||
      element.hasAttribute('aria-labelledby') ||
      element.getAttribute('title')?.trim(),
    );
  }

  /** Whether a person can put the focus there. */
  t.isFocusable = (element) =>
    element.tabIndex >= 0 &&
    (element.hasAttribute('tabindex') ||
      /^(A|AREA|BUTTON|INPUT|SELECT|TEXTAREA|SUMMARY|IFRAME)$/.test(element.tagName));

  /** Whether an element is the outermost one of an editable region. @param {AnyElement} element */
  function isEditingHost(element) {
    const editable = element.getAttribute('contenteditable');
    return (
      editable !== null &&
      editable.toLowerCase() !== 'false' &&
      element.isContentEditable &&
      !element.parentElement?.isContentEditable
    );
  }
  t.isEditingHost = isEditingHost;

  /** Whether a person's input is refused. */
  t.isDisabled = (element) => element.matches(':disabled') || t.closest(element, '[aria-disabled=true i]') !== null;

  const CHECKABLE = words('checkbox radio switch menuitemcheckbox menuitemradio option treeitem');
  const SELECTABLE = words('option tab row gridcell cell columnheader rowheader treeitem');
  const REQUIRABLE = words('textbox searchbox combobox listbox spinbutton radiogroup checkbox switch tree');
  const DISABLEABLE = 'input, button, select, textarea, option, optgroup, fieldset, [aria-disabled]';

  /** The states of an element as they stand in its line: `[checked] [disabled]`. */
  t.statesOf = (element, role) => {
    const states = [];
    const aria = (/** @type {string} */ name) => element.getAttribute(`aria-${name}`)?.toLowerCase() ?? null;
    const tag = element.tagName;
    if (CHECKABLE.has(role)) {
      const native = tag === 'INPUT' && (element.type === 'checkbox' || element.type === 'radio');
      const checked = native ? (element.indeterminate ? 'mixed' : String(element.checked)) : aria('checked');
      if (checked === 'true') states.push('checked');
      if (checked === 'mixed') states.push('checked=mixed');
    }
    if ((t.INTERACTIVE.has(role) || element.matches(DISABLEABLE)) && t.isDisabled(element)) states.push('disabled');
    const expanded = tag === 'SUMMARY' ? summaryExpanded(element) : aria('expanded');
    if (expanded === 'true') states.push('expanded');
    if (expanded === 'false') states.push('expanded=false');
    const level =
      role === 'heading' ? headingLevel(element) : role === 'treeitem' || role === 'row' ? aria('level') : null;
    if (level) states.push(`level=${Number.parseInt(level, 10) || 2}`);
    if (role === 'button' && aria('pressed') === 'true') states.push('pressed');
    if (role === 'button' && aria('pressed') === 'mixed') states.push('pressed=mixed');
    if (SELECTABLE.has(role) && (tag === 'OPTION' ? element.selected : aria('selected') === 'true'))
      states.push('selected');
    if (REQUIRABLE.has(role) && (element.required === true || aria('required') === 'true')) states.push('required');
    const invalid = aria('invalid');
    if (invalid !== null && invalid !== 'false' && invalid !== '') states.push('invalid');
    if (element.readOnly === true && !/^(button|checkbox|radio|slider)$/.test(role)) states.push('readonly');
    else if (aria('readonly') === 'true') states.push('readonly');
    const current = aria('current');
    if (current !== null && current !== 'false' && current !== '') states.push('current');
    if (element === t.active) states.push('focused');
    return states.map((state) => ` [${state}]`).join('');
  };

  /** @param {AnyElement} element */
  function headingLevel(element) {
    return element.getAttribute('aria-level') ?? (/^H[1-6]$/.test(element.tagName) ? element.tagName[1] : '2');
  }

  /** @param {AnyElement} element */
  function summaryExpanded(element) {
    const details = /** @type {AnyElement | null} */ (element.parentElement);
    return details?.tagName === 'DETAILS' ? String(details.open) : null;
  }

  /** What a control holds, as a person reads it; `''` where there is nothing, bullets for passwords. */
  t.valueOf = (element, role) => {
    switch (element.tagName) {
      case 'INPUT':
        if (/^(checkbox|radio|button|submit|reset|image|hidden)$/.test(element.type)) return '';
        if (element.type === 'password') return '*'.repeat(Math.min(element.value.length, 12));
        if (element.type === 'file') return [...(element.files ?? [])].map((file) => file.name).join(', ');
        return element.value;
      case 'TEXTAREA':
        return element.value;
      case 'SELECT':
        return element.multiple || element.size > 1 ? '' : (element.selectedOptions[0]?.label ?? '');
      case 'PROGRESS':
      case 'METER':
        return element.tagName === 'PROGRESS' && element.position < 0 ? '' : String(element.value);
      default:
    }
    if (/^(slider|spinbutton|progressbar|meter|scrollbar)$/.test(role)) {
      return element.getAttribute('aria-valuetext') ?? element.getAttribute('aria-valuenow') ?? '';
    }
    if (/^(textbox|searchbox)$/.test(role) && element.isContentEditable) return element.innerText;
    return '';
  };
})();
