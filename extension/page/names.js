// Accessible names, after the Accessible Name and Description Computation 1.2 and HTML-AAM.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Roles whose name may come from their content. */
  t.NAMED_BY_CONTENT = words(
    'button cell checkbox columnheader gridcell heading link menuitem menuitemcheckbox menuitemradio option radio row ' +
      'rowheader switch tab tooltip treeitem',
  );
  /** Roles that must not have a name. */
  const NAMELESS = words('paragraph caption term definition blockquote rowgroup');
  /** Roles of controls that say what they hold where they stand in the name of another. */
  const HOLDING = /^(textbox|searchbox|combobox|listbox|spinbutton|slider|progressbar|meter|scrollbar)$/;
  /** Nested lists of a tree or a menu are lines of their own, not part of the name of the item above them. */
  const NESTED = /^(group|menu|tree)$/;
  /** Deeper nesting than this gives no more to a name; it bounds pages that nest without end. */
  const DEEPEST = 60;
  /** No accessible name needs more characters than this while it is gathered. */
  const LONGEST = 2_000;

  /**
   * The accessible name of an element of that role, cleaned; `''` if it has none. `fromContent` says whether it was
   * read off the content, so that the content need not be told again; `untold` asks for none that is.
   */
  t.nameOf = (element, role) => named(element, role).name;
  t.named = named;

  /** @param {AnyElement} element @param {string} role @param {boolean} [untold] */
  function named(element, role, untold = false) {
    if (NAMELESS.has(role)) return { name: '', fromContent: false };
    const given = labelledBy(element) || t.clean(dom.attr(element, 'aria-label') ?? '');
    if (given) return { name: given, fromContent: false };
    const native = t.clean(nativeName(element, role));
    if (native) return { name: native, fromContent: false };
    if (role === '' || t.NAMED_BY_CONTENT.has(role)) {
      const text = untold ? '' : t.contentOf(element, role);
      if (text) return { name: text, fromContent: true };
    }
    const fallback = dom.attr(element, 'title') || fieldHint(element, role);
    return { name: t.clean(fallback), fromContent: false };
  }

  /** @param {AnyElement} element @returns {string} */
  function labelledBy(element) {
    return dom.has(element, 'aria-labelledby') ? toldBy(element, 'aria-labelledby') : '';
  }

  /** What the elements say that an attribute names, hidden ones too. @param {AnyElement} element @param {string} attribute @returns {string} */
  function toldBy(element, attribute) {
    const parts = t.referenced(element, attribute).map((told) => {
      if (t.drawn(told) === 'gone') return dom.attr(told, 'aria-label') || dom.text(told);
      return told === element ? dom.attr(told, 'aria-label') || t.contentOf(told) : inner(told, element, 0, {});
    });
    return t.clean(parts.join(' '));
  }

  /**
   * What is said of an element beside its name, after the description computation of the same specification; `''` if
   * that is nothing, or the name.
   */
  t.descriptionOf = (element, role, name) => {
    const told =
      (dom.has(element, 'aria-describedby') && toldBy(element, 'aria-describedby')) ||
      t.clean(dom.attr(element, 'aria-description') ?? '') ||
      t.clean(nativeDescription(element, role, name)) ||
      t.clean(dom.attr(element, 'title') ?? '');
    return told === name || NAMELESS.has(role) ? '' : told;
  };

  /** @param {AnyElement} element @param {string} role @param {string} name */
  function nativeDescription(element, role, name) {
    switch (dom.tag(element)) {
      case 'TABLE':
        return childText(element, 'CAPTION');
      case 'INPUT':
        return role === 'button' && /^(button|submit|reset)$/.test(element.type) ? element.value : '';
      case 'svg':
        return name ? (element.querySelector(':scope > desc')?.textContent ?? '') : '';
      default:
        return '';
    }
  }

  /** @param {AnyElement} element @param {string} role */
  function nativeName(element, role) {
    switch (dom.tag(element)) {
      case 'INPUT':
        if (/^(button|submit|reset)$/.test(element.type)) {
          const standard = element.type === 'submit' ? 'Submit' : element.type === 'reset' ? 'Reset' : '';
          return labelText(element) || element.getAttribute('value') || element.title || standard;
        }
        if (element.type === 'image') return labelText(element) || element.alt || element.title || 'Submit';
        return labelText(element) || (element.type === 'file' ? element.title || fileChooser(element) : '');
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
        return role === 'link' && dom.tag(element) === 'a'
          ? (element.querySelector(':scope > title')?.textContent ?? '')
          : '';
    }
  }

  /** What the browser itself writes on a file chooser. @param {AnyElement} element */
  function fileChooser(element) {
    return element.multiple ? 'Choose Files' : 'Choose File';
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
    return [...labels].map((label) => dom.attr(label, 'aria-label')?.trim() || alternative(label, element, 0, {})).join(' ');
  }

  /** @param {AnyElement} element @param {string} role */
  function fieldHint(element, role) {
    if (!/^(textbox|searchbox|combobox|spinbutton)$/.test(role)) return '';
    return dom.attr(element, 'placeholder') || dom.attr(element, 'aria-placeholder') || '';
  }

  /** The name that an element's content makes. */
  t.contentOf = (element, role = '') => {
    const first = dom.first(element);
    if (first && dom.type(first) === 3 && !dom.next(first) && !dom.shadow(element))
      return t.clean(generated(element, '::before') + first.data + generated(element, '::after'));
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
    let text = generated(element, '::before');
    for (const child of t.childrenOf(element)) {
      if (text.length > LONGEST && !options.visual) break;
      const type = dom.type(child);
      if (type === 3) text += child.data;
      else if (type === 1) text += part(child, owner, depth + 1, options);
    }
    return text + generated(element, '::after');
  }

  /** @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options */
  function part(element, owner, depth, options) {
    if (element === owner) return '';
    if (dom.tag(element) === 'BR') return ' ';
    if (options.item && NESTED.test(dom.attr(element, 'role') ?? '')) return '';
    if (!options.visual && t.isExcluded(element)) return '';
    const drawn = t.drawn(element);
    if (drawn === 'gone') return '';
    if (drawn === 'through') {
      let text = '';
      for (const child of t.childrenOf(element))
        if (dom.type(child) === 1) text += part(child, owner, depth + 1, options);
      return text;
    }
    return spaced(element, inner(element, owner, depth, options));
  }

  /** @param {AnyElement} element @param {AnyElement} owner @param {number} depth @param {NameOptions} options @returns {string} */
  function inner(element, owner, depth, options) {
    if (options.labels && dom.has(element, 'aria-labelledby')) {
      const label = labelledBy(element);
      if (label) return label;
    }
    const tag = dom.tag(element);
    const held = options.visual ? null : heldBy(element, tag);
    if (held !== null) return held;
    const label = options.visual ? '' : dom.attr(element, 'aria-label');
    if (label?.trim()) return label;
    if (tag === 'IMG' || tag === 'AREA') return element.getAttribute('alt') ?? element.title;
    if (tag === 'svg') return element.querySelector(':scope > title')?.textContent ?? '';
    if (tag === 'IFRAME') return element.title;
    if (tag === 'INPUT') return t.roleOf(element) === 'button' ? nativeName(element, 'button') : shownValue(element);
    if (tag === 'TEXTAREA') return element.value;
    return content(element, owner, depth, options) || (options.visual ? '' : (dom.attr(element, 'title') ?? ''));
  }

  /** What a control says by what it holds, within the name of another; `null` if it is no such control. @param {AnyElement} element @param {string} tag */
  function heldBy(element, tag) {
    const isForm = tag === 'INPUT' || tag === 'TEXTAREA' || tag === 'SELECT' || tag === 'PROGRESS' || tag === 'METER';
    if (!isForm && !dom.has(element, 'role') && !dom.isEditable(element)) return null;
    const role = t.roleOf(element);
    if (tag === 'SELECT') return [...element.selectedOptions].map((option) => option.label).join(' ');
    if (!HOLDING.test(role) || element.type === 'password') return null;
    if (isForm || /^(slider|spinbutton|progressbar|meter|scrollbar)$/.test(role)) return t.valueOf(element, role) || null;
    return role === 'textbox' || role === 'searchbox' ? null : (chosen(element) ?? null);
  }

  /** @param {AnyElement} element */
  function shownValue(element) {
    return HOLDING.test(t.roleOf(element)) && element.type !== 'password' ? element.value : '';
  }

  /** What is chosen in a list by ARIA. @param {AnyElement} element */
  function chosen(element) {
    const options = [...dom.queryAll(element, '[role=option][aria-selected=true]')];
    return options.length > 0 ? options.map((option) => t.contentOf(option)).join(' ') : null;
  }

  /**
   * The text that a style puts before or after an element's content, or the other text that it gives for it; pictures
   * and counters say nothing, and neither do the signs that fonts of icons use.
   *
   * @param {AnyElement} element
   * @param {string} place
   */
  function generated(element, place) {
    const style = getComputedStyle(element, place);
    const { content } = style;
    if (content === 'none' || content === 'normal' || content === '') return '';
    const plain = content.replace(/[\w-]+\((?:"(?:[^"\\]|\\.)*"|[^)"])*\)/g, '');
    const other = plain.lastIndexOf(' / "');
    let text = '';
    for (const [, quoted] of plain.slice(other + 1).matchAll(/"((?:[^"\\]|\\.)*)"/g)) text += quoted.replace(/\\(.)/g, '$1');
    text = text.replace(/[\ue000-\uf8ff]/g, '');
    return text && style.display !== 'inline' ? ` ${text} ` : text;
  }

  /** @param {AnyElement} element @param {string} text */
  function spaced(element, text) {
    if (text === '') return '';
    const display = getComputedStyle(element).display;
    return display === 'inline' || display === 'contents' ? text : ` ${text} `;
  }
})();
