// States and values of elements, after HTML-AAM and WAI-ARIA 1.2.
//
// A page script: it runs in an isolated world, cannot import, and adds its functions to `globalThis.__tabmux`.
(() => {
  const t = (globalThis.__tabmux ??= /** @type {any} */ ({}));
  const { dom } = t;

  /** @param {string} text */
  const words = (text) => new Set(text.split(' '));

  /** Whether a person's input is refused. */
  t.isDisabled = (element) => dom.matches(element, ':disabled') || t.closest(element, '[aria-disabled=true i]') !== null;

  const CHECKABLE = words('checkbox radio switch menuitemcheckbox menuitemradio option treeitem');
  const SELECTABLE = words('option tab row gridcell cell columnheader rowheader treeitem');
  const REQUIRABLE = words('textbox searchbox combobox listbox spinbutton radiogroup radio checkbox switch tree');
  const DISABLEABLE = 'input, button, select, textarea, option, optgroup, fieldset, [aria-disabled]';

  /** The states of an element as they stand in its line: `[checked] [disabled]`. */
  t.statesOf = (element, role) => {
    const states = [];
    const aria = (/** @type {string} */ name) => dom.attr(element, `aria-${name}`)?.toLowerCase() ?? null;
    const tag = dom.tag(element);
    if (CHECKABLE.has(role)) {
      const native = tag === 'INPUT' && (element.type === 'checkbox' || element.type === 'radio');
      const checked = native ? (element.indeterminate ? 'mixed' : String(element.checked)) : aria('checked');
      if (checked === 'true') states.push('checked');
      if (checked === 'mixed') states.push('checked=mixed');
    }
    if ((t.INTERACTIVE.has(role) || dom.matches(element, DISABLEABLE)) && t.isDisabled(element)) states.push('disabled');
    const expanded = nativeExpanded(element, tag) ?? aria('expanded');
    if (expanded === 'true') states.push('expanded');
    if (expanded === 'false') states.push('expanded=false');
    const level =
      role === 'heading' ? headingLevel(element, tag) : role === 'treeitem' || role === 'row' ? ariaLevel(element) : 0;
    if (level) states.push(`level=${level}`);
    if (role === 'button' && aria('pressed') === 'true') states.push('pressed');
    if (role === 'button' && aria('pressed') === 'mixed') states.push('pressed=mixed');
    if (SELECTABLE.has(role) && (tag === 'OPTION' ? element.selected : aria('selected') === 'true'))
      states.push('selected');
    if (REQUIRABLE.has(role) && (element.required === true || aria('required') === 'true')) states.push('required');
    const invalid = aria('invalid');
    if (invalid !== null && invalid !== '' ? invalid !== 'false' : isRefused(element, tag)) states.push('invalid');
    if (element.readOnly === true && !/^(button|checkbox|radio|slider)$/.test(role)) states.push('readonly');
    else if (aria('readonly') === 'true') states.push('readonly');
    const current = aria('current');
    if (current !== null && current !== 'false' && current !== '') states.push('current');
    if (element === t.active) states.push('focused');
    if (element === t.activeDescendant) states.push('active');
    return states.map((state) => ` [${state}]`).join('');
  };

  /** The level of a heading; 2 where the page does not say. */
  t.headingLevel = (element) => headingLevel(element, dom.tag(element));

  /** @param {AnyElement} element @param {string} tag */
  function headingLevel(element, tag) {
    return ariaLevel(element) || (/^H[1-6]$/.test(tag) ? Number(tag[1]) : 2);
  }

  /** @param {AnyElement} element */
  function ariaLevel(element) {
    const level = Number.parseInt(dom.attr(element, 'aria-level') ?? '', 10);
    return level > 0 ? level : 0;
  }

  /** @param {AnyElement} element @param {string} tag */
  function nativeExpanded(element, tag) {
    if (tag === 'SUMMARY') {
      const details = /** @type {AnyElement | null} */ (element.parentElement);
      return details?.tagName === 'DETAILS' ? String(details.open) : null;
    }
    const popover = tag === 'BUTTON' || tag === 'INPUT' ? element.popoverTargetElement : null;
    return popover ? String(dom.matches(popover, ':popover-open')) : null;
  }

  /** Whether what a field holds is not what the page asks for; that something is missing is told by `required`. @param {AnyElement} element @param {string} tag */
  function isRefused(element, tag) {
    if (tag !== 'INPUT' && tag !== 'TEXTAREA') return false;
    return element.willValidate && !element.validity.valid && !element.validity.valueMissing;
  }

  /** What a control holds, as a person reads it; `''` where there is nothing, bullets for passwords. */
  t.valueOf = (element, role) => {
    switch (dom.tag(element)) {
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
      return dom.attr(element, 'aria-valuetext') || dom.attr(element, 'aria-valuenow') || '';
    }
    if (/^(textbox|searchbox)$/.test(role) && dom.isEditable(element)) return dom.innerText(element);
    return '';
  };
})();
