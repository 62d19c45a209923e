// Editing: fields and lists whose content is replaced.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** Inputs that have no text to type into: their value is set, as their own pickers do. */
  const PICKED = /^(date|time|datetime-local|month|week|color|range)$/;
  /** Inputs that hold no text at all. */
  const TEXTLESS = /^(button|checkbox|file|hidden|image|radio|reset|submit)$/;
  /** How many options a refusal lists. */
  const LISTED_OPTIONS = 20;

  /**
   * Makes a field ready to be typed into: focus, with its content selected. `{ok, empty}`, `{done}` if the value was set
   * at once, or `{bad, fix}` / `{not, fix}`.
   */
  t.edit = ({ ref, text }) => {
    const found = t.find(ref);
    if (found.stale) return found;
    const field = t.fieldOf(found.element);
    const tag = dom.tag(field);
    if (tag === 'SELECT') return { bad: 'it is a drop-down', fix: 'Use browser_select_option.' };
    const isField = tag === 'INPUT' || tag === 'TEXTAREA';
    if (!isField && !dom.isEditable(field)) {
      const inner = dom.queryAll(
        field,
        'input:not([type=hidden]), textarea, [contenteditable=""], [contenteditable=true]',
      );
      const name =
        inner.length > 0
          ? ' Take a snapshot and use the ref of the field inside it.'
          : ' Click it, or use the ref of a text field.';
      return { bad: 'it is not a text field', fix: name.trim() };
    }
    if (tag === 'INPUT' && TEXTLESS.test(field.type))
      return { bad: `it is an input of type ${field.type}, which holds no text`, fix: 'Use browser_click.' };
    if (field.readOnly) return { not: 'it is read-only', fix: 'Do what makes it editable first, or leave it.' };
    field.focus({ preventScroll: true });
    if (tag === 'INPUT' && PICKED.test(field.type)) return setValue(field, text);
    if (isField) {
      field.select();
      return { ok: true, empty: field.value === '' };
    }
    const host = editingHost(field);
    const active = dom.active();
    if (!active || !t.isWithin(active, host)) host.focus({ preventScroll: true });
    getSelection()?.selectAllChildren(field);
    return { ok: true, empty: dom.text(field) === '' && dom.children(field).length === 0 };
  };

  /** What a field holds: `{same}` if that is `text`, else its beginning; nothing of a password. */
  t.holds = ({ ref, text }) => {
    const element = t.element({ ref });
    if (!element) return { same: true };
    const field = t.fieldOf(element);
    const value = (dom.tag(field) === 'FORM' ? null : field.value) ?? dom.innerText(field) ?? '';
    const plain = (/** @type {string} */ content) =>
      content
        .replace(/\r\n?|\n/g, '\n')
        .replace(/\u00a0/g, ' ')
        .replace(/\n+$/, '')
        .replace(/\n\n+/g, '\n');
    if (value === text || plain(value) === plain(text)) return { same: true };
    return { same: false, value: field.type === 'password' ? '' : t.shorten(t.clean(value), t.LONGEST_NAME) };
  };

  /** Selects options by value or label: `{ok, labels}` or `{bad, fix}` / `{not, fix}`. */
  t.select = ({ ref, values }) => {
    const found = t.find(ref);
    if (found.stale) return found;
    const list = t.fieldOf(found.element);
    if (dom.tag(list) !== 'SELECT')
      return {
        bad: 'it is not a native drop-down or list box',
        fix: 'Click it, and click the option in the menu that the page shows.',
      };
    if (values.length > 1 && !list.multiple) return { bad: 'it takes one option only', fix: 'Give one value.' };
    const options = [...list.options];
    const chosen = [];
    for (const value of values) {
      const option =
        options.find((one) => one.value === value) ?? options.find((one) => t.clean(one.label) === t.clean(value));
      if (!option)
        return {
          bad: `it has no option ${JSON.stringify(t.shorten(value, 80))}`,
          fix: `Its options are: ${listed(options)}.`,
        };
      if (option.disabled || option.parentElement?.disabled)
        return { not: `its option ${JSON.stringify(option.label)} is disabled`, fix: 'Select another option.' };
      chosen.push(option);
    }
    const before = options.map((option) => option.selected);
    list.focus({ preventScroll: true });
    if (list.multiple) for (const option of options) option.selected = chosen.includes(option);
    else if (chosen.length > 0) chosen[0].selected = true;
    else list.selectedIndex = -1;
    if (options.some((option, i) => option.selected !== before[i])) t.announce(list);
    return { ok: true, labels: chosen.map((option) => t.shorten(t.clean(option.label), 80)) };
  };

  /** @param {AnyElement} field @param {string} text */
  function setValue(field, text) {
    const before = field.value;
    field.value = field.type === 'color' ? text.toLowerCase() : text;
    /** @type {Record<string, boolean>} */
    const special = { range: Number(field.value) === Number(text), color: field.value === text.toLowerCase() };
    const taken = special[field.type] ?? (text === '' || field.value !== '');
    if (!taken) {
      field.value = before;
      return {
        bad: `it takes no ${JSON.stringify(t.shorten(text, 40))}`,
        fix: `It is an input of type ${field.type}: give ${exampleOf(field)}.`,
      };
    }
    if (field.value !== before) t.announce(field);
    return { done: true };
  }

  /** @param {AnyElement} field */
  function exampleOf(field) {
    const { min, max } = field;
    const bounds = `a number from ${min || 0} to ${max || 100}`;
    /** @type {Record<string, string>} */
    const examples = {
      date: 'a date such as 2026-11-21',
      time: 'a time such as 14:30',
      'datetime-local': 'a time such as 2026-11-21T14:30',
      month: 'a month such as 2026-11',
      week: 'a week such as 2026-W47',
      color: 'a colour such as #1a73e8',
      range: bounds,
    };
    return examples[field.type];
  }

  /** Tells the page that a control holds something else. */
  t.announce = (element) => {
    element.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    element.dispatchEvent(new Event('change', { bubbles: true }));
  };

  /** @param {any[]} options */
  function listed(options) {
    const names = options
      .slice(0, LISTED_OPTIONS)
      .map((option) => JSON.stringify(t.shorten(t.clean(option.label), 60)));
    const more = options.length > LISTED_OPTIONS ? ` and ${options.length - LISTED_OPTIONS} more` : '';
    return names.length > 0 ? names.join(', ') + more : 'none';
  }

  /** @param {AnyElement} element */
  function editingHost(element) {
    let host = element;
    for (let at = dom.parent(host); at && dom.isEditable(at); at = dom.parent(at)) host = at;
    return host;
  }
})();
