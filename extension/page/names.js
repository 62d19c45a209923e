// Accessible names, after the Accessible Name and Description Computation 1.2 and HTML-AAM.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Roles whose name may come from their content. */
  t.NAMED_BY_CONTENT = words(
    'button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row ' +
      'rowheader switch tab tooltip treeitem',
  );
  /** Roles that must not have a name. */
  const NAMELESS = words('paragraph caption term definition blockquote rowgroup');
  /** Nested lists of a tree or a menu are lines of their own, not part of the name of the item above them. */
  const NESTED = /^(group|menu|tree)$/;
  /** Deeper nesting than this gives no more to a name; it bounds pages that nest without end. */
  const DEEPEST = 60;
  /** No accessible name needs more characters than this while it is gathered. */
  const LONGEST = 2_000;

  /**
   * The accessible name of an element of that role, cleaned; `''` if it has none. `fromContent` says whether it was
   * read off the content, so that the content need not be told again.
   */
  t.nameOf = (element, role) => named(element, role).name;
  t.named = named;

  /** @param {AnyElement} element @param {string} role */
  function named(element, role) {
    if (NAMELESS.has(role)) return { name: '', fromContent: false };
    const given = labelledBy(element) || t.clean(element.getAttribute('aria-label') ?? '');
    if (given) return { name: given, fromContent: false };
    const native = t.clean(nativeName(element, role));
    if (native) return { name: native, fromContent: false };
    if (role === '' || t.NAMED_BY_CONTENT.has(role)) {
      const text = t.contentOf(element, role);
      if (text) return { name: text, fromContent: true };
    }
    const fallback = element.getAttribute('title') || fieldHint(element, role);
    return { name: t.clean(fallback), fromContent: false };
  }

  /** @param {AnyElement} element */
  function labelledBy(element) {
    if (!element.hasAttribute('aria-labelledby')) return '';
    const parts = t.referenced(element, 'aria-labelledby').map((label) => {
      const own = t.clean(label.getAttribute('aria-label') ?? '');
      if (own) return own;
      return t.drawn(label) === 'gone' ? t.clean(label.textContent) : alternative(label, element, 0, { labels: false });
    });
    return t.clean(parts.join(' '));
  }

  /** @param {AnyElement} element @param {string} role */
  function nativeName(element, role) {
    switch (element.tagName) {
      case 'INPUT':
        if (/^(button|submit|reset)$/.test(element.type)) {
          const standard = element.type === 'submit' ? 'Submit' : element.type === 'reset' ? 'Reset' : '';
          return labelText(element) || element.getAttribute('value') || element.title || standard;
        }
        if (element.type === 'image') return labelText(element) || element.alt || element.title || 'Submit';
        return labelText(element) || (element.type === 'file' ? element.title || 'Choose file' : '');
      case 'SELECT':
      case 'TEXTAREA':
      case 'METER':
      case 'PROGRESS':
      case 'OUTPUT':
      case 'BUTTON':
        return labelText(element);
      case 'IMG':
      case 'AREA':
        return element.getAttribute('alt') ?? '';
      case 'FIELDSET':
        return childText(element, 'LEGEND');
      case 'FIGURE':
        return childText(element, 'FIGCAPTION');
      case 'TABLE':
        return childText(element, 'CAPTION');
      case 'svg':
        return element.querySelector(':scope > title')?.textContent ?? '';
      case 'OPTION':
        return element.label;
      case 'OPTGROUP':
        return element.label;
      default:
        return role === 'link' && element.tagName === 'a'
          ? (element.querySelector(':scope > title')?.textContent ?? '')
          : '';
    }
  }

  /** @param {AnyElement} element @param {string} tag */
  function childText(element, tag) {
    for (const child of element.children) if (child.tagName === tag) return alternative(child, element, 0, {});
    return '';
  }

  /** @param {AnyElement} element */
  function labelText(element) {
    const labels = element.labels;
    if (!labels || labels.length === 0) return '';
    return [...labels].map((label) => alternative(label, element, 0, {})).join(' ');
  }

  /** @param {AnyElement} element @param {string} role */
  function fieldHint(element, role) {
    if (!/^(textbox|searchbox|combobox|spinbutton)$/.test(role)) return '';
    return element.getAttribute('placeholder') || element.getAttribute('aria-placeholder') || '';
  }

  /** The name that an element's content makes. */
  t.contentOf = (element, role = '') => {
    const first = /** @type {any} */ (element.firstChild);
    if (first && !first.nextSibling && first.nodeType === 3 && !element.shadowRoot) return t.clean(first.data);
    return alternative(element, element, 0, { labels: true, item: /^(treeitem|menuitem)/.test(role) });
  };

  /** The text of an element as a person sees it, in reading order, with blanks between blocks. */
  t.visibleText = (element) => alternative(element, element, 0, { visual: true });

  /** The text alternative of a part of `owner`'s name. @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options */
  function alternative(element, owner, depth, options) {
    return t.clean(content(element, owner, depth, options));
  }

  /** @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options */
  function content(element, owner, depth, options) {
    if (depth > (options.visual ? DEEPEST * 10 : DEEPEST)) return '';
    let text = '';
    for (const child of t.childrenOf(element)) {
      if (text.length > LONGEST && !options.visual) break;
      if (child.nodeType === 3) text += child.data;
      else if (child.nodeType === 1) text += part(child, owner, depth + 1, options);
    }
    return text;
  }

  /** @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options */
  function part(element, owner, depth, options) {
    if (element === owner) return '';
    if (element.tagName === 'BR') return ' ';
    if (options.item && NESTED.test(element.getAttribute('role') ?? '')) return '';
    if (!options.visual && t.isExcluded(element)) return '';
    const drawn = t.drawn(element);
    if (drawn === 'gone') return '';
    if (drawn === 'through') {
      let text = '';
      for (const child of t.childrenOf(element))
        if (child.nodeType === 1) text += part(child, owner, depth + 1, options);
      return text;
    }
    return spaced(element, inner(element, owner, depth, options));
  }

  /** @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options */
  function inner(element, owner, depth, options) {
    if (options.labels && element.hasAttribute('aria-labelledby')) {
      const label = labelledBy(element);
      if (label) return label;
    }
    const label = options.visual ? '' : element.getAttribute('aria-label');
    if (label?.trim()) return label;
    const tag = element.tagName;
    if (tag === 'IMG' || tag === 'AREA') return element.getAttribute('alt') ?? element.title;
    if (tag === 'svg') return element.querySelector(':scope > title')?.textContent ?? '';
    if (tag === 'IFRAME') return element.title;
    if (tag === 'INPUT' || tag === 'TEXTAREA' || tag === 'SELECT' || element.isContentEditable) {
      const role = t.roleOf(element);
      if (/^(textbox|searchbox|combobox|spinbutton|slider)$/.test(role) && element.type !== 'password')
        return t.valueOf(element, role);
      if (tag === 'INPUT') return role === 'button' ? nativeName(element, role) : '';
      if (tag === 'SELECT') return [...element.selectedOptions].map((option) => option.label).join(' ');
    }
    return content(element, owner, depth, options) || (options.visual ? '' : element.title);
  }

  /** @param {AnyElement} element @param {string} text */
  function spaced(element, text) {
    if (text === '') return '';
    const display = getComputedStyle(element).display;
    return display === 'inline' || display === 'contents' ? text : ` ${text} `;
  }
})();
